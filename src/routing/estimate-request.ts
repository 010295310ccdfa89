import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ContentPart, Message, ToolCall } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { ResponseFormat } from '../../gen/signalbox/chat/v1/response_format_pb.ts';
import type { Tool } from '../../gen/signalbox/chat/v1/tool_pb.ts';
import { estimateTokens } from '../catalog/estimate-tokens.ts';
import { type Media, measureMedia } from './measure-media.ts';

/** How large a call is taken for before anybody has counted. Whole numbers of tokens. */
export interface RequestEstimate {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** How long an answer is taken to be at most, in tokens: few are longer, whatever the request allows. */
export const assumedCompletionTokens = 1000;

/** What the chat form adds to a prompt, and to each message (github.com/openai/openai-cookbook, How_to_count_tokens_with_tiktoken). */
const promptOverhead = 3;
const messageOverhead = 4;
/** What naming a tool call and its result adds to each. */
const toolCallOverhead = 8;
/** What providers write into the prompt as soon as there are tools (platform.claude.com/docs, Tool use: 346 tokens), and with each. */
const toolsOverhead = 346;
const toolOverhead = 8;

/**
 * What an image is taken for. Most Claude models scale images to at most 1,568 tokens, GPT-4o takes 765 for a square one and 1,445 at most,
 * Gemini 258 for each tile. Its size is not looked at, as that needs it decoded.
 */
const imageTokens = 1600;
/** What an image of detail `low` is taken for: OpenAI 85, Gemini 3 280. */
const lowDetailImageTokens = 300;
/** Bytes of audio for each token: 32 tokens a second as Gemini counts (OpenAI: 10), 16 kHz of 16 bits, or 64 kbit/s where it is compressed. */
const plainAudioBytesPerToken = 1000;
const audioBytesPerToken = 250;
/** Bytes of video for each token: 300 tokens a second as Gemini counts, 1 Mbit/s. */
const videoBytesPerToken = 400;
/** Bytes of a text file for each token. */
const textBytesPerToken = 3;
/** Bytes of a PDF or office document for each token: 3,000 tokens a page as Claude reads them, 60 kB a page. */
const documentBytesPerToken = 20;
/** The most that a document is taken for. Large ones are scans, whose pages have many bytes and no more tokens. */
const maxDocumentTokens = 150_000;
/** What is taken for audio, video or a file that is elsewhere. */
const remoteMediaTokens = 5000;
/** Letters of encrypted reasoning for each token of it. */
const encryptedLettersPerToken = 6;

/**
 * Estimates how many tokens a call takes. It is meant to be rather too high than too low, and takes about as long as its JSON takes to parse;
 * images, audio and files are counted by their number or size and not read. The rules: docs/tokens.md.
 */
export function estimateRequest(request: ChatCompletionRequest): RequestEstimate {
  const { messages, tools, responseFormat } = request;
  let promptTokens = promptOverhead;
  for (const message of messages) promptTokens += countMessage(message);
  if (tools.length > 0) promptTokens += toolsOverhead;
  for (const tool of tools) promptTokens += countTool(tool);
  promptTokens += countFormat(responseFormat);
  return { promptTokens, completionTokens: Math.min(readMaxTokens(request) ?? Infinity, assumedCompletionTokens) };
}

/** The most tokens that the request allows its answer. `undefined`: it does not say. */
export function readMaxTokens({ maxCompletionTokens, maxTokens }: ChatCompletionRequest): number | undefined {
  return maxCompletionTokens ?? maxTokens;
}

function countMessage(message: Message): number {
  let tokens = messageOverhead + countText(message.content) + countText(message.refusal);
  if (message.name !== undefined) tokens += 1 + countText(message.name);
  if (message.toolCallId !== undefined) tokens += toolCallOverhead;
  for (const part of message.contentParts) tokens += countPart(part);
  for (const call of message.toolCalls) tokens += countToolCall(call);
  return tokens + countReasoning(message);
}

function countPart(part: ContentPart): number {
  const media = measureMedia(part);
  if (media !== undefined) return countMedia(media);
  switch (part.part.case) {
    case 'text':
    case 'refusal':
      return countText(part.part.value);
    case 'other':
      return countJson(part.part.value);
    default:
      return 0;
  }
}

function countMedia({ modality, mimeType, byteCount, isLowDetail }: Media): number {
  if (modality === 'image') return isLowDetail ? lowDetailImageTokens : imageTokens;
  if (byteCount === undefined) return remoteMediaTokens;
  switch (modality) {
    case 'audio':
      return Math.ceil(byteCount / (/wav|pcm|l16/.test(mimeType) ? plainAudioBytesPerToken : audioBytesPerToken));
    case 'video':
      return Math.ceil(byteCount / videoBytesPerToken);
    case 'file':
      if (/^text\/|json|xml$/.test(mimeType)) return Math.ceil(byteCount / textBytesPerToken);
      return Math.min(Math.ceil(byteCount / documentBytesPerToken), maxDocumentTokens);
  }
}

function countToolCall({ function: called, custom }: ToolCall): number {
  const tokens = toolCallOverhead + countText(called?.name) + countText(called?.arguments);
  return tokens + countText(custom?.name) + countText(custom?.input);
}

/** Reasoning is there in plain text, in the provider's terms, or both: then it is the same. */
function countReasoning({ reasoningContent, reasoningDetails }: Message): number {
  let detailTokens = 0;
  for (const { text, summary, data } of reasoningDetails) {
    detailTokens += countText(text) + countText(summary) + Math.ceil((data?.length ?? 0) / encryptedLettersPerToken);
  }
  return Math.max(countText(reasoningContent), detailTokens);
}

function countTool({ function: definition, other }: Tool): number {
  if (definition === undefined) return toolOverhead + countJson(other);
  const { name, description, parameters } = definition;
  return toolOverhead + countText(name) + countText(description) + countJson(parameters);
}

function countFormat(format: ResponseFormat | undefined): number {
  if (format?.jsonSchema === undefined) return 0;
  const { name, description, schema } = format.jsonSchema;
  return toolOverhead + countText(name) + countText(description) + countJson(schema);
}

function countJson(value: { readonly [key: string]: unknown } | undefined): number {
  return value === undefined ? 0 : estimateTokens(JSON.stringify(value, dropDataUri));
}

/** No model reads a data URI as text. */
function dropDataUri(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('data:') ? '' : value;
}

function countText(text: string | undefined): number {
  return text === undefined ? 0 : estimateTokens(text);
}
