import type { Clock } from '../../core/clock.ts';
import { createHealthBook, defaultHealthRules, type HealthBook } from '../health/health-book.ts';
import type { Recovery } from '../recovery/recovery.ts';
import type { Candidate } from '../resolve-model.ts';
import type { AttemptRules } from './attempt-policy.ts';

/** What attempts are made with, beside the plan: how often, how long, and what is known of providers and models. */
export interface Reliability {
  readonly rules: AttemptRules;
  readonly health: HealthBook;
  /**
   * How long an attempt may take to its first token when the request does not say and another candidate is left, in milliseconds. 0: as long
   * as the call may.
   */
  readonly firstTokenTimeoutMs: number;
  /** The same for calls that reason. */
  readonly reasoningFirstTokenTimeoutMs: number;
  /** What is done about a stream that broke off, when the request does not say. */
  readonly recovery: Recovery;
  /** From 0, below 1: spreads retries. */
  readonly random: () => number;
  /** How many tokens a model takes. `undefined`: not known. */
  readonly contextTokensOf: (candidate: Candidate) => number | undefined;
  /** Whether a model reasons without being asked to, as far as is known. */
  readonly reasons: (candidate: Candidate) => boolean;
}

/** What the configuration says of attempts, under the names of its section `calls`. */
export interface ReliabilitySettings {
  readonly maxRetries: number;
  readonly maxRetryWaitMs: number;
  readonly firstTokenTimeoutMs: number;
  readonly reasoningFirstTokenTimeoutMs: number;
  /** 0: no circuit ever opens. */
  readonly circuitMaxOpenMs: number;
  readonly recovery: Recovery;
}

/** What a server knows of time, chance and models. */
export interface ReliabilityDependencies extends Pick<Reliability, 'random'> {
  readonly clock: Clock;
  /** Default: what the catalogue knows. */
  readonly contextTokensOf?: Reliability['contextTokensOf'];
  /** Default: what its provider knows, else the catalogue: a model that can reason, and does not take `none`, is taken to do it. */
  readonly reasons?: Reliability['reasons'];
}

const backoff = { baseBackoffMs: 200, maxBackoffMs: 2000 };

/** Makes what attempts are made with. One for a process: it keeps the book of how providers are. */
export function createReliability(settings: ReliabilitySettings, dependencies: ReliabilityDependencies): Reliability {
  const { maxRetries, maxRetryWaitMs, circuitMaxOpenMs, ...others } = settings;
  const { clock, random, contextTokensOf = readContextTokens, reasons = readReasons } = dependencies;
  const minFailures = circuitMaxOpenMs === 0 ? Number.POSITIVE_INFINITY : defaultHealthRules.minFailures;
  const openMs = Math.min(defaultHealthRules.openMs, circuitMaxOpenMs);
  return {
    ...others,
    rules: { maxRetries, maxRetryWaitMs, ...backoff },
    health: createHealthBook(clock, { ...defaultHealthRules, minFailures, openMs, maxOpenMs: circuitMaxOpenMs }),
    random,
    contextTokensOf,
    reasons,
  };
}

function readContextTokens({ entry }: Candidate): number | undefined {
  return entry?.model.contextTokens;
}

function readReasons({ entry, model, provider }: Candidate): boolean {
  const { reasoning = false, reasoningEfforts = [] } = entry?.model.capabilities ?? {};
  return provider.reasonsByDefault?.(model) ?? (reasoning && !reasoningEfforts.includes('none'));
}

/** Every candidate once, one after another, whatever is known of it: what holds where nothing else is said. */
export const plainReliability: Reliability = {
  rules: { maxRetries: 0, maxRetryWaitMs: 0, ...backoff },
  health: {
    read: () => ({ state: 'closed' }),
    isFailing: () => false,
    admits: () => true,
    mayRetry: () => true,
    begin: () => ({ answered: () => {}, failed: () => {}, abandoned: () => {} }),
  },
  firstTokenTimeoutMs: 0,
  reasoningFirstTokenTimeoutMs: 0,
  recovery: 'none',
  random: () => 0,
  contextTokensOf: () => undefined,
  reasons: () => false,
};
