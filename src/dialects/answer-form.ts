import type { JsonSchemaFormat } from '../../gen/signalbox/chat/v1/response_format_pb.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';

/** How a model is held to the form of an answer where its provider does not do it: by a tool, or in words. */

const answerToolName = 'answer';

const jsonInstruction = 'Answer with one JSON object and nothing else: no words before or after it, and no code fence.';

/** Tells a model to answer in JSON. */
export function tellJson(schema: JsonObject | undefined): string {
  if (schema === undefined) return jsonInstruction;
  return `${jsonInstruction} It must keep to this JSON Schema: ${JSON.stringify(schema)}`;
}

/** Tells a model that may call tools first to answer in JSON in the end. */
export function tellFinalJson(schema: JsonObject | undefined): string {
  const kept = schema === undefined ? '' : ` that keeps to this JSON Schema: ${JSON.stringify(schema)}`;
  return `Give your final answer as JSON alone, without any other text${kept}`;
}

/** Names the tool whose arguments are the answer, as no other tool is named. */
export function nameAnswerTool(others: Iterable<JsonValue | undefined>): string {
  const taken = new Set<JsonValue | undefined>(others);
  let name = answerToolName;
  while (taken.has(name)) name = `${name}_`;
  return name;
}

/** Describes the tool whose arguments are the answer. */
export function describeAnswerTool({ name, description }: JsonSchemaFormat): string {
  return description || `Gives the answer${name === '' ? '' : `, ${name}`}. Call it once, with the whole answer.`;
}
