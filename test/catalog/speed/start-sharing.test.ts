import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeasuredPerformanceBook } from '../../../src/catalog/speed/create-performance-book.ts';
import type { PerformanceNotice } from '../../../src/catalog/speed/performance-notice.ts';
import { type Sharing, startSharing } from '../../../src/catalog/speed/start-sharing.ts';
import { openStorage } from '../../../src/storage/open-storage.ts';
import type { PerformanceStore } from '../../../src/storage/performance-store.ts';
import { StorageError } from '../../../src/storage/storage-error.ts';
import { createBook, createMeasured, createMovedTime, type MovedTime, noteAttempt, noteTimes } from './book-rig.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

async function openStore(time: MovedTime): Promise<PerformanceStore> {
  const storage = await openStorage({ url: 'sqlite::memory:', clock: time.clock });
  onTestFinished(() => storage.close());
  return storage.performance;
}

interface Process {
  readonly book: MeasuredPerformanceBook;
  readonly sharing: Sharing;
  readonly notices: PerformanceNotice[];
  /** Runs one exchange, to its end. */
  exchange(): Promise<void>;
}

/** A process's share of the server. Its timers are its own, its time is everybody's. */
async function startProcess(store: PerformanceStore, time: MovedTime, maxCandidates?: number): Promise<Process> {
  const book = createBook(time);
  const notices: PerformanceNotice[] = [];
  const { after, nextTimer } = createMovedTime().clock;
  const clock = { ...time.clock, after };
  const sharing = await startSharing({ book, store, clock, maxCandidates, onNotice: (notice) => notices.push(notice) });
  onTestFinished(() => sharing.close());
  let timer = await nextTimer();
  return {
    book,
    sharing,
    notices,
    async exchange() {
      timer.fire();
      // The next one is set when this one is over.
      timer = await nextTimer();
    },
  };
}

/** A store that fails while it is told to. */
function createFragile(store: PerformanceStore): PerformanceStore & { isBroken: boolean } {
  const guard = (): void => {
    if (fragile.isBroken) throw new StorageError('The disk is full. Make room.');
  };
  const fragile = {
    isBroken: false,
    async merge(...args: Parameters<PerformanceStore['merge']>) {
      guard();
      await store.merge(...args);
      guard();
    },
    async listSince(timeMs: number) {
      guard();
      return store.listSince(timeMs);
    },
    async purge(beforeMs: number) {
      guard();
      await store.purge(beforeMs);
    },
  };
  return fragile;
}

describe('a book that is shared', () => {
  it('outlives a restart', async () => {
    const time = createMovedTime();
    const store = await openStore(time);
    const first = await startProcess(store, time);
    noteTimes(first.book, 30);
    noteTimes(first.book, 3, { model: 'slow/model', timeToFirstTokenMs: 4000, durationMs: 6000 });
    await first.sharing.close();

    time.pass(1000);
    const second = await startProcess(store, time);
    for (const model of ['fast/model', 'slow/model']) {
      const [before, after] = [first.book.read(model), second.book.read(model)];
      expect(after.timeToFirstTokenMs / before.timeToFirstTokenMs).toBeCloseTo(1, 4);
      expect(after.tokensPerSecond / before.tokensPerSecond).toBeCloseTo(1, 4);
      expect(after.failureRate).toBeCloseTo(before.failureRate, 6);
      expect(after.weight).toBeCloseTo(before.weight, 3);
    }
    const p50s = [first, second].map(({ book }) => book.read('fast/model').p50Ms);
    expect((p50s[1] ?? 0) / (p50s[0] ?? 1)).toBeCloseTo(1, 4);
    expect(second.notices).toEqual([]);
  });

  it('knows what every process measured, and counts nothing twice', async () => {
    const time = createMovedTime();
    const store = await openStore(time);
    const processes = [
      await startProcess(store, time),
      await startProcess(store, time),
      await startProcess(store, time),
    ];
    const all = createBook(time);
    for (let round = 0; round < 20; round += 1) {
      for (const [index, { book }] of processes.entries()) {
        for (let call = 0; call <= index; call += 1) {
          const timeToFirstTokenMs = 200 + 100 * index + 10 * round;
          noteAttempt(book, createMeasured({ timeToFirstTokenMs }));
          noteAttempt(all, createMeasured({ timeToFirstTokenMs }));
        }
      }
      time.pass(5000);
      for (const process of processes) await process.exchange();
    }
    for (const process of processes) await process.exchange();
    const expected = all.read('fast/model');
    for (const { book } of processes) {
      const estimate = book.read('fast/model');
      expect(estimate.timeToFirstTokenMs / expected.timeToFirstTokenMs).toBeCloseTo(1, 2);
      expect(estimate.weight / expected.weight).toBeCloseTo(1, 3);
      expect((estimate.p90Ms ?? 0) / (expected.p90Ms ?? 1)).toBeCloseTo(1, 2);
    }
  });

  it('finds what another process was still writing when it last looked', async () => {
    const time = createMovedTime();
    const inner = await openStore(time);
    let isHidden = true;
    const store: PerformanceStore = {
      ...inner,
      listSince: async (timeMs) => (isHidden ? [] : inner.listSince(timeMs)),
    };
    const reader = await startProcess(store, time);
    const writer = await startProcess(inner, time);
    time.pass(1000);
    noteTimes(writer.book, 20, { timeToFirstTokenMs: 100 });
    await writer.exchange();
    time.pass(4000);
    await reader.exchange();
    isHidden = false;
    time.pass(5000);
    await reader.exchange();
    expect(reader.book.read('fast/model').isAssumed).toBe(false);
  });

  it('keeps what is measured while it is being written', async () => {
    const time = createMovedTime();
    const inner = await openStore(time);
    let onMerge = (): void => {};
    const store: PerformanceStore = {
      ...inner,
      async merge(...args) {
        await inner.merge(...args);
        onMerge();
      },
    };
    const process = await startProcess(store, time);
    noteTimes(process.book, 10);
    onMerge = () => noteTimes(process.book, 5);
    await process.exchange();
    onMerge = () => {};
    expect(process.book.read('fast/model').weight).toBeCloseTo(15, 0);
    await process.exchange();
    expect(process.book.read('fast/model').weight).toBeCloseTo(15, 0);
    const other = await startProcess(store, time);
    expect(other.book.read('fast/model').weight).toBeCloseTo(15, 0);
  });

  it('is shared on when the clock is set back', async () => {
    const time = createMovedTime();
    const store = await openStore(time);
    const [one, two] = [await startProcess(store, time), await startProcess(store, time)];
    noteTimes(one.book, 10);
    await one.exchange();
    await two.exchange();
    time.nowMs -= 30 * dayMs;
    await two.exchange();
    noteTimes(one.book, 10, { model: 'new/model' });
    noteTimes(one.book, 10);
    await one.exchange();
    await two.exchange();
    expect(two.book.read('new/model').weight).toBeCloseTo(10, 0);
    expect(two.book.read('fast/model').weight).toBeCloseTo(20, 0);
  });
});

