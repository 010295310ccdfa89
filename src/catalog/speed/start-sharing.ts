import type { Clock } from '../../core/clock.ts';
import type { PerformanceRow, PerformanceStore } from '../../storage/performance-store.ts';
import { CandidateSpeed } from './candidate-speed.ts';
import type { MeasuredPerformanceBook } from './create-performance-book.ts';
import type { OnPerformanceNotice } from './performance-notice.ts';
import { encodeSpeed, parseSpeed } from './speed-document.ts';

const secondMs = 1000;
const hourMs = 60 * 60 * secondMs;
/** How many candidates are written at a time, so that neither other writers nor the event loop wait for long. */
const mergeBatchSize = 50;
/** A row that has faded by so many half-lives says nothing any more: less than one of its thousand calls is left. */
const keptHalfLives = 10;

/** What sharing needs. */
export interface SharingOptions {
  readonly book: MeasuredPerformanceBook;
  readonly store: PerformanceStore;
  readonly clock: Clock;
  /** How long after one exchange with the store the next one is, in milliseconds. Default: 5,000. */
  readonly intervalMs?: number | undefined;
  /** How many candidates the store keeps, those with the latest calls. Looked at once an hour. Default: 2,000. */
  readonly maxCandidates?: number | undefined;
  readonly onNotice: OnPerformanceNotice;
}

/** An exchange that goes on. */
export interface Sharing {
  /** Writes what was measured since the last exchange, and ends. Never rejects. */
  close(): Promise<void>;
}

/**
 * Keeps a book over restarts, and shares it between the processes of a store.
 *
 * Every process adds to a row what it measured since the last time, as if its calls had come after those that are there, and reads what the
 * others have added. So they all know what one process would that had made all calls, but for the order of the last few seconds. A store
 * that fails costs nothing but that: it is told once and tried again.
 *
 * @returns when what is stored has been read, or could not be.
 */
export async function startSharing(options: SharingOptions): Promise<Sharing> {
  const sharing = new StoreSharing(options);
  await sharing.start();
  return sharing;
}

class StoreSharing implements Sharing {
  readonly #book: MeasuredPerformanceBook;
  readonly #store: PerformanceStore;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #maxCandidates: number;
  readonly #onNotice: OnPerformanceNotice;
  /** When the last reading began, on the wall clock, as the rows are stamped. */
  #lastReadMs: number | undefined;
  /** On the monotonic clock. */
  #lastPurgeMs: number | undefined;
  #isFailing = false;
  #isClosed = false;
  readonly #toldOfDocuments = new Set<'damaged' | 'newer'>();
  #cancelTimer = (): void => {};
  #running: Promise<void> = Promise.resolve();

  constructor({ book, store, clock, intervalMs = 5 * secondMs, maxCandidates = 2_000, onNotice }: SharingOptions) {
    this.#book = book;
    this.#store = store;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#maxCandidates = maxCandidates;
    this.#onNotice = onNotice;
  }

  async start(): Promise<void> {
    await this.#attempt(() => this.#read(new Map()));
    this.#schedule();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return this.#running;
    this.#isClosed = true;
    this.#cancelTimer();
    this.#running = this.#running.then(() => this.#attempt(() => this.#write(new Map())));
    return this.#running;
  }

