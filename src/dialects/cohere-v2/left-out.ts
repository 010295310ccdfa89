import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { listUnknownNestedFields, listUnreadFields } from '../unknown-fields.ts';
import { readTopK } from './encode-sampling.ts';
import type { Warnings } from './warnings.ts';

/** Fields of Cohere's own that OpenAI has nothing for: docs.cohere.com/reference/chat. */
export const nativeFields: readonly string[] = [
  'documents',
  'citation_options',
  'safety_mode',
  'priority',
  'strict_tools',
  'thinking',
];

/**
 * Names what of a request has no place in Cohere's API. Each of these steers how an answer is made, and none of them what it is asked
 * for.
 */
export function listLeftOut(request: ChatCompletionRequest, source: JsonObject | undefined, warnings: Warnings): void {
  const sent: Readonly<Record<string, boolean>> = {
    logit_bias: Object.keys(request.logitBias).length > 0,
    top_logprobs: request.topLogprobs !== undefined,
    service_tier: request.serviceTier !== undefined && request.serviceTier !== 'auto',
    store: request.store === true,
    verbosity: request.verbosity !== undefined,
    prediction: request.prediction !== undefined,
    image_config: request.imageConfig !== undefined,
    web_search_options: (request.webSearchOptions ?? request.extraBody?.webSearchOptions) !== undefined,
    'modalities beside text': request.modalities.some((modality) => modality !== 'text'),
  };
  const named = Object.keys(sent).filter((field) => sent[field] === true);
  warnings.leaveOut(named, 'the provider does not have it');
  if ((request.n ?? 1) > 1) warnings.add('The provider gives one choice for each call: n was left out.');
  const unknown = Object.keys(request.extraFields ?? {}).filter(
    (field) => !nativeFields.includes(field) && (field !== 'top_k' || readTopK(request) === undefined),
  );
  const nested = source === undefined ? [] : listUnknownNestedFields(source);
  warnings.leaveOut([...unknown, ...nested], 'the provider’s format has no place for it');
  if (source !== undefined) warnings.leaveOut(listUnreadFields(source), 'nothing here reads it');
}
