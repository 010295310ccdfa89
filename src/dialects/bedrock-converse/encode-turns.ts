import type { Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type BlockContext, encodeContent, encodeText, isCachePoint, isFiller } from './encode-blocks.ts';
import { encodeReasoningBlock, isReasoning, type ReasoningFormat, restoreReasoning } from './reasoning-blocks.ts';
import { ToolUseIds } from './tool-use-ids.ts';
import { createRefusal } from './warnings.ts';

/** One message of Converse, not yet JSON. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: JsonObject[];
}

/** A conversation in Bedrock's form. */
export interface Conversation {
  /** What stands in `system`. */
  readonly system: JsonObject[];
  /** Users and assistants in turn, beginning with a user. */
  readonly turns: Turn[];
}

/** How a conversation is encoded. */
export interface TurnsContext extends BlockContext {
  /** The terms of the model's reasoning. `undefined`: that of earlier answers is not sent back. */
  readonly reasoningFormat: ReasoningFormat | undefined;
}

/**
 * Encodes messages as a conversation in Bedrock's form:
 *
 * - system and developer messages at the beginning make `system`. Later ones are text of a user's turn in `<system>` tags: what they say
 *   holds from there on, and what came before stays in the cache;
 * - messages of one role in a row are one turn;
 * - results of tools are the user's, and stand before whatever else the turn says.
 */
export function encodeConversation(messages: readonly Message[], context: TurnsContext): Conversation {
  const ids = new ToolUseIds();
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (message.name !== undefined) context.warnings.leaveOut(['name'], 'the provider does not tell speakers apart');
    switch (message.role) {
      case 'system':
      case 'developer': {
        const blocks = encodeSystem(message, path, context);
        if (turns.length === 0) system.push(...blocks);
        else turns.push({ role: 'user', blocks: blocks.map(tagSystem) });
        break;
      }
      case 'assistant':
        turns.push({ role: 'assistant', blocks: encodeAssistant(message, path, ids, context) });
        break;
      case 'tool':
        turns.push({ role: 'user', blocks: encodeToolResult(message, path, ids, context) });
        break;
      default:
        turns.push({ role: 'user', blocks: encodeUser(message, path, context) });
    }
  });
  return arrange(system, turns, context);
}

/** Only text can stand in `system`. */
function encodeSystem(message: Message, path: string, context: BlockContext): JsonObject[] {
  const blocks = encodeContent(message, path, context);
  if (blocks.every((block) => block['text'] !== undefined || isCachePoint(block))) return blocks;
  throw createRefusal(`${path}.content`, 'Bedrock’s API takes only text in system messages.');
}

/** A document needs words beside it: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html. */
function encodeUser(message: Message, path: string, context: BlockContext): JsonObject[] {
  const blocks = encodeContent(message, path, context);
  const hasWords = blocks.some(({ text }) => typeof text === 'string' && text.trim() !== '');
  const isMute = blocks.some((block) => block['document'] !== undefined) && !hasWords;
  return isMute ? [...blocks, { text: '(See the document.)' }] : blocks;
}

function encodeAssistant(message: Message, path: string, ids: ToolUseIds, context: TurnsContext): JsonObject[] {
  ids.beginMessage();
  const { reasoningFormat } = context;
  const reasoning = reasoningFormat === undefined ? [] : restoreReasoning(message, reasoningFormat);
  const refusal = encodeText(message.refusal ?? '');
  const calls = message.toolCalls.map((call) => encodeToolCall(call, ids, context));
  return [...reasoning.map(encodeReasoningBlock), ...encodeContent(message, path, context), ...refusal, ...calls];
}

function encodeToolCall(call: ToolCall, ids: ToolUseIds, context: TurnsContext): JsonObject {
  const name = call.custom?.name ?? call.function?.name ?? '';
  const input = call.custom === undefined ? parseArguments(call, context) : { input: call.custom.input };
  return { toolUse: { toolUseId: ids.addCall(call.id), name, input } };
}