  /** One at a time: the next one is set when the last one is over. */
  #schedule(): void {
    if (this.#isClosed) return;
    this.#cancelTimer = this.#clock.after(this.#intervalMs, () => {
      this.#running = this.#attempt(() => this.#exchange()).then(() => this.#schedule());
    });
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      if (!this.#isFailing) return;
      this.#isFailing = false;
      const text = 'The store of measured speeds works again.';
      this.#onNotice({ kind: 'performance-store-recovered', severity: 'info', text, fields: {} });
    } catch (cause) {
      if (this.#isFailing) return;
      this.#isFailing = true;
      const text =
        'The store of measured speeds fails. This process goes by its own measurements, and shares them when the store works again.';
      this.#onNotice({ kind: 'performance-store-failing', severity: 'warn', text, fields: {}, cause });
    }
  }

  async #exchange(): Promise<void> {
    const written = new Map<string, string>();
    await this.#write(written);
    await this.#read(written);
    await this.#purge();
  }

  /** @param written - gets the documents that were written, by candidate. */
  async #write(written: Map<string, string>): Promise<void> {
    const unshared = this.#book.takeUnshared();
    const candidates = [...unshared.keys()];
    try {
      for (let start = 0; start < candidates.length; start += mergeBatchSize) {
        await this.#writeBatch(candidates.slice(start, start + mergeBatchSize), unshared, written);
      }
    } finally {
      // What was written has been taken out by then.
      this.#book.returnUnshared(unshared);
    }
  }

  async #writeBatch(
    batch: readonly string[],
    unshared: Map<string, CandidateSpeed>,
    written: Map<string, string>,
  ): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const merged = new Map<string, CandidateSpeed>();
    await this.#store.merge(batch, (candidate, stored) => {
      const own = unshared.get(candidate);
      const parsed = stored === undefined ? undefined : this.#parse(stored);
      if (stored !== undefined && (own === undefined || parsed?.kind === 'newer')) return stored.document;
      if (own === undefined) throw new Error(`The store asked for ${candidate}, which is not to be changed.`);
      // What is stored is a copy of its own; this process's part must stay as it is, in case that the transaction fails.
      const speed = parsed?.kind === 'speed' ? parsed.speed : new CandidateSpeed(this.#book.spans, nowMs);
      speed.append(own, nowMs);
      merged.set(candidate, speed);
      const document = encodeSpeed(speed);
      written.set(candidate, document);
      return document;
    });
    for (const candidate of batch) unshared.delete(candidate);
    for (const [candidate, speed] of merged) this.#book.adopt(candidate, speed);
  }

  /** @param written - what this process has just written need not be read. */
  async #read(written: ReadonlyMap<string, string>): Promise<void> {
    const startMs = this.#clock.nowMs();
    // A row may be stamped a while before it can be seen, by a writer that waits for the disk. Reading it twice does no harm. When the clock
    // was set back, rows are stamped with the earlier time from then on.
    const overlapMs = 2 * this.#intervalMs + 10 * secondMs;
    const sinceMs = this.#lastReadMs === undefined ? 0 : Math.min(this.#lastReadMs, startMs) - overlapMs;
    for (const row of await this.#store.listSince(sinceMs)) {
      if (written.get(row.candidate) === row.document) continue;
      const parsed = this.#parse(row);
      if (parsed.kind === 'speed') this.#book.adopt(row.candidate, parsed.speed);
    }
    this.#lastReadMs = startMs;
  }

  async #purge(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#lastPurgeMs !== undefined && nowMs - this.#lastPurgeMs < hourMs) return;
    const horizonMs = this.#clock.nowMs() - keptHalfLives * this.#book.spans.usual.halfLifeMs;
    const rows = await this.#store.listSince(horizonMs);
    await this.#store.purge(rows.at(-this.#maxCandidates)?.updateTimeMs ?? horizonMs);
    this.#lastPurgeMs = nowMs;
  }

  #parse(row: PerformanceRow): ReturnType<typeof parseSpeed> {
    const parsed = parseSpeed(row.document, this.#book.spans);
    if (parsed.kind !== 'speed' && !this.#toldOfDocuments.has(parsed.kind)) {
      this.#toldOfDocuments.add(parsed.kind);
      const fields = { candidate: row.candidate };
      if (parsed.kind === 'damaged') {
        const text =
          'What is stored of the speed of a model cannot be read. It is ignored, and replaced by the next call.';
        this.#onNotice({ kind: 'performance-damaged', severity: 'warn', text, fields });
      } else {
        const text =
          'What is stored of the speed of a model was written by a later version. It is left as it is; this process goes by its own measurements.';
        this.#onNotice({ kind: 'performance-newer', severity: 'warn', text, fields });
      }
    }
    return parsed;
  }
}
