import type { Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { lacksThinking, mergeTurns, openWithUser, type Turn, trimLastText } from '../claude-turns.ts';
import { readToolInput, wrappedInput } from '../read-tool-input.ts';
import { createRefusal } from '../refusal.ts';
import { tagSystem } from '../tag-system.ts';
import { ToolCallIds } from '../tool-call-ids.ts';
import { type BlockContext, encodeContent, encodeText, isCachePoint, isFiller } from './encode-blocks.ts';
import { encodeReasoningBlock, isReasoning, type ReasoningFormat, restoreReasoning } from './reasoning-blocks.ts';

/** What Bedrock takes as the id of a tool call: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html. */
const idRules = { refusedChars: /[^a-zA-Z0-9_-]/g, maxChars: 64 };

/** One message of Converse, not yet JSON. */
export type ConverseTurn = Turn<'user' | 'assistant'>;

/** A conversation in Bedrock's form. */
export interface Conversation {
  /** What stands in `system`. */
  readonly system: JsonObject[];
  /** Users and assistants in turn, beginning with a user. */
  readonly turns: ConverseTurn[];
}

/** How a conversation is encoded. */
export interface TurnsContext extends BlockContext {
  /** The terms of the model's reasoning. `undefined`: that of earlier answers is not sent back. */
  readonly reasoningFormat: ReasoningFormat | undefined;
  /** Whether its text may have been hidden from the client. */
  readonly hidesReasoning: boolean;
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
  const ids = new ToolCallIds(idRules);
  const system: JsonObject[] = [];
  const turns: ConverseTurn[] = [];
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

function encodeAssistant(message: Message, path: string, ids: ToolCallIds, context: TurnsContext): JsonObject[] {
  ids.beginMessage();
  const { reasoningFormat, hidesReasoning } = context;
  const reasoning = reasoningFormat === undefined ? [] : restoreReasoning(message, reasoningFormat, hidesReasoning);
  const refusal = encodeText(message.refusal ?? '');
  const calls = message.toolCalls.map((call) => encodeToolCall(call, ids, context));
  return [...reasoning.map(encodeReasoningBlock), ...encodeContent(message, path, context), ...refusal, ...calls];
}

function encodeToolCall(call: ToolCall, ids: ToolCallIds, { warnings }: TurnsContext): JsonObject {
  const name = call.custom?.name ?? call.function?.name ?? '';
  const { input, isWrapped } = readToolInput(call);
  if (isWrapped) warnings.add(wrappedInput);
  return { toolUse: { toolUseId: ids.addCall(call.id), name, input } };
}

/** Blocks that can stand in the result of a tool: …/APIReference/API_runtime_ToolResultContentBlock.html. */
const resultBlocks = ['text', 'image', 'document', 'video'];

/** A mark for the cache on a part of the result holds for the whole of it. */
function encodeToolResult(message: Message, path: string, ids: ToolCallIds, context: BlockContext): JsonObject[] {
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

function arrange(system: JsonObject[], spoken: readonly ConverseTurn[], { warnings }: TurnsContext): Conversation {
  const turns = mergeTurns(spoken);
  // A conversation of nothing but system messages: Bedrock needs something to answer.
  if (turns.length === 0) return { system: [], turns: [{ role: 'user', blocks: system }] };
  trimLastText(turns);
  const arranged = turns.map(({ role, blocks }) => ({ role, blocks: putResultsFirst(blocks) }));
  // docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html: the first message is the user's.
  return { system, turns: openWithUser(arranged, (text) => ({ text }), warnings) };
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

/** Whether the reasoning before the last tool calls is not there, though their results are. */
export function hasLostReasoning(turns: readonly ConverseTurn[]): boolean {
  return lacksThinking(turns, {
    isToolResult: (block) => block['toolResult'] !== undefined,
    isThinking: isReasoning,
  });
}
