import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { OpenAiChatQuirks } from './quirks.ts';

/**
 * Adds the reasoning of an earlier answer to its message, where the provider takes it back.
 *
 * @param json - the encoded message; changed in place.
 */
export function addEarlierReasoning(json: JsonObject, message: Message, quirks: OpenAiChatQuirks): void {
  const { reasoningField, reasoningGoesWith = 'all' } = quirks;
  if (reasoningField === undefined) return;
  const calledTools = message.toolCalls.length > 0;
  if (reasoningGoesWith === 'tool-calls' && !calledTools) return;
  const reasoning = message.reasoningContent ?? (reasoningGoesWith === 'tool-calls' ? '' : undefined);
  if (reasoning === undefined) return;
  if (reasoningField === 'thinking-part')
    json['content'] = [createThinkingPart(reasoning), ...listParts(json['content'])];
  else json[reasoningField] = reasoning;
}

/** docs.mistral.ai/capabilities/reasoning. */
function createThinkingPart(reasoning: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text: reasoning }] };
}

function listParts(content: JsonValue | undefined): JsonValue[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}
