import type { MeasuredAttempt } from '../../../src/catalog/speed/read-attempt.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { EventQueue } from './event-queue.ts';
import { createSeededRandom, drawNormal } from './seeded-random.ts';
import { type ProviderProfile, type ProviderScript, SimulatedProvider } from './simulated-provider.ts';
import type { CreateStrategy } from './strategies.ts';

/** What a run is made of. */
export interface SimulationOptions {
  readonly createStrategy: CreateStrategy;
  readonly seed: number;
  readonly requests: number;
  /** Requests a second on average. Default: 4. */
  readonly rate?: number | undefined;
  /** Who is asked. Default: five providers that drift, slow down and fail, as {@link profiles} and the seed say. */
  readonly providers?: readonly ProviderScript[] | undefined;
}

/** What came of a run. */
export interface SimulationResult {
  /** From the arrival of a request to its first token, failed attempts included. */
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The share of requests whose first attempt failed. */
  readonly failoverShare: number;
  /** The share of requests that tried another one first than the best that the strategy knew. */
  readonly probeShare: number;
  /** How often the provider that most requests went to turned slow, and another one was better by then. */
  readonly slowdowns: number;
  /** How many of the first 150 requests after such a change still went there first, on average. */
  readonly metBySlow: number;
  /** The share of the 51st to the 150th request after such a change that still went there first. */
  readonly lateShare: number;
  /** Of all requests: which provider was tried first. */
  readonly firstChoices: Uint8Array;
}

/** The providers that requests are simulated with. */
export const profiles: readonly ProviderProfile[] = [
  { name: 'a/model', medianMs: 320, spread: 0.35, failureRate: 0.01 },
  { name: 'b/model', medianMs: 380, spread: 0.5, failureRate: 0.005 },
  { name: 'c/model', medianMs: 450, spread: 0.4, failureRate: 0.02 },
  { name: 'd/model', medianMs: 600, spread: 0.6, failureRate: 0.003 },
  { name: 'e/model', medianMs: 900, spread: 0.3, failureRate: 0.001 },
];

const minuteMs = 60_000;
/** What a request without any answer counts as, beyond what it took. */
const lostMs = 10_000;
/** How long answers are: the median, and the deviation of the logarithm. */
const medianTokens = 250;
const tokensSpread = 0.8;
/** How long a token takes after the first one. */
const tokenMs = 15;

/** When requests come: by chance, with a tide of hours and bursts of half a minute. */
function drawArrivals(count: number, rate: number, random: () => number): Float64Array {
  const arrivals = new Float64Array(count);
  let timeMs = 0;
  let burstUntilMs = 0;
  for (let index = 0; index < count; index += 1) {
    const tide = 1 + 0.6 * Math.sin((2 * Math.PI * timeMs) / (120 * minuteMs));
    if (timeMs > burstUntilMs + 5 * minuteMs) burstUntilMs = timeMs + 0.5 * minuteMs;
    const burst = timeMs < burstUntilMs ? 2 : 1;
    timeMs -= (Math.log(1 - random()) * 1000) / (rate * tide * burst);
    arrivals[index] = timeMs;
  }
  return arrivals;
}

