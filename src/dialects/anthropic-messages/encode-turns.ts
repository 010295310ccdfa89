import type { Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type BlockContext, encodeContent, encodeText } from './encode-blocks.ts';
import { isThinking, restoreThinking } from './thinking-blocks.ts';
import { ToolUseIds } from './tool-use-ids.ts';
import { createRefusal } from './warnings.ts';

/** One message of the Messages API, not yet JSON. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly blocks: JsonObject[];
}

/** A conversation in Anthropic's form. */
export interface Conversation {
  /** What stands in `system`. */
  readonly system: JsonObject[];
  /** Users and assistants in turn, beginning with a user. */
  readonly turns: Turn[];
}

/** How a conversation is encoded. */
export interface TurnsContext extends BlockContext {
  /** Whether system messages may stand between others. */
  readonly takesSystemTurns: boolean;
  /** Whether the thinking of earlier answers is sent back. */
  readonly sendsThinking: boolean;
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
  const ids = new ToolUseIds();
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
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

function encodeAssistant(message: Message, path: string, ids: ToolUseIds, context: TurnsContext): JsonObject[] {
  ids.beginMessage();
  const thinking = context.sendsThinking ? restoreThinking(message).map((block) => ({ ...block })) : [];
  const refusal = encodeText(message.refusal ?? '');
  const calls = message.toolCalls.map((call) => encodeToolCall(call, ids, context));
  return [...thinking, ...encodeContent(message, path, context), ...refusal, ...calls];
}

function encodeToolCall(call: ToolCall, ids: ToolUseIds, context: TurnsContext): JsonObject {
  const name = call.custom?.name ?? call.function?.name ?? '';
  const input = call.custom === undefined ? parseArguments(call, context) : { input: call.custom.input };
  return { type: 'tool_use', id: ids.addCall(call.id), name, input };
}

/** Anthropic takes an object. Arguments that are none, which models write too, are kept as the text that they are. */
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

/** A mark for the cache on a part of the result holds for the whole of it. */
function encodeToolResult(message: Message, path: string, ids: ToolUseIds, context: BlockContext): JsonObject {
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

function arrange(system: JsonObject[], spoken: readonly Turn[], context: TurnsContext): Conversation {
  const turns: Turn[] = [];
  const filled = merge(spoken.filter(({ blocks }) => blocks.length > 0));
  filled.forEach((turn, index) => {
    const isPlaced =
      context.takesSystemTurns &&
      turns.at(-1)?.role === 'user' &&
      (filled[index + 1] === undefined || filled[index + 1]?.role === 'assistant');
    if (turn.role === 'system' && !isPlaced) turns.push({ role: 'user', blocks: turn.blocks.map(tagSystem) });
    else turns.push(turn);
  });
  const merged = merge(turns).map(({ role, blocks }) => ({ role, blocks: putResultsFirst(blocks) }));
  // A conversation of nothing but system messages: Anthropic needs something to answer.
  if (merged.length === 0) return { system: [], turns: [{ role: 'user', blocks: system }] };
  if (merged[0]?.role === 'assistant') {
    // The first message must be the user's: platform.claude.com/docs/en/api/messages.
    context.warnings.add('The conversation begins with the assistant; a user’s turn that says so was put before it.');
    merged.unshift({ role: 'user', blocks: [{ type: 'text', text: '(The assistant speaks first.)' }] });
  }
  trimLastText(merged.at(-1));
  return { system, turns: merged };
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
  const text = block['text'];
  return { ...block, text: `<system>${typeof text === 'string' ? text : ''}</system>` };
}

function putResultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const isResult = (block: JsonObject) => block['type'] === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}

/** Text that the model shall go on with must not end in white space: Anthropic refuses that. */
function trimLastText(turn: Turn | undefined): void {
  const last = turn?.role === 'assistant' ? turn.blocks.at(-1) : undefined;
  if (typeof last?.['text'] === 'string') last['text'] = last['text'].trimEnd();
}

/**
 * Whether the model is in the middle of using tools, and its thinking before the last calls is not there: with a budget for thinking,
 * Anthropic refuses that.
 */
export function lacksThinking(turns: readonly Turn[]): boolean {
  const last = turns.findLastIndex(({ role }) => role === 'assistant');
  const isAnswered = turns[last + 1]?.blocks.some((block) => block['type'] === 'tool_result') === true;
  return isAnswered && !isThinking(turns[last]?.blocks[0]);
}
