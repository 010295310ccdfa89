import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';

/** The tokens of a call that may have prices of their own. A part that is not known is none. */
export interface TokenCounts {
  /** All of the prompt. */
  readonly prompt: number;
  /** All that was generated. */
  readonly completion: number;
  /** Of the prompt: read from a cache, written to one, and of these to one that keeps them for an hour. */
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  /** Of the prompt. Cached tokens may be among them. */
  readonly promptAudio: number;
  readonly promptImage: number;
  /** Of what was generated. */
  readonly reasoning: number;
  readonly completionAudio: number;
  readonly completionImage: number;
}

/** The counts of a call of which nothing but the two sums is known. */
export function countPlainTokens(prompt: number, completion: number): TokenCounts {
  return {
    prompt,
    completion,
    cacheRead: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    promptAudio: 0,
    promptImage: 0,
    reasoning: 0,
    completionAudio: 0,
    completionImage: 0,
  };
}

/**
 * Takes the counts of an answer that are charged for. They are as the provider counted them, whether they can be or not.
 *
 * @returns `undefined` when one of the two sums is absent.
 */
export function splitUsage(usage: Usage): TokenCounts | undefined {
  const {
    promptTokens,
    completionTokens,
    promptTokensDetails: ofPrompt,
    completionTokensDetails: ofCompletion,
  } = usage;
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  const billedPrompt = ofPrompt?.billedTokens;
  const billedCompletion = ofCompletion?.billedTokens;
  // Who charges for fewer tokens than the model read does not say which: the parts of the sum say nothing of those.
  const promptParts = billedPrompt === undefined ? ofPrompt : undefined;
  const completionParts = billedCompletion === undefined ? ofCompletion : undefined;
  return {
    prompt: billedPrompt ?? promptTokens,
    completion: billedCompletion ?? completionTokens,
    cacheRead: promptParts?.cachedTokens ?? 0,
    cacheWrite: promptParts?.cacheWriteTokens ?? 0,
    cacheWrite1h: promptParts?.cacheWrite1hTokens ?? 0,
    promptAudio: promptParts?.audioTokens ?? 0,
    promptImage: promptParts?.imageTokens ?? 0,
    reasoning: completionParts?.reasoningTokens ?? 0,
    completionAudio: completionParts?.audioTokens ?? 0,
    completionImage: completionParts?.imageTokens ?? 0,
  };
}