describe('a store that fails', () => {
  it('is told of once, and gets everything when it works again', async () => {
    const time = createMovedTime();
    const store = createFragile(await openStore(time));
    const process = await startProcess(store, time);
    store.isBroken = true;
    for (let round = 0; round < 3; round += 1) {
      noteTimes(process.book, 5);
      await process.exchange();
    }
    expect(process.notices.map(({ kind }) => kind)).toEqual(['performance-store-failing']);
    expect(process.notices[0]?.cause).toBeInstanceOf(StorageError);
    expect(process.book.read('fast/model').weight).toBeCloseTo(15, 0);
    store.isBroken = false;
    await process.exchange();
    await process.exchange();
    expect(process.notices.map(({ kind }) => kind)).toEqual([
      'performance-store-failing',
      'performance-store-recovered',
    ]);
    const other = await startProcess(store, time);
    expect(other.book.read('fast/model').weight).toBeCloseTo(15, 0);
  });

  it('stops neither the start nor the end', async () => {
    const time = createMovedTime();
    const store = createFragile(await openStore(time));
    store.isBroken = true;
    const process = await startProcess(store, time);
    noteTimes(process.book, 5);
    await process.sharing.close();
    await process.sharing.close();
    expect(process.notices.map(({ kind }) => kind)).toEqual(['performance-store-failing']);
  });
});

describe('a document that cannot be read', () => {
  async function startWith(document: string): Promise<{ store: PerformanceStore; process: Process }> {
    const time = createMovedTime();
    const store = await openStore(time);
    await store.merge(['fast/model', 'other/model'], () => document);
    return { store, process: await startProcess(store, time) };
  }

  it('is ignored, told of once, and replaced', async () => {
    const { store, process } = await startWith('{"version":1,');
    expect(process.notices).toMatchObject([{ kind: 'performance-damaged', fields: { candidate: 'fast/model' } }]);
    expect(process.book.read('fast/model').isAssumed).toBe(true);
    noteTimes(process.book, 5);
    await process.exchange();
    const [damaged, replaced] = (await store.listSince(0)).toSorted((a, b) => b.candidate.localeCompare(a.candidate));
    expect(damaged?.document).toBe('{"version":1,');
    expect(replaced?.document).toContain('"usual"');
    expect(process.notices).toHaveLength(1);
  });

  it('of a later version is left as it is', async () => {
    const document = '{"version":2,"quantiles":[]}';
    const { store, process } = await startWith(document);
    noteTimes(process.book, 5);
    await process.exchange();
    await process.exchange();
    expect(process.notices).toMatchObject([{ kind: 'performance-newer', fields: { candidate: 'fast/model' } }]);
    expect((await store.listSince(0)).map((row) => row.document)).toEqual([document, document]);
    expect(process.book.read('fast/model').weight).toBeCloseTo(5, 0);
  });
});

describe('rows', () => {
  it('that say nothing any more are forgotten', async () => {
    const time = createMovedTime();
    const store = await openStore(time);
    const process = await startProcess(store, time);
    noteTimes(process.book, 5, { model: 'old/model' });
    await process.exchange();
    time.pass(6 * dayMs);
    noteTimes(process.book, 5);
    await process.exchange();
    expect(await store.listSince(0)).toHaveLength(2);
    time.pass(5 * dayMs);
    await process.exchange();
    expect((await store.listSince(0)).map(({ candidate }) => candidate)).toEqual(['fast/model']);
  });

  it('are bounded in number, those of the latest calls staying', async () => {
    const time = createMovedTime();
    const store = await openStore(time);
    const process = await startProcess(store, time, 20);
    await process.exchange();
    for (let index = 0; index < 120; index += 1) {
      time.pass(1000);
      noteTimes(process.book, 1, { model: `m/${index}` });
      if (index % 60 === 59) await process.exchange();
    }
    expect(await store.listSince(0)).toHaveLength(120);
    time.pass(hourMs);
    noteTimes(process.book, 1);
    await process.exchange();
    const kept = await store.listSince(0);
    // Rows of one exchange can have one time, and then stay together.
    expect(kept.length).toBeLessThan(120);
    expect(kept.map(({ candidate }) => candidate)).toContain('fast/model');
    expect(kept.map(({ candidate }) => candidate)).not.toContain('m/0');
  });
});
