import type { SchemaLimits } from './schema/schema-limits.ts';

/**
 * What a model of the sandbox answers, before limits are applied. It is generated in the order of the fields, the same for each
 * choice.
 */
export interface Answer {
  readonly reasoning?: AnswerReasoning;
  readonly content?: string;
  readonly refusal?: string;
  readonly calls?: readonly AnswerCall[];
  /** An image as a data URI. */
  readonly image?: string;
  /** Sources of the content. */
  readonly citations?: readonly AnswerCitation[];
}

/** What a model answers with, beside the request. */
export interface AnswerContext {
  /** The provider's id, for errors. */
  readonly provider: string;
  /** Bounds on what is done with the request's schemas. */
  readonly schemaLimits: SchemaLimits;
}

/** Reasoning before an answer. */
export interface AnswerReasoning {
  readonly text: string;
  /** The most tokens to reason with. `undefined`: as many as the whole answer may have. */
  readonly maxTokens: number | undefined;
  /** Whether the text stays out of the answer. It is counted all the same. */
  readonly isHidden: boolean;
}

/** A call of a function. */
export interface AnswerCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** A source of a span of the content. */
export interface AnswerCitation {
  readonly url: string;
  readonly title: string;
  /** Where the span starts, in characters. */
  readonly startIndex: number;
  /** Where it ends, exclusive. */
  readonly endIndex: number;
}