/** Runs a strategy on providers and requests that depend on the seed alone. */
export function simulate(options: SimulationOptions): SimulationResult {
  const { createStrategy, seed, requests, rate = 4 } = options;
  const arrivals = drawArrivals(requests, rate, createSeededRandom(seed));
  const lengthMs = (arrivals[requests - 1] ?? 0) + 10 * minuteMs;
  const providers =
    options.providers ??
    profiles.map((profile, number) => new SimulatedProvider(profile, seed * 100 + number, lengthMs));
  let nowMs = 0;
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
  const strategy = createStrategy({ providers, clock, random: createSeededRandom(seed + 7) });
  const later = new EventQueue<() => void>();
  const waits = new Float64Array(requests);
  const firstChoices = new Uint8Array(requests);
  let failovers = 0;

  arrivals.forEach((arrivalMs, request) => {
    for (let event = later.takeUntil(arrivalMs); event !== undefined; event = later.takeUntil(arrivalMs)) {
      nowMs = event.timeMs;
      event.value();
    }
    nowMs = arrivalMs;
    const order = strategy.order();
    // A request's luck is its own, whoever is tried: strategies differ by what they choose alone.
    const random = createSeededRandom(seed * 1_000_003 + request * 31);
    let timeMs = arrivalMs;
    let isAnswered = false;
    firstChoices[request] = order[0] ?? 0;
    for (const number of order) {
      const attempt = drawAttempt(providers[number], timeMs, String(request), random);
      const { durationMs, timeToFirstTokenMs } = attempt;
      if (timeMs === arrivalMs) strategy.noteStart?.(attempt);
      else later.push(timeMs, () => strategy.noteStart?.(attempt));
      later.push(timeMs + durationMs, () => strategy.note(attempt, number));
      if (timeToFirstTokenMs !== undefined) {
        const firstToken = { ...attempt, timeToFirstTokenMs };
        later.push(timeMs + timeToFirstTokenMs, () => strategy.noteFirstToken?.(firstToken, number));
      }
      timeMs += timeToFirstTokenMs ?? durationMs;
      isAnswered = attempt.errorReason === undefined;
      if (isAnswered) break;
      if (number === order[0]) failovers += 1;
    }
    waits[request] = timeMs - arrivalMs + (isAnswered ? 0 : lostMs);
  });

  const sorted = waits.toSorted();
  return {
    meanMs: waits.reduce((sum, wait) => sum + wait, 0) / requests,
    p50Ms: sorted[Math.floor(0.5 * requests)] ?? 0,
    p99Ms: sorted[Math.floor(0.99 * requests)] ?? 0,
    failoverShare: failovers / requests,
    probeShare: (strategy.probes ?? 0) / requests,
    ...measureSlowdowns(providers, arrivals, firstChoices),
    firstChoices,
  };
}

function drawAttempt(
  provider: ProviderScript | undefined,
  timeMs: number,
  generationId: string,
  random: () => number,
): MeasuredAttempt {
  if (provider === undefined) throw new RangeError('A strategy chose a provider that there is not.');
  const { medianMs, failureRate, failureMs } = provider.at(timeMs);
  const isFailed = random() < failureRate;
  const scatter = drawNormal(random);
  const completionTokens = Math.ceil(medianTokens * Math.exp(tokensSpread * drawNormal(random)));
  const base = { generationId, model: provider.name, isStreamed: true };
  if (isFailed) {
    const durationMs = failureMs * Math.exp(0.2 * scatter);
    return {
      ...base,
      errorReason: 'PROVIDER_FAILED',
      timeToFirstTokenMs: undefined,
      durationMs,
      completionTokens: undefined,
    };
  }
  const timeToFirstTokenMs = medianMs * Math.exp(provider.spread * scatter);
  const durationMs = timeToFirstTokenMs + completionTokens * tokenMs;
  return { ...base, errorReason: undefined, timeToFirstTokenMs, durationMs, completionTokens };
}

/** Looks at what a strategy did after the provider that it preferred had turned slow, where another one was better for long enough. */
function measureSlowdowns(
  providers: readonly ProviderScript[],
  arrivals: Float64Array,
  firstChoices: Uint8Array,
): Pick<SimulationResult, 'slowdowns' | 'metBySlow' | 'lateShare'> {
  let slowdowns = 0;
  let met = 0;
  let late = 0;
  providers.forEach((provider, number) => {
    for (const startMs of provider.listSlowdowns()) {
      const start = arrivals.findIndex((arrivalMs) => arrivalMs >= startMs);
      if (start < 50 || start + 150 > arrivals.length) continue;
      const before = firstChoices.subarray(start - 50, start);
      const isPreferred = before.filter((choice) => choice === number).length > 40;
      const after = arrivals.subarray(start, start + 150);
      const isWorse = after.every((timeMs) =>
        providers.some((other) => other.at(timeMs).costMs * 1.5 < provider.at(timeMs).costMs),
      );
      if (!isPreferred || !isWorse) continue;
      slowdowns += 1;
      met += firstChoices.subarray(start, start + 150).filter((choice) => choice === number).length;
      late += firstChoices.subarray(start + 50, start + 150).filter((choice) => choice === number).length;
    }
  });
  const events = Math.max(slowdowns, 1);
  return { slowdowns, metBySlow: met / events, lateShare: late / (events * 100) };
}
