import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf';
import { FieldBehavior, field_behavior } from '../../../gen/google/api/field_behavior_pb.ts';
import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { TextGenerationConfigSchema } from '../../../gen/signalbox/router/v1/variant_pb.ts';

/** What is said of a field that does not exist. */
export const noSuchField = 'there is no such field';

/** How the fields of one message are called in JSON. */
export interface FieldNames {
  /** Fields by every name that is understood: camelCase, snake_case, other names. */
  readonly byName: ReadonlyMap<string, DescField>;
  /** Names as they are written: what a misspelt one is held against. */
  readonly writtenNames: ReadonlySet<string>;
  /** What the server sets, whatever a client sends. */
  readonly outputOnly: ReadonlySet<DescField>;
}

/** Other names of fields, by message and name: those of the reference system. */
const otherNames: ReadonlyMap<DescField, readonly string[]> = new Map([
  [TextGenerationConfigSchema.field.maxTokens, ['max_new_tokens', 'maxNewTokens']],
]);

const namesByType = new Map<string, FieldNames>();

/** The names of a message's fields. Made at first use and kept: there are as many as there are types of messages. */
export function fieldNamesOf(message: DescMessage): FieldNames {
  let names = namesByType.get(message.typeName);
  if (names === undefined) {
    names = createFieldNames(message);
    namesByType.set(message.typeName, names);
  }
  return names;
}

/** The name under which a field is written: camelCase on the router itself, snake_case inside it. */
export function writtenNameOf(field: DescField): string {
  return field.parent.typeName === RouterSchema.typeName ? field.jsonName : field.name;
}

/** What remains of a name without case, `_` and `-`. */
export function toPlainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

function createFieldNames(message: DescMessage): FieldNames {
  const byName = new Map<string, DescField>();
  const writtenNames = new Set<string>();
  for (const field of message.fields) {
    writtenNames.add(writtenNameOf(field));
    for (const name of [field.name, field.jsonName, ...(otherNames.get(field) ?? [])]) {
      byName.set(name, field);
    }
  }
  const outputOnly = message.fields.filter((field) =>
    getOption(field, field_behavior).includes(FieldBehavior.OUTPUT_ONLY),
  );
  return { byName, writtenNames, outputOnly: new Set(outputOnly) };
}