/** Bedrock takes an object. Arguments that are none, which models write too, are kept as the text that they are. */
function parseArguments(call: ToolCall, { warnings }: TurnsContext): JsonObject {
  const text = call.function?.arguments ?? '';
  if (text.trim() === '') return {};
  try {
    const json: JsonValue = JSON.parse(text);
    if (isJsonObject(json)) return json;
  } catch {
    // As below.
  }
  warnings.add('The arguments of an earlier tool call are no JSON object; they were sent as the text of one field.');
  return { arguments: text };
}

/** Blocks that can stand in the result of a tool: …/APIReference/API_runtime_ToolResultContentBlock.html. */
const resultBlocks = ['text', 'image', 'document', 'video'];

/** A mark for the cache on a part of the result holds for the whole of it. */
function encodeToolResult(message: Message, path: string, ids: ToolUseIds, context: BlockContext): JsonObject[] {
  const blocks = encodeContent(message, path, context);
  const content = blocks.filter((block) => !isCachePoint(block) && !isFiller(block));
  if (!content.every((block) => resultBlocks.some((kind) => block[kind] !== undefined))) {
    throw createRefusal(`${path}.content`, 'Bedrock’s API takes no audio in the result of a tool.');
  }
  // Nothing at all would be refused.
  if (content.length === 0) content.push({ text: '(no output)' });
  const mark = blocks.findLast(isCachePoint);
  const result: JsonObject = { toolResult: { toolUseId: ids.resolveResult(message.toolCallId), content } };
  return mark === undefined ? [result] : [result, mark];
}

function arrange(system: JsonObject[], spoken: readonly Turn[], { warnings }: TurnsContext): Conversation {
  const turns = merge(spoken.filter(({ blocks }) => blocks.length > 0));
  // A conversation of nothing but system messages: Bedrock needs something to answer.
  if (turns.length === 0) return { system: [], turns: [{ role: 'user', blocks: system }] };
  if (turns[0]?.role === 'assistant') {
    // docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html: the first message is the user's.
    warnings.add('The conversation begins with the assistant; a user’s turn that says so was put before it.');
    turns.unshift({ role: 'user', blocks: [{ text: '(The assistant speaks first.)' }] });
  }
  trimLastText(turns.at(-1));
  return { system, turns: turns.map(({ role, blocks }) => ({ role, blocks: putResultsFirst(blocks) })) };
}

function merge(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role) last.blocks.push(...turn.blocks);
    else merged.push({ role: turn.role, blocks: [...turn.blocks] });
  }
  return merged;
}

function tagSystem(block: JsonObject): JsonObject {
  const { text } = block;
  return typeof text === 'string' ? { text: `<system>${text}</system>` } : block;
}

function putResultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const results: JsonObject[] = [];
  const others: JsonObject[] = [];
  let last = others;
  for (const block of blocks) {
    // A mark for the cache stays behind its block.
    if (!isCachePoint(block)) last = block['toolResult'] === undefined ? others : results;
    last.push(block);
  }
  return [...results, ...others];
}

/** Text that the model shall go on with must not end in white space: Claude refuses that. */
function trimLastText(turn: Turn | undefined): void {
  const last = turn?.role === 'assistant' ? turn.blocks.at(-1) : undefined;
  if (typeof last?.['text'] === 'string') last['text'] = last['text'].trimEnd();
}

/**
 * Whether the model is in the middle of using tools, and its reasoning before the last calls is not there: with a budget for it, Claude
 * refuses that.
 */
export function lacksReasoning(turns: readonly Turn[]): boolean {
  const last = turns.findLastIndex(({ role }) => role === 'assistant');
  const isAnswered = turns[last + 1]?.blocks.some((block) => block['toolResult'] !== undefined) === true;
  return isAnswered && !isReasoning(turns[last]?.blocks[0]);
}
