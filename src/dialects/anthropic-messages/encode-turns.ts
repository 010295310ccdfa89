import type { Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { lacksThinking, mergeTurns, openWithUser, type Turn, trimLastText } from '../claude-turns.ts';
import { readToolInput, wrappedInput } from '../read-tool-input.ts';
import { createRefusal } from '../refusal.ts';
import { tagSystem } from '../tag-system.ts';
import { ToolCallIds } from '../tool-call-ids.ts';
import { type BlockContext, encodeContent, encodeText } from './encode-blocks.ts';
import { isThinking, restoreThinking } from './thinking-blocks.ts';

/** What Anthropic refuses in the ids of tool calls: platform.claude.com/docs/en/api/messages. */
const refusedChars = /[^a-zA-Z0-9_-]/g;

/** One message of the Messages API, not yet JSON. */
export type MessagesTurn = Turn<'user' | 'assistant' | 'system'>;

/** A conversation in Anthropic's form. */
export interface Conversation {
  /** What stands in `system`. */
  readonly system: JsonObject[];
  /** Users and assistants in turn, beginning with a user. */
  readonly turns: MessagesTurn[];
}

/** How a conversation is encoded. */
export interface TurnsContext extends BlockContext {
  /** Whether system messages may stand between others. */
  readonly takesSystemTurns: boolean;
  /** Whether the thinking of earlier answers is sent back. */
  readonly sendsThinking: boolean;
  /** Whether its text may have been hidden from the client. */
  readonly hidesThinking: boolean;
}

/**
 * Encodes messages as a conversation in Anthropic's form:
 *
 * - system and developer messages at the beginning make `system`. Later ones stay where they are, as system messages where the model
 *   takes them there, else as text of a user's turn in `<system>` tags: what they say holds from there on, and what came before stays
 *   in the cache;
 * - messages of one role in a row are one turn;
 * - results of tools are the user's, and stand before whatever else the turn says.
 */
export function encodeConversation(messages: readonly Message[], context: TurnsContext): Conversation {
  const ids = new ToolCallIds({ refusedChars });
  const system: JsonObject[] = [];
  const turns: MessagesTurn[] = [];
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (message.name !== undefined) context.warnings.leaveOut(['name'], 'the provider does not tell speakers apart');
    switch (message.role) {
      case 'system':
      case 'developer':
        if (turns.length === 0) system.push(...encodeSystem(message, path, context));
        else turns.push({ role: 'system', blocks: encodeSystem(message, path, context) });
        break;
      case 'assistant':
        turns.push({ role: 'assistant', blocks: encodeAssistant(message, path, ids, context) });
        break;
      case 'tool':
        turns.push({ role: 'user', blocks: [encodeToolResult(message, path, ids, context)] });
        break;
      default:
        turns.push({ role: 'user', blocks: encodeContent(message, path, context) });
    }
  });
  return arrange(system, turns, context);
}

/** Only text can stand in `system`. */
function encodeSystem(message: Message, path: string, context: BlockContext): JsonObject[] {
  const blocks = encodeContent(message, path, context);
  if (blocks.every((block) => block['type'] === 'text')) return blocks;
  throw createRefusal(`${path}.content`, 'Anthropic’s API takes only text in system messages.');
}

function encodeAssistant(message: Message, path: string, ids: ToolCallIds, context: TurnsContext): JsonObject[] {
  ids.beginMessage();
  const thinking = context.sendsThinking ? restoreThinking(message, context.hidesThinking) : [];
  const refusal = encodeText(message.refusal ?? '');
  const calls = message.toolCalls.map((call) => encodeToolCall(call, ids, context));
  return [...thinking, ...encodeContent(message, path, context), ...refusal, ...calls];
}

function encodeToolCall(call: ToolCall, ids: ToolCallIds, { warnings }: TurnsContext): JsonObject {
  const name = call.custom?.name ?? call.function?.name ?? '';
  const { input, isWrapped } = readToolInput(call);
  if (isWrapped) warnings.add(wrappedInput);
  return { type: 'tool_use', id: ids.addCall(call.id), name, input };
}

/** A mark for the cache on a part of the result holds for the whole of it. */
function encodeToolResult(message: Message, path: string, ids: ToolCallIds, context: BlockContext): JsonObject {
  const content = encodeContent(message, path, context);
  const [only] = content;
  const mark = content.findLast((block) => block['cache_control'] !== undefined)?.['cache_control'];
  for (const block of content) delete block['cache_control'];
  const isPlain = content.length === 1 && only?.['type'] === 'text';
  return {
    type: 'tool_result',
    tool_use_id: ids.resolveResult(message.toolCallId),
    ...(content.length > 0 && { content: isPlain ? (only['text'] ?? '') : content }),
    ...(mark !== undefined && { cache_control: mark }),
  };
}

function arrange(system: JsonObject[], spoken: readonly MessagesTurn[], context: TurnsContext): Conversation {
  const turns: MessagesTurn[] = [];
  const filled = mergeTurns(spoken);
  filled.forEach((turn, index) => {
    const isPlaced =
      context.takesSystemTurns &&
      turns.at(-1)?.role === 'user' &&
      (filled[index + 1] === undefined || filled[index + 1]?.role === 'assistant');
    if (turn.role === 'system' && !isPlaced) turns.push({ role: 'user', blocks: turn.blocks.map(tagSystem) });
    else turns.push(turn);
  });
  const merged = mergeTurns(turns).map(({ role, blocks }) => ({ role, blocks: putResultsFirst(blocks) }));
  // A conversation of nothing but system messages: Anthropic needs something to answer.
  if (merged.length === 0) return { system: [], turns: [{ role: 'user', blocks: system }] };
  trimLastText(merged);
  return { system, turns: openWithUser(merged, (text) => ({ type: 'text', text }), context.warnings) };
}

function putResultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const isResult = (block: JsonObject) => block['type'] === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}

/** Whether the thinking before the last tool calls is not there, though their results are. */
export function hasLostThinking(turns: readonly MessagesTurn[]): boolean {
  return lacksThinking(turns, { isToolResult: (block) => block['type'] === 'tool_result', isThinking });
}
