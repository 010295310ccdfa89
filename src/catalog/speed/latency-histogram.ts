const bucketsPerOctave = 4;

/** How many buckets there are: 20 octaves, from 1 ms to 17 minutes. What is beyond counts in the first or the last one. */
export const bucketCount = 20 * bucketsPerOctave;

/** A percentile has two samples above it at least. Slightly fewer, since the last ones push out a little of the first ones. */
const minSamplesAbove = 1.96;

/**
 * How times are distributed, with old ones fading as in {@link DecayedMean}. Of fixed size: a bucket's upper end is 19 % above its lower one
 * (2^(1/4)), which is how far a percentile can be off.
 */
export class LatencyHistogram {
  readonly counts = new Float64Array(bucketCount);
  /** The sum of the counts. */
  weight = 0;
  /** As in {@link DecayedMean}. */
  keep = 1;

  /** @param windowSize - the most that all samples may count together. */
  add(timeMs: number, windowSize: number): void {
    const factor = 1 - 1 / windowSize;
    this.fade(factor);
    this.keep *= factor;
    const index = bucketOf(timeMs);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.weight += 1;
  }

  /** @param factor - what is left of every sample, 0 to 1. */
  fade(factor: number): void {
    for (let index = 0; index < bucketCount; index += 1) this.counts[index] = (this.counts[index] ?? 0) * factor;
    this.weight *= factor;
  }

  /** Adds the samples of another one, as if each of them had come after all that are here. Both must have faded to the same time. */
  append(later: LatencyHistogram): void {
    this.fade(later.keep);
    this.keep *= later.keep;
    later.counts.forEach((count, index) => {
      this.counts[index] = (this.counts[index] ?? 0) + count;
    });
    this.weight += later.weight;
  }

  /**
   * @param share - above 0 and below 1: 0.5 is the median.
   * @returns milliseconds. `undefined`: too few samples to tell.
   */
  percentile(share: number): number | undefined {
    if (this.weight * (1 - share) < minSamplesAbove) return undefined;
    let below = 0;
    const target = share * this.weight;
    for (let index = 0; index < bucketCount; index += 1) {
      const count = this.counts[index] ?? 0;
      if (below + count >= target && count > 0) return timeAt(index + (target - below) / count);
      below += count;
    }
    return timeAt(bucketCount);
  }
}

function bucketOf(timeMs: number): number {
  const index = Math.floor(Math.log2(timeMs) * bucketsPerOctave);
  return Math.min(Math.max(index, 0), bucketCount - 1);
}

/** The time at a place between the buckets, in milliseconds. */
function timeAt(place: number): number {
  return 2 ** (place / bucketsPerOctave);
}
