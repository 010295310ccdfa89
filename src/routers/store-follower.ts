import type { Clock } from '../core/clock.ts';
import type { RouterStore } from '../storage/router-store.ts';
import type { RouterMemory } from './router-memory.ts';
import type { OnRouterNotice } from './router-notice.ts';

const hourMs = 60 * 60 * 1000;
/** How long the store remembers deletions, so that other processes hear of them. */
const keepDeletionsMs = 24 * hourMs;
/** A process that has not heard of the store for longer may have missed deletions that are forgotten, and reads everything again. */
const maxGapMs = keepDeletionsMs / 2;
const purgeEveryMs = hourMs;

/** What a follower needs. */
export interface StoreFollowerOptions {
  readonly store: RouterStore;
  readonly memory: RouterMemory;
  readonly clock: Clock;
  /** How long after one look at the store the next one is, in milliseconds. */
  readonly pollMs: number;
  readonly onNotice: OnRouterNotice;
}

/** A time on both clocks, in milliseconds. */
interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Keeps the memory up with the store, which other processes write too, and tidies the store now and then. */
export class StoreFollower {
  readonly #options: StoreFollowerOptions;
  #lastRevision = 0;
  #lastRead: Moment | undefined;
  #lastPurgeMs: number | undefined;
  #isFailing = false;
  #isClosed = false;
  #cancelTimer = (): void => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: StoreFollowerOptions) {
    this.#options = options;
  }

  /**
   * Reads everything, then follows.
   *
   * @throws whatever the store throws.
   */
  async start(): Promise<void> {
    await this.#read();
    this.#schedule();
  }

  /** Stops following. Resolves when nothing of this uses the store any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** One at a time: the next one is set when the last one is over. */
  #schedule(): void {
    if (this.#isClosed) return;
    this.#cancelTimer = this.#options.clock.after(this.#options.pollMs, () => {
      this.#running = this.#poll();
    });
  }

  async #poll(): Promise<void> {
    const { onNotice } = this.#options;
    try {
      await this.#read();
      await this.#purge();
      if (this.#isFailing) {
        this.#isFailing = false;
        onNotice({ kind: 'store-recovered', severity: 'info', text: 'The store of routers works again.', fields: {} });
      }
    } catch (cause) {
      if (!this.#isFailing) {
        this.#isFailing = true;
        const text =
          'The store of routers fails. The routers that are known stay in force; changes of other processes are not heard of.';
        onNotice({ kind: 'store-failing', severity: 'error', text, fields: {}, cause });
      }
    }
    this.#schedule();
  }

  async #read(): Promise<void> {
    const { store, memory, clock } = this.#options;
    const start: Moment = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const isComplete = this.#lastRead === undefined || gapBetween(this.#lastRead, start) > maxGapMs;
    const rows = await store.listChangesAfter(isComplete ? 0 : this.#lastRevision);
    memory.applyRows(rows);
    // Only what was listed counts: a write of this process may come before one of another process that it has not heard of.
    this.#lastRevision = rows.reduce((last, { revision }) => Math.max(last, revision), this.#lastRevision);
    if (isComplete) memory.keepOnly(rows, this.#lastRevision);
    this.#lastRead = start;
  }

  async #purge(): Promise<void> {
    const { store, memory, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#lastPurgeMs !== undefined && nowMs - this.#lastPurgeMs < purgeEveryMs) return;
    const beforeMs = clock.nowMs() - keepDeletionsMs;
    await store.purge(beforeMs);
    memory.forgetDeletions(beforeMs);
    this.#lastPurgeMs = nowMs;
  }
}

/** The longer of what the two clocks say: the monotonic one stands still while the machine sleeps, and the other one can be set back. */
function gapBetween(earlier: Moment, later: Moment): number {
  return Math.max(later.monotonicMs - earlier.monotonicMs, later.wallMs - earlier.wallMs);
}
