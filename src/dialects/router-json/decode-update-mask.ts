import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { FieldViolation } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { fieldNamesOf, toPlainName } from './field-names.ts';
import { showKey } from './show-key.ts';
import { ViolationList } from './violation-list.ts';

/** An update mask as far as it could be read, and everything that could not. */
export interface DecodedUpdateMask {
  /** In the proto's names, each once, in the client's order. */
  readonly paths: string[];
  readonly violations: FieldViolation[];
}

/** What an update can change: the paths of `UpdateRouterRequest.update_mask`, in the proto's names. */
const updatablePaths = [
  'display_name',
  'defaults',
  'defaults.text_generation_config',
  'defaults.message_templates',
  'routes',
  'default_route',
  '*',
] as const;

/** The parameter or field that holds the mask. */
const maskField = 'update_mask';

const protoPathByName = new Map<string, string>();
const writtenPathByPlainName = new Map<string, string>();
for (const path of updatablePaths) {
  const written = toCamelCase(path);
  protoPathByName.set(path, path).set(written, path);
  writtenPathByPlainName.set(toPlainName(path), written);
}

/**
 * Decodes the text of an update mask: paths in camelCase or snake_case with commas between them. Blanks around them and empty ones do not
 * matter.
 */
export function decodeUpdateMask(text: string): DecodedUpdateMask {
  return decodeUpdatePaths(
    text
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
  );
}

/** Decodes the paths of an update mask that came as a list. */
export function decodeUpdatePaths(paths: readonly string[]): DecodedUpdateMask {
  const decoded = new Set<string>();
  const violations = new ViolationList();
  for (const path of paths) {
    const known = protoPathByName.get(path);
    if (known === undefined) violations.add(maskField, describeUnknown(path));
    else decoded.add(known);
  }
  return { paths: [...decoded], violations: violations.toArray() };
}

/**
 * The mask of an update without one: every field that the body has. A field that is there and empty, such as `"routes": []`, is in it,
 * which a message cannot tell from one that is absent.
 *
 * @returns paths in the proto's names; none for a body that changes nothing.
 */
export function collectUpdateMask(json: JsonObject): string[] {
  const { byName } = fieldNamesOf(RouterSchema);
  const given = Object.keys(json).filter((key) => json[key] !== null && json[key] !== undefined);
  const names = new Set(given.map((key) => byName.get(key)?.name));
  return updatablePaths.filter((path) => names.has(path));
}

function describeUnknown(path: string): string {
  const shown = showKey(path);
  const meant = writtenPathByPlainName.get(toPlainName(path));
  if (meant !== undefined) return `${shown} is no field; perhaps ${meant} is meant`;
  if (fieldNamesOf(RouterSchema).byName.has(path)) return `${shown} cannot be changed`;
  return `${shown} is no field that can be changed; there are ${updatablePaths.map(toCamelCase).join(', ')}`;
}

function toCamelCase(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
