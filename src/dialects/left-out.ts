import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../core/json.ts';
import { listUnknownNestedFields, listUnreadFields } from './unknown-fields.ts';
import type { Warnings } from './warnings.ts';

/** Whether a request asks for what a field stands for. Each steers how an answer is made, and none of them what it is asked for. */
const askedFor = {
  presence_penalty: (request) => Boolean(request.presencePenalty),
  frequency_penalty: (request) => Boolean(request.frequencyPenalty),
  seed: (request) => request.seed !== undefined,
  logit_bias: (request) => Object.keys(request.logitBias).length > 0,
  logprobs: (request) => request.logprobs === true,
  top_logprobs: (request) => request.topLogprobs !== undefined,
  service_tier: (request) => request.serviceTier !== undefined && request.serviceTier !== 'auto',
  store: (request) => request.store === true,
  verbosity: (request) => request.verbosity !== undefined,
  prediction: (request) => request.prediction !== undefined,
  image_config: (request) => request.imageConfig !== undefined,
  web_search_options: (request) => (request.webSearchOptions ?? request.extraBody?.webSearchOptions) !== undefined,
  'modalities beside text': (request) => request.modalities.some((modality) => modality !== 'text'),
} as const satisfies Readonly<Record<string, (request: ChatCompletionRequest) => boolean>>;

/** A field that a provider may not have. */
export type SteeringField = keyof typeof askedFor;

/** What a provider's format has no place for. */
export interface FormatLimits {
  /** The fields of OpenAI's that it does not have. */
  readonly missing: readonly SteeringField[];
  /** Whether a field that OpenAI does not have is sent. */
  isSent(extraField: string): boolean;
}

/**
 * Names what of a request has no place in a provider's format.
 *
 * @param source - the client's JSON, where it came as JSON.
 */
export function listLeftOut(
  request: ChatCompletionRequest,
  source: JsonObject | undefined,
  { missing, isSent }: FormatLimits,
  warnings: Warnings,
): void {
  const named = missing.filter((field) => askedFor[field](request));
  warnings.leaveOut(named, 'the provider does not have it');
  if ((request.n ?? 1) > 1) warnings.add('The provider gives one choice for each call: n was left out.');
  const unknown = Object.keys(request.extraFields ?? {}).filter((field) => !isSent(field));
  const nested = source === undefined ? [] : listUnknownNestedFields(source);
  warnings.leaveOut([...unknown, ...nested], 'the provider’s format has no place for it');
  if (source !== undefined) warnings.leaveOut(listUnreadFields(source), 'nothing here reads it');
}
