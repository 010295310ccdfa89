import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { setKnown } from '../set-known.ts';
import type { Warnings } from '../warnings.ts';

/** The most that Cohere takes of `k`: docs.cohere.com/reference/chat. */
const maxTopK = 500;

/** Encodes how tokens are chosen, and where they end, within the ranges of docs.cohere.com/reference/chat. */
export function encodeSampling(request: ChatCompletionRequest, body: JsonObject, warnings: Warnings): void {
  // docs.cohere.com/v2/reference/errors: "temperature must be between 0 and 1.0 inclusive".
  setKnown(body, 'temperature', limit('temperature', request.temperature, 0, 1, warnings));
  setKnown(body, 'p', limit('top_p', request.topP, 0.01, 0.99, warnings));
  setKnown(body, 'k', readTopK(request));
  setKnown(body, 'max_tokens', request.maxCompletionTokens ?? request.maxTokens);
  encodePenalties(request, body, warnings);
  if (request.seed !== undefined) {
    if (request.seed >= 0n) body['seed'] = Number(request.seed);
    else warnings.leaveOut(['seed'], 'the provider takes none below 0');
  }
  if (request.stop.length > 0) body['stop_sequences'] = request.stop;
  if (request.logprobs === true) body['logprobs'] = true;
}

/** `top_k` is no field of OpenAI's, but many clients send it. `undefined`: it is not there, or not what Cohere takes. */
export function readTopK({ extraFields }: ChatCompletionRequest): number | undefined {
  const topK = extraFields?.['top_k'];
  return typeof topK === 'number' && Number.isInteger(topK) && topK >= 0 && topK <= maxTopK ? topK : undefined;
}

/** Cohere has no penalties below 0, which invite repetition, and refuses two at once (docs.cohere.com/v2/reference/errors). */
function encodePenalties(request: ChatCompletionRequest, body: JsonObject, warnings: Warnings): void {
  const asked = [
    ['frequency_penalty', request.frequencyPenalty],
    ['presence_penalty', request.presencePenalty],
  ] as const;
  const negative = asked.filter(([, value = 0]) => value < 0).map(([name]) => name);
  warnings.leaveOut(negative, 'the provider takes none below 0');
  const [first, ...others] = asked.filter(([, value = 0]) => value > 0);
  const second = others.map(([name]) => name);
  warnings.leaveOut(second, 'the provider takes one penalty at a time');
  if (first !== undefined) setKnown(body, first[0], limit(first[0], first[1], 0, 1, warnings));
}

function limit(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
  warnings: Warnings,
): number | undefined {
  if (value === undefined) return undefined;
  const limited = Math.min(Math.max(value, least), most);
  if (limited !== value) warnings.add(`${name} was sent as ${limited}: the provider takes ${least} to ${most}.`);
  return limited;
}
