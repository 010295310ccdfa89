import { create } from '@bufbuild/protobuf';
import {
  type CacheControl,
  CacheControlSchema,
  CompressionSchema,
  type ContentPart,
  ContentPartSchema,
  FileSchema,
  ImageUrlSchema,
  InputAudioSchema,
  type Message,
  MessageSchema,
  type ToolCall,
  ToolCallSchema,
} from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  createFieldError,
  readNumber,
  readObject,
  readObjects,
  readString,
  requireObject,
  requireString,
} from '../../core/json-fields.ts';
import { decodeReasoningDetail } from './reasoning-details.ts';

/**
 * Decodes one element of `messages`.
 *
 * @param path - where it stands, for errors.
 * @throws SignalboxError INVALID_FIELD.
 */
export function decodeMessage(json: JsonObject, path: string): Message {
  const role = requireString(json, 'role', path);
  const compression = readObject(json, 'compression', path);
  return create(MessageSchema, {
    role,
    ...decodeContent(json, role, path),
    name: readString(json, 'name', path),
    toolCalls: readObjects(json, 'tool_calls', path, decodeToolCall),
    toolCallId: readString(json, 'tool_call_id', path),
    refusal: readString(json, 'refusal', path),
    reasoningContent: readString(json, 'reasoning_content', path),
    reasoningDetails: readObjects(json, 'reasoning_details', path, decodeReasoningDetail),
    compression:
      compression &&
      create(CompressionSchema, { aggressiveness: readNumber(compression, 'aggressiveness', `${path}.compression`) }),
  });
}

function decodeContent(
  json: JsonObject,
  role: string,
  path: string,
): { content?: string; contentParts?: ContentPart[] } {
  const content = json['content'];
  if (content === undefined || content === null) return {};
  if (typeof content === 'string') return { content };
  if (!Array.isArray(content))
    throw createFieldError(`${path}.content`, 'it must be a string, an array of parts, or null');
  // Clients send an assistant's message that only calls tools back so.
  if (content.length === 0 && role === 'assistant') return {};
  if (content.length === 0) throw createFieldError(`${path}.content`, 'it must have at least one part');
  return { contentParts: readObjects(json, 'content', path, decodeContentPart) };
}

function decodeContentPart(json: JsonObject, path: string): ContentPart {
  const type = requireString(json, 'type', path);
  const part = create(ContentPartSchema, { type, part: decodePart(type, json, path) });
  const cacheControl = decodeCacheControl(json, path);
  if (cacheControl !== undefined) part.cacheControl = cacheControl;
  return part;
}

function decodePart(type: string, json: JsonObject, path: string): Exclude<ContentPart['part'], { case: undefined }> {
  switch (type) {
    case 'text':
      return { case: 'text', value: requireString(json, 'text', path) };
    case 'image_url': {
      // Some clients send the address itself in place of the object.
      const url = json['image_url'];
      if (typeof url === 'string') return { case: 'imageUrl', value: create(ImageUrlSchema, { url }) };
      const image = requireObject(json, 'image_url', path);
      const value = create(ImageUrlSchema, {
        url: requireString(image, 'url', `${path}.image_url`),
        detail: readString(image, 'detail', `${path}.image_url`),
      });
      return { case: 'imageUrl', value };
    }
    case 'input_audio': {
      const audio = requireObject(json, 'input_audio', path);
      const value = create(InputAudioSchema, {
        data: requireString(audio, 'data', `${path}.input_audio`),
        format: requireString(audio, 'format', `${path}.input_audio`),
      });
      return { case: 'inputAudio', value };
    }
    case 'file': {
      const file = requireObject(json, 'file', path);
      const value = create(FileSchema, {
        filename: readString(file, 'filename', `${path}.file`),
        fileData: readString(file, 'file_data', `${path}.file`),
        fileId: readString(file, 'file_id', `${path}.file`),
      });
      return { case: 'file', value };
    }
    case 'refusal':
      return { case: 'refusal', value: requireString(json, 'refusal', path) };
    default:
      return { case: 'other', value: json };
  }
}

function decodeCacheControl(json: JsonObject, path: string): CacheControl | undefined {
  const control = readObject(json, 'cache_control', path);
  return (
    control &&
    create(CacheControlSchema, {
      type: requireString(control, 'type', `${path}.cache_control`),
      ttl: readString(control, 'ttl', `${path}.cache_control`),
    })
  );
}

function decodeToolCall(json: JsonObject, path: string): ToolCall {
  const id = readString(json, 'id', path) ?? '';
  const type = readString(json, 'type', path) ?? 'function';
  const custom = readObject(json, 'custom', path);
  if (custom !== undefined) {
    const customPath = `${path}.custom`;
    return create(ToolCallSchema, {
      id,
      type,
      custom: {
        name: requireString(custom, 'name', customPath),
        input: readString(custom, 'input', customPath) ?? '',
      },
    });
  }
  const fn = requireObject(json, 'function', path);
  const functionPath = `${path}.function`;
  return create(ToolCallSchema, {
    id,
    type,
    function: {
      name: requireString(fn, 'name', functionPath),
      arguments: readString(fn, 'arguments', functionPath) ?? '',
    },
  });
}
