/**
 * A mean in which old samples count less and less: the later ones push them out, and time makes them fade.
 *
 * Of the same samples, one mean that saw all of them and two that saw a part each, one after the other, come to the same: every sample
 * multiplies what was there by a factor and adds its own, and `keep` is the product of these factors.
 */
export class DecayedMean {
  /** How many samples it stands on, faded ones counting less than one. */
  weight = 0;
  /** The sum of the samples, each times its weight. */
  sum = 0;
  /** What is left of anything that was there before the first sample of this mean, time aside. */
  keep = 1;

  /**
   * @param weight - above 0 and at most 1.
   * @param windowSize - the most that the samples may weigh together.
   */
  add(value: number, weight: number, windowSize: number): void {
    const factor = 1 - weight / windowSize;
    this.weight = this.weight * factor + weight;
    this.sum = this.sum * factor + value * weight;
    this.keep *= factor;
  }

  /** @param factor - what is left of every sample, 0 to 1. */
  fade(factor: number): void {
    this.weight *= factor;
    this.sum *= factor;
  }

  /** Adds the samples of another mean, as if each of them had come after all that are here. Both must have faded to the same time. */
  append(later: DecayedMean): void {
    this.weight = this.weight * later.keep + later.weight;
    this.sum = this.sum * later.keep + later.sum;
    this.keep *= later.keep;
  }

  /** The mean of what was measured and of what was assumed before. Always between the lowest and the highest of them. */
  blend(assumed: number, assumedWeight: number): number {
    return (this.sum + assumed * assumedWeight) / (this.weight + assumedWeight);
  }
}
