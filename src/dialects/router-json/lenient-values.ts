import type { DescField } from '@bufbuild/protobuf';
import { TextGenerationConfigSchema, ToolCallTemplateSchema } from '../../../gen/signalbox/router/v1/variant_pb.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';

/** The value in the form that the field has, or why it cannot be brought into it. */
type LenientValue = { readonly value: JsonValue } | { readonly problem: string };

/** How deep the arguments of a tool call may nest. JSON.stringify fails at some thousands. */
const maxArgumentsDepth = 100;

/** Fields that are also understood in another form than their own, and how that is brought into it. */
const conversions: ReadonlyMap<DescField, (json: JsonValue) => LenientValue> = new Map([
  [TextGenerationConfigSchema.field.stopSequences, liftText],
  [ToolCallTemplateSchema.field.args, stringifyArguments],
]);

/** Brings a value that is understood, though it has not the form of its field, into this form. Others stay as they are. */
export function convertLenientValue(field: DescField, json: JsonValue): LenientValue {
  return conversions.get(field)?.(json) ?? { value: json };
}

/** OpenAI's `stop` is a text or several. */
function liftText(json: JsonValue): LenientValue {
  return { value: typeof json === 'string' ? [json] : json };
}

/** In a file of routers nobody likes to write JSON in a string. */
function stringifyArguments(json: JsonValue): LenientValue {
  if (!isJsonObject(json)) return { value: json };
  if (isDeeperThan(json, maxArgumentsDepth))
    return { problem: `it must not nest deeper than ${maxArgumentsDepth} levels` };
  return { value: JSON.stringify(json) };
}

function isDeeperThan(json: JsonValue, depth: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return depth === 0 || Object.values(json).some((child) => isDeeperThan(child, depth - 1));
}
