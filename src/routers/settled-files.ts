import type { Clock } from '../core/clock.ts';
import type { FileStamp } from './router-file-system.ts';

/** A version of a file that is not taken yet. */
interface Change {
  /** `undefined`: there is no file. */
  readonly version: string | undefined;
  /** Since when it has been this version, on the monotonic clock. */
  readonly sameSinceMs: number;
  /** Since when the file has been changing, on the monotonic clock. */
  readonly sinceMs: number;
  /** The look that saw it last. */
  readonly look: number;
}

/**
 * Tells files that lie still from those that are being written: nothing else shows that a file that can be read is half of one.
 *
 * A version lies still once its last change is `settleMs` ago: by the file's own time, or, where that cannot be trusted or there is no file,
 * by when it was seen first.
 */
export class SettledFiles {
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #maxChangingMs: number;
  readonly #changes = new Map<string, Change>();
  #look = 0;

  /**
   * @param settleMs - how long a file has to lie still, in milliseconds.
   * @param maxChangingMs - after how long in milliseconds a file that never lies still counts as a problem.
   */
  constructor(clock: Clock, settleMs: number, maxChangingMs: number) {
    this.#clock = clock;
    this.#settleMs = settleMs;
    this.#maxChangingMs = maxChangingMs;
  }

  /** Begins another look at all files. */
  startLook(): void {
    this.#look += 1;
  }

  /** Forgets the files that the last look did not ask about. */
  endLook(): void {
    for (const [path, { look }] of this.#changes) if (look !== this.#look) this.#changes.delete(path);
  }

  /**
   * Whether a version that is not taken yet lies still, may be half of one, or is one of too many.
   *
   * @param seen - what is at the path. `undefined`: nothing.
   */
  classify(path: string, seen: FileStamp | undefined): 'still' | 'changing' | 'restless' {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#changes.get(path);
    const isSame = before !== undefined && before.version === seen?.version;
    const sameSinceMs = isSame ? before.sameSinceMs : nowMs;
    const ageMs = seen === undefined ? 0 : this.#clock.nowMs() - seen.changedMs;
    const isStill = ageMs >= this.#settleMs || nowMs - sameSinceMs >= this.#settleMs;
    const sinceMs = isStill || before === undefined ? nowMs : before.sinceMs;
    this.#changes.set(path, { version: seen?.version, sameSinceMs, sinceMs, look: this.#look });
    if (isStill) return 'still';
    return nowMs - sinceMs >= this.#maxChangingMs ? 'restless' : 'changing';
  }
}
