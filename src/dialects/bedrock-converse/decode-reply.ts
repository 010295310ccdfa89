import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { JsonSource } from '../json-source.ts';
import { objects, text } from '../read-values.ts';
import { each } from '../slice-json.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import type { BlockOptions } from './block-decoder.ts';

/**
 * Decodes a whole reply to the events that a stream of the same answer would give:
 * docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
 *
 * @param source - the text that the reply was parsed from: arguments of tools are taken from there as they are.
 * @returns `undefined` when it is no answer: it has no message, or one that says nothing and has no reason for its end.
 */
export function decodeReply(json: JsonObject, options: BlockOptions, source: string): ChatEvent[] | undefined {
  const output = isJsonObject(json['output']) ? json['output'] : {};
  const message = isJsonObject(output['message']) ? output['message'] : {};
  if (!Array.isArray(message['content'])) return undefined;
  const inputs = new JsonSource(source, json, ['output', 'message', 'content', each, 'toolUse', 'input']);
  const decoder = new AnswerDecoder(options);
  const said: ChatEvent[] = [];
  for (const [contentBlockIndex, block] of objects(message['content']).entries()) {
    for (const [type, fields] of toStreamEvents(block, inputs)) {
      for (const event of decoder.decode(type, { contentBlockIndex, ...fields })) said.push(event);
    }
  }
  if (text(json['stopReason']) === undefined && !said.some(({ kind }) => kind === 'delta')) return undefined;
  return [...said, ...decoder.end(json), ...decoder.tellMetadata(json)];
}

type StreamEvent = readonly [type: string, fields: JsonObject];

/** The events that a stream would have for a block. */
function toStreamEvents(block: JsonObject, inputs: JsonSource): StreamEvent[] {
  const { toolUse, toolResult, image, reasoningContent, citationsContent } = block;
  const events: StreamEvent[] = [];
  const start = (fields: JsonObject) => events.push(['contentBlockStart', { start: fields }]);
  const add = (delta: JsonObject) => events.push(['contentBlockDelta', { delta }]);
  if (isJsonObject(toolUse)) {
    const { input } = toolUse;
    start({ toolUse });
    add({ toolUse: isJsonObject(input) ? { ...toolUse, input: inputs.textOf(input) } : toolUse });
  } else if (isJsonObject(image)) {
    start({ image });
    add({ image });
  } else if (isJsonObject(reasoningContent)) {
    const { reasoningText } = reasoningContent;
    add({ reasoningContent: isJsonObject(reasoningText) ? reasoningText : reasoningContent });
  } else if (isJsonObject(citationsContent)) {
    for (const { text: said } of objects(citationsContent['content'])) add({ text: said ?? null });
    for (const citation of objects(citationsContent['citations'])) add({ citation });
  } else if (toolResult === undefined) {
    add({ text: block['text'] ?? null });
  }
  events.push(['contentBlockStop', {}]);
  return events;
}
