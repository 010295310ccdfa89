import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { CandidateSpeed, type SpeedSpans } from './candidate-speed.ts';
import type { DecayedMean } from './decayed-mean.ts';
import { bucketCount } from './latency-histogram.ts';
import { meanNames, type SpeedMemory } from './speed-memory.ts';

/** The version that this code writes and reads. A change of what the numbers mean needs a new one. */
const documentVersion = 1;

/** The longest document that is looked at, in characters: several times what a full one has. */
const maxDocumentChars = 16 * 1024;

/** More than any window, and any sum of milliseconds in it. What is beyond was not written by this code. */
const maxWeight = 1e6;
const maxSum = 1e12;

/** What a stored document came to. */
export type ParsedSpeed =
  | { readonly kind: 'speed'; readonly speed: CandidateSpeed }
  /** A later version wrote it. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'damaged' };

/**
 * Writes down what was measured of a candidate: weight and sum of each mean, and the buckets of the histogram that are not empty, all faded
 * to `timeMs`.
 */
export function encodeSpeed(speed: CandidateSpeed): string {
  const { counts } = speed.histogram;
  return JSON.stringify({
    version: documentVersion,
    timeMs: speed.timeMs,
    recent: encodeMemory(speed.recent),
    usual: encodeMemory(speed.usual),
    firstTokens: Array.from(counts, (count, index) => [index, round(count)]).filter(([, count]) => count !== 0),
  });
}

/** Reads what {@link encodeSpeed} wrote. Never throws. */
export function parseSpeed(text: string, spans: SpeedSpans): ParsedSpeed {
  const document = parseJson(text);
  if (!isJsonObject(document)) return { kind: 'damaged' };
  const { version, timeMs, recent, usual, firstTokens } = document;
  if (typeof version === 'number' && version > documentVersion) return { kind: 'newer' };
  if (version !== documentVersion || !isBetween(timeMs, Number.MAX_SAFE_INTEGER)) return { kind: 'damaged' };
  const speed = new CandidateSpeed(spans, timeMs);
  const isComplete =
    readMemory(recent, speed.recent) && readMemory(usual, speed.usual) && readHistogram(firstTokens, speed);
  return isComplete ? { kind: 'speed', speed } : { kind: 'damaged' };
}

function parseJson(text: string): JsonValue | undefined {
  if (text.length > maxDocumentChars) return undefined;
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function encodeMemory({ means }: SpeedMemory): Record<string, [weight: number, sum: number]> {
  return Object.fromEntries(meanNames.map((name) => [name, [round(means[name].weight), round(means[name].sum)]]));
}

/** Seven digits are more than what was measured is worth, and less than half as long as all. */
function round(value: number): number {
  // What has faded to nearly nothing would be long for it, and means nothing.
  return value < 1e-6 ? 0 : Number(value.toPrecision(7));
}

/** @returns whether all of it could be read. */
function readMemory(value: JsonValue | undefined, memory: SpeedMemory): boolean {
  if (!isJsonObject(value)) return false;
  return meanNames.every((name) => readMean(value[name], memory.means[name]));
}

function readMean(value: JsonValue | undefined, mean: DecayedMean): boolean {
  if (!Array.isArray(value)) return false;
  const [weight, sum] = value;
  if (!isBetween(weight, maxWeight) || !isBetween(sum, maxSum)) return false;
  mean.weight = weight;
  mean.sum = sum;
  return true;
}

function readHistogram(value: JsonValue | undefined, { histogram }: CandidateSpeed): boolean {
  if (!Array.isArray(value) || value.length > bucketCount) return false;
  return value.every((entry) => {
    if (!Array.isArray(entry)) return false;
    const [index, count] = entry;
    if (!isBetween(index, bucketCount - 1) || !Number.isInteger(index) || !isBetween(count, maxWeight)) return false;
    histogram.counts[index] = count;
    histogram.weight += count;
    return true;
  });
}

function isBetween(value: JsonValue | undefined, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max;
}
