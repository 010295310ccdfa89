import type { ContentPart, Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { readToolInput } from '../read-tool-input.ts';
import { createRefusal, createRequestFault } from '../refusal.ts';
import type { InlineMedia } from '../remote-images.ts';
import { unpackToolCallId } from '../tool-call-memo.ts';
import type { Warnings } from '../warnings.ts';
import type { GeminiModel } from './gemini-model.ts';
import { encodeMedia } from './media.ts';
import { findCallSignature, foreignSignature, readSignedParts } from './thought-signature.ts';
import { ToolResults } from './tool-results.ts';

/** What messages are encoded with. */
export interface ContentsOptions {
  readonly model: GeminiModel;
  /** The remote images, by address. */
  readonly fetched: ReadonlyMap<string, InlineMedia>;
  readonly warnings: Warnings;
}

/** A conversation in Gemini's terms. */
export interface EncodedContents {
  readonly systemInstruction: JsonObject | undefined;
  readonly contents: JsonObject[];
}

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
  /** Results stand alone: what the user says after them is a content of its own. */
  readonly isResults: boolean;
}

/**
 * Encodes a conversation (ai.google.dev/api/caching#Content): system and developer messages in one instruction, wherever they stand;
 * messages of one role that follow each other in one content.
 */
export function encodeContents(messages: readonly Message[], options: ContentsOptions): EncodedContents {
  const system: JsonObject[] = [];
  const contents: Content[] = [];
  const results = new ToolResults();
  for (let at = 0; at < messages.length; at += 1) {
    const message = messages[at];
    if (message === undefined) continue;
    warnOfName(message, at, options.warnings);
    switch (message.role) {
      case 'system':
      case 'developer':
        addAll(system, encodeParts(message, at, options));
        break;
      case 'tool': {
        let end = at + 1;
        while (messages[end]?.role === 'tool') end += 1;
        encodeResults(messages.slice(at, end), at, results, contents, options);
        at = end - 1;
        break;
      }
      case 'assistant':
        append(contents, 'model', encodeAssistant(message, at, results, options));
        break;
      default:
        append(contents, 'user', encodeParts(message, at, options));
    }
  }
  // A request needs a content; what is only told in an instruction is asked then.
  if (contents.length === 0) append(contents, 'user', system.splice(0));
  return {
    systemInstruction: system.length === 0 ? undefined : { parts: system },
    contents: contents.map(({ role, parts }) => ({ role, parts })),
  };
}

function append(contents: Content[], role: Content['role'], parts: readonly JsonObject[], isResults = false): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role && !last.isResults && !isResults) addAll(last.parts, parts);
  else contents.push({ role, parts: [...parts], isResults });
}

/** One by one: a call takes no more arguments than the stack holds. */
function addAll(target: JsonObject[], parts: readonly JsonObject[]): void {
  for (const part of parts) target.push(part);
}

/** The text of results in the results, whatever else they hold after them. */
function encodeResults(
  messages: readonly Message[],
  at: number,
  results: ToolResults,
  contents: Content[],
  options: ContentsOptions,
): void {
  const media: JsonObject[] = [];
  const texts = messages.map((message, offset) => {
    const parts = encodeParts(message, at + offset, options);
    addAll(
      media,
      parts.filter((part) => part['text'] === undefined),
    );
    return { message, text: parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('') };
  });
  append(contents, 'user', results.encode(texts), true);
  append(contents, 'user', media);
}

/**
 * An assistant's message: Gemini's own tools at work, text, signatures of the text, calls. Its reasoning is not sent: the signatures stand
 * for it.
 */
function encodeAssistant(message: Message, at: number, results: ToolResults, options: ContentsOptions): JsonObject[] {
  const { tools, signatures } = readSignedParts(message);
  const texts = hasContent(message) ? encodeParts(message, at, options) : [];
  if (message.refusal) texts.push({ text: message.refusal });
  const calls = message.toolCalls.map((call, index) =>
    encodeCall(message, call, `messages[${at}].tool_calls[${index}]`, options),
  );
  results.addCalls(calls.map(({ id, name }) => ({ id, name })));
  const parts = calls.map(({ part }) => part);
  const [first] = parts;
  // Only the first of parallel calls is signed. Gemini 3 refuses a step without a signature.
  const needsOne = (options.model.version ?? 0) >= 3 && !parts.some((part) => 'thoughtSignature' in part);
  if (first !== undefined && needsOne) first['thoughtSignature'] = foreignSignature;
  return [...tools, ...texts, ...signatures, ...parts];
}

function hasContent(message: Message): boolean {
  return Boolean(message.content) || message.contentParts.length > 0;
}

function encodeCall(message: Message, call: ToolCall, path: string, { warnings }: ContentsOptions) {
  const { id } = unpackToolCallId(call.id);
  const name = call.function?.name ?? call.custom?.name ?? '';
  const { input, isWrapped } = readToolInput(call);
  if (isWrapped) warnings.add(`${path}: its arguments are not a JSON object, and were sent as a text in one.`);
  const functionCall: JsonObject = { name, args: input };
  if (id !== '') functionCall['id'] = id;
  const signature = findCallSignature(message, call.id);
  const part: JsonObject = signature === undefined ? { functionCall } : { functionCall, thoughtSignature: signature };
  return { id, name, part };
}

function encodeParts(message: Message, at: number, options: ContentsOptions): JsonObject[] {
  if (message.content !== undefined) return [{ text: message.content }];
  const parts = message.contentParts.map((part, index) =>
    encodePart(part, `messages[${at}].content[${index}]`, options),
  );
  // An empty text beside other parts is nothing to say, and refused.
  const said = parts.filter((part) => part['text'] !== '');
  return said.length > 0 ? said : parts.slice(0, 1);
}

function encodePart({ part }: ContentPart, path: string, { fetched, warnings }: ContentsOptions): JsonObject {
  if (part.case === 'text' || part.case === 'refusal') return { text: part.value };
  const media = encodeMedia(part, fetched);
  if (media === undefined) {
    const type = part.case === 'other' ? part.value['type'] : part.case;
    const problem = `Gemini models take no content of the type ${JSON.stringify(type)}, or not from there.`;
    throw isFault(part) ? createRequestFault(path, problem) : createRefusal(path, problem);
  }
  if (part.case === 'imageUrl' && part.value.detail !== undefined && part.value.detail !== 'auto') {
    warnings.add(`${path}.image_url.detail was left out: Gemini chooses the resolution itself.`);
  }
  return media;
}

/** Images that can be had are fetched before, and a file is either there or kept by somebody. */
function isFault(part: ContentPart['part']): boolean {
  return part.case === 'imageUrl' || (part.case === 'file' && !part.value.fileId);
}

function warnOfName({ role, name }: Message, at: number, warnings: Warnings): void {
  if (name && role !== 'tool') warnings.add(`messages[${at}].name was left out: Gemini knows no names of speakers.`);
}
