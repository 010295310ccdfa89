import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { JsonSource } from '../json-source.ts';
import { text } from '../read-values.ts';
import { each } from '../slice-json.ts';
import { AnswerDecoder } from './answer-decoder.ts';

/**
 * Decodes a whole reply to the events that a stream of the same answer would give. The caller has looked for an error in it.
 *
 * @param answerTool - the tool whose arguments are the answer.
 * @param source - the text that the reply was parsed from: arguments of tools are taken from there as they are.
 * @returns `undefined` when it is no answer: it has no content, or none that says anything and no reason for its end.
 */
export function decodeReply(json: JsonObject, answerTool: string | undefined, source: string): ChatEvent[] | undefined {
  const { content } = json;
  if (!Array.isArray(content) && typeof content !== 'string') return undefined;
  const inputs = new JsonSource(source, json, ['content', each, 'input']);
  const decoder = new AnswerDecoder(answerTool);
  const said = decoder.begin(Array.isArray(content) ? { ...json, content: keepInputs(content, inputs) } : json);
  const stopReason = text(json['stop_reason']);
  if (stopReason === undefined && !said.some(({ kind }) => kind === 'delta')) return undefined;
  return [...said, ...decoder.end(stopReason, json['stop_details'])];
}

function keepInputs(content: readonly JsonValue[], inputs: JsonSource): JsonValue[] {
  return content.map((block) => {
    const input = isJsonObject(block) && block['type'] === 'tool_use' ? block['input'] : undefined;
    return isJsonObject(block) && isJsonObject(input) ? { ...block, input: inputs.textOf(input) } : block;
  });
}
