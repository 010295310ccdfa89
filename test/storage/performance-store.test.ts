import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeasuredPerformanceBook } from '../../src/catalog/speed/create-performance-book.ts';
import { type Sharing, startSharing } from '../../src/catalog/speed/start-sharing.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { createBook, createMovedTime, type MovedTime, noteTimes } from '../catalog/speed/book-rig.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

async function openForTest(time: MovedTime, path = ':memory:'): Promise<Storage> {
  const storage = await openStorage({ url: `sqlite:${path}`, clock: time.clock });
  onTestFinished(() => storage.close());
  return storage;
}

describe('the store of measured speeds', () => {
  it('stores what the merge makes of what is there', async () => {
    const time = createMovedTime();
    const { performance } = await openForTest(time);
    const seen: unknown[] = [];
    for (const text of ['one', 'two']) {
      time.pass(10);
      await performance.merge(['a/m', 'b/m'], (candidate, stored) => {
        seen.push([candidate, stored?.document]);
        return `${stored?.document ?? ''}${text}`;
      });
    }
    expect(seen).toEqual([
      ['a/m', undefined],
      ['b/m', undefined],
      ['a/m', 'one'],
      ['b/m', 'one'],
    ]);
    expect(await performance.listSince(0)).toEqual([
      { candidate: 'a/m', document: 'onetwo', updateTimeMs: time.nowMs },
      { candidate: 'b/m', document: 'onetwo', updateTimeMs: time.nowMs },
    ]);
  });

  it('lists rows from a time on, the earliest first, and leaves the time of a row that stays as it is', async () => {
    const time = createMovedTime();
    const { performance } = await openForTest(time);
    const startMs = time.nowMs;
    for (const candidate of ['c/m', 'a/m', 'b/m']) {
      await performance.merge([candidate], () => candidate);
      time.pass(1000);
    }
    await performance.merge(['c/m'], (_, stored) => stored?.document ?? 'lost');
    const list = async (sinceMs: number) => (await performance.listSince(sinceMs)).map(({ candidate }) => candidate);
    expect(await list(0)).toEqual(['c/m', 'a/m', 'b/m']);
    expect(await list(startMs + 1000)).toEqual(['a/m', 'b/m']);
    expect(await list(startMs + 2001)).toEqual([]);
  });

  it('changes nothing when a merge throws, and is there for the next one', async () => {
    const { performance } = await openForTest(createMovedTime());
    const failed = performance.merge(['a/m', 'b/m'], (candidate) => {
      if (candidate === 'b/m') throw new Error('It cannot be merged.');
      return 'half';
    });
    await expect(failed).rejects.toThrow('It cannot be merged.');
    expect(await performance.listSince(0)).toEqual([]);
    await performance.merge([], () => 'nobody');
    await performance.merge(['a/m', 'a/m'], () => 'once');
    expect(await performance.listSince(0)).toMatchObject([{ document: 'once' }]);
  });

  it('forgets what was written before a time', async () => {
    const time = createMovedTime();
    const { performance } = await openForTest(time);
    await performance.merge(['old/m'], () => 'old');
    time.pass(1000);
    await performance.merge(['new/m'], () => 'new');
    await performance.purge(time.nowMs);
    expect(await performance.listSince(0)).toMatchObject([{ candidate: 'new/m' }]);
  });

  it('rejects when it is closed', async () => {
    const storage = await openForTest(createMovedTime());
    await storage.close();
    await expect(storage.performance.merge(['a/m'], () => '')).rejects.toThrow(StorageError);
    await expect(storage.performance.listSince(0)).rejects.toThrow(StorageError);
    await expect(storage.performance.purge(0)).rejects.toThrow(StorageError);
  });
});

describe('two handles on one file', () => {
  it('lose no part of what is merged at once', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const time = createMovedTime();
    const handles = [await openForTest(time, path), await openForTest(time, path)];
    const merges = handles.flatMap(({ performance }) =>
      Array.from({ length: 25 }, () =>
        performance.merge(['a/m'], (_, stored) => String(Number(stored?.document ?? '0') + 1)),
      ),
    );
    await Promise.all(merges);
    expect(await handles[0]?.performance.listSince(0)).toMatchObject([{ document: '50' }]);
  });

  it('bring two books to know the same, also when both write at once', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const time = createMovedTime();
    const processes = await Promise.all(
      [0, 1].map(async (): Promise<{ book: MeasuredPerformanceBook; sharing: Sharing }> => {
        const store = (await openForTest(time, path)).performance;
        const book = createBook(time);
        return { book, sharing: await startSharing({ book, store, clock: time.clock, onNotice: failOnNotice }) };
      }),
    );
    const all = createBook(time);
    for (const [index, { book }] of processes.entries()) {
      for (let candidate = 0; candidate < 120; candidate += 1) {
        const fields = { model: `provider/${candidate}`, timeToFirstTokenMs: 200 + 300 * index };
        noteTimes(book, 10, fields);
        noteTimes(all, 10, fields);
      }
    }
    await Promise.all(processes.map(({ sharing }) => sharing.close()));

    const late = createBook(time);
    const store = (await openForTest(time, path)).performance;
    const sharing = await startSharing({ book: late, store, clock: time.clock, onNotice: failOnNotice });
    await sharing.close();
    expect(late.size).toBe(120);
    for (const candidate of ['provider/0', 'provider/60', 'provider/119']) {
      expect(late.read(candidate).weight).toBeCloseTo(all.read(candidate).weight, 3);
      expect(late.read(candidate).failureRate).toBeCloseTo(all.read(candidate).failureRate, 4);
      // Whose calls count as the later ones depends on who wrote first.
      expect(late.read(candidate).timeToFirstTokenMs).toBeGreaterThan(250);
      expect(late.read(candidate).timeToFirstTokenMs).toBeLessThan(450);
    }
  });
});

function failOnNotice({ text, cause }: { readonly text: string; readonly cause?: unknown }): void {
  throw new Error(text, { cause });
}
