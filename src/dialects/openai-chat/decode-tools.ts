import { create } from '@bufbuild/protobuf';
import { type ResponseFormat, ResponseFormatSchema } from '../../../gen/signalbox/chat/v1/response_format_pb.ts';
import {
  FunctionDefinitionSchema,
  NamedFunctionSchema,
  type Tool,
  type ToolChoice,
  ToolChoiceSchema,
  ToolSchema,
} from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import {
  createFieldError,
  readBoolean,
  readObject,
  readString,
  requireObject,
  requireString,
} from '../../core/json-fields.ts';

/** Decodes one element of `tools`. A tool of a type that the API does not model is kept whole. */
export function decodeTool(json: JsonObject, path: string): Tool {
  const type = readString(json, 'type', path) ?? 'function';
  if (type !== 'function') return create(ToolSchema, { type, other: json });
  const fn = requireObject(json, 'function', path);
  const functionPath = `${path}.function`;
  const parameters = readObject(fn, 'parameters', functionPath);
  return create(ToolSchema, {
    type,
    function: create(FunctionDefinitionSchema, {
      name: requireString(fn, 'name', functionPath),
      description: readString(fn, 'description', functionPath),
      strict: readBoolean(fn, 'strict', functionPath),
      ...(parameters && { parameters }),
    }),
  });
}

/** Decodes `tool_choice`: a mode, a named function, or a choice of another type, which is kept whole. */
export function decodeToolChoice(json: JsonObject): ToolChoice | undefined {
  const choice = json['tool_choice'];
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string') return create(ToolChoiceSchema, { choice: { case: 'mode', value: choice } });
  if (!isJsonObject(choice)) throw createFieldError('tool_choice', 'it must be a string or an object');
  if ((readString(choice, 'type', 'tool_choice') ?? 'function') !== 'function') {
    return create(ToolChoiceSchema, { choice: { case: 'other', value: choice } });
  }
  const fn = requireObject(choice, 'function', 'tool_choice');
  const name = requireString(fn, 'name', 'tool_choice.function');
  return create(ToolChoiceSchema, { choice: { case: 'function', value: create(NamedFunctionSchema, { name }) } });
}

/** Decodes `response_format`. */
export function decodeResponseFormat(json: JsonObject): ResponseFormat | undefined {
  const format = readObject(json, 'response_format', '');
  if (format === undefined) return undefined;
  const type = requireString(format, 'type', 'response_format');
  const jsonSchema = readObject(format, 'json_schema', 'response_format');
  if (jsonSchema === undefined) return create(ResponseFormatSchema, { type });
  const path = 'response_format.json_schema';
  const schema = readObject(jsonSchema, 'schema', path);
  return create(ResponseFormatSchema, {
    type,
    jsonSchema: {
      name: requireString(jsonSchema, 'name', path),
      description: readString(jsonSchema, 'description', path),
      strict: readBoolean(jsonSchema, 'strict', path),
      ...(schema && { schema }),
    },
  });
}
