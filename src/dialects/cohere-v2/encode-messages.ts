import type { Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { tagSystem } from '../tag-system.ts';
import { ToolCallIds } from '../tool-call-ids.ts';
import { encodeParts, encodeText, type PartsContext, toContent } from './encode-parts.ts';
import type { ToolNames } from './tool-names.ts';

/** What a conversation is encoded with. */
export interface MessagesContext extends PartsContext {
  readonly toolNames: ToolNames;
  /** Whether the reasoning of earlier answers that called no tools is sent back. */
  readonly sendsThinking: boolean;
  /** What the model is told beside the client's own instructions. */
  readonly instruction: string | undefined;
}

/**
 * Encodes a conversation: docs.cohere.com/reference/chat.
 *
 * System and developer messages at the beginning are one system message, since Cohere takes it only there ("system turn must be the
 * first in the list": docs.cohere.com/v2/reference/errors). Later ones stay where they are, as a user's text in `<system>` tags: what
 * they say holds from there on, and what came before stays in the cache. Messages that say nothing are left out: Cohere refuses them.
 */
export function encodeMessages(messages: readonly Message[], context: MessagesContext): JsonObject[] {
  // Each call has an id of its own, and each result names one of them: docs.cohere.com/v2/reference/errors.
  const ids = new ToolCallIds();
  const system: JsonObject[] = [];
  const spoken: JsonObject[] = [];
  messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (message.name && message.role !== 'tool') {
      context.warnings.leaveOut(['name'], 'the provider does not tell speakers apart');
    }
    switch (message.role) {
      case 'system':
      case 'developer': {
        const parts = encodeParts(message, 'system', path, context);
        if (spoken.length === 0) system.push(...parts);
        else spoken.push(...createMessage('user', parts.map(tagSystem)));
        break;
      }
      case 'assistant':
        spoken.push(...encodeAssistant(message, path, ids, context));
        break;
      case 'tool':
        spoken.splice(placeOfResult(spoken), 0, encodeToolResult(message, path, ids, context));
        break;
      default:
        spoken.push(...createMessage('user', encodeParts(message, 'user', path, context)));
    }
  });
  // A conversation of nothing but instructions: Cohere needs something to answer.
  if (spoken.length === 0) spoken.push(...createMessage('user', system.splice(0)));
  system.push(...encodeText(context.instruction ?? ''));
  return [...createMessage('system', system), ...spoken];
}

/** Results stand right behind their calls: what was said between them comes after. */
function placeOfResult(spoken: readonly JsonObject[]): number {
  const before = spoken.findLastIndex(({ role }) => role !== 'user');
  const isOfCalls = spoken[before]?.['role'] === 'tool' || spoken[before]?.['tool_calls'] !== undefined;
  return isOfCalls ? before + 1 : spoken.length;
}

function createMessage(role: string, parts: JsonObject[]): JsonObject[] {
  return parts.length === 0 ? [] : [{ role, content: toContent(parts) }];
}

/** What stood before calls is the plan for them, whether it came as a plan or as thinking: the model has one place for it. */
function encodeAssistant(message: Message, path: string, ids: ToolCallIds, context: MessagesContext): JsonObject[] {
  ids.beginMessage();
  const parts = [...encodeParts(message, 'assistant', path, context), ...encodeText(message.refusal ?? '')];
  const reasoning = message.reasoningContent ?? '';
  if (message.toolCalls.length === 0) {
    const thinks = reasoning !== '' && context.sendsThinking && parts.length > 0;
    return createMessage('assistant', thinks ? [{ type: 'thinking', thinking: reasoning }, ...parts] : parts);
  }
  const calls = message.toolCalls.map((call) => encodeToolCall(call, ids, context));
  return [
    {
      role: 'assistant',
      ...(reasoning !== '' && { tool_plan: reasoning }),
      tool_calls: calls,
      ...(parts.length > 0 && { content: toContent(parts) }),
    },
  ];
}

function encodeToolCall(call: ToolCall, ids: ToolCallIds, { toolNames }: MessagesContext): JsonObject {
  const name = call.custom?.name ?? call.function?.name ?? '';
  const args = call.custom === undefined ? call.function?.arguments : JSON.stringify({ input: call.custom.input });
  return {
    id: ids.addCall(call.id),
    type: 'function',
    function: { name: toolNames.encode(name), arguments: args?.trim() ? args : '{}' },
  };
}

/**
 * A result is text, as the tool gave it, or documents in Cohere's own form: docs.cohere.com/docs/tool-use-overview. One that says nothing
 * is sent nevertheless: the call needs it.
 */
function encodeToolResult(message: Message, path: string, ids: ToolCallIds, context: MessagesContext): JsonObject {
  const parts = encodeParts(message, 'tool', path, context);
  return {
    role: 'tool',
    tool_call_id: ids.resolveResult(message.toolCallId),
    content: parts.length === 0 ? '' : toContent(parts),
  };
}
