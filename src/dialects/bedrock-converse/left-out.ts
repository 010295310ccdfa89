import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { listUnreadFields } from '../unknown-fields.ts';
import type { Warnings } from './warnings.ts';

/** Fields of Converse's own, and of models behind it, that clients may name at the root of a request. */
export const passedFields: ReadonlySet<string> = new Set([
  'additionalModelRequestFields',
  'guardrailConfig',
  'performanceConfig',
  'top_k',
]);

/**
 * Names what of a request has no place in Converse. Each of these steers how an answer is made, and none of them what it is asked for.
 */
export function listLeftOut(request: ChatCompletionRequest, source: JsonObject | undefined, warnings: Warnings): void {
  const given: Readonly<Record<string, boolean>> = {
    presence_penalty: Boolean(request.presencePenalty),
    frequency_penalty: Boolean(request.frequencyPenalty),
    seed: request.seed !== undefined,
    logit_bias: Object.keys(request.logitBias).length > 0,
    logprobs: request.logprobs === true,
    top_logprobs: request.topLogprobs !== undefined,
    store: request.store === true,
    verbosity: request.verbosity !== undefined,
    prediction: request.prediction !== undefined,
    image_config: request.imageConfig !== undefined,
    'modalities beside text': request.modalities.some((modality) => modality !== 'text'),
  };
  const named = Object.keys(given).filter((field) => given[field] === true);
  warnings.leaveOut(named, 'the provider does not have it');
  if ((request.n ?? 1) > 1) warnings.add('The provider gives one choice for each call: n was left out.');
  const unknown = Object.keys(request.extraFields ?? {}).filter((field) => !passedFields.has(field));
  warnings.leaveOut(unknown, 'the provider’s format has no place for it');
  if (source !== undefined) warnings.leaveOut(listUnreadFields(source), 'nothing here reads it');
}
