import { open as openFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { NewKey } from '../../src/storage/key-store.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import type { RouterContent, RouterRow, RouterStore } from '../../src/storage/router-store.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { startRouterWriter } from './router-writer.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

async function createPath(): Promise<string> {
  return join(await createTemporaryFolder(), 'signalbox.db');
}

async function openForTest(path: string, busyTimeoutMs?: number): Promise<Storage> {
  const storage = await openStorage({ url: `sqlite:${path}`, clock: systemClock, busyTimeoutMs });
  onTestFinished(() => storage.close());
  return storage;
}

/** Takes the write lock as another process would. */
function lock(path: string): () => void {
  const database = new DatabaseSync(path);
  database.exec('begin immediate');
  onTestFinished(() => database.close());
  return () => database.exec('rollback');
}

function content(name: string, overrides: Partial<RouterContent> = {}): RouterContent {
  return { workspace: 'default', name, document: '{}', etag: 'first', ...overrides };
}

const key: NewKey = {
  id: 'app',
  workspace: 'default',
  scopes: new Set(['inference']),
  secretHash: new Uint8Array(32).fill(1),
  hashKeyId: 'first',
};

/** A reader that keeps up with a store as a server does. */
function createFollower(routers: RouterStore): { readonly seen: RouterRow[]; read(): Promise<void> } {
  const seen: RouterRow[] = [];
  return {
    seen,
    async read() {
      seen.push(...(await routers.listChangesAfter(seen.at(-1)?.revision ?? 0)));
    },
  };
}

describe('two handles on one file', () => {
  it('hear of the changes of each other', async () => {
    const path = await createPath();
    const [one, two] = [await openForTest(path), await openForTest(path)];
    const [followerOne, followerTwo] = [createFollower(one.routers), createFollower(two.routers)];
    const a = await one.routers.insert(content('a'));
    await followerTwo.read();
    expect(followerTwo.seen).toEqual([a]);
    const updated = await two.routers.update(content('a', { etag: 'second' }), a?.revision ?? 0);
    expect(await one.routers.update(content('a', { etag: 'late' }), a?.revision ?? 0)).toBeUndefined();
    const deleted = await one.routers.delete('default', 'a', updated?.revision ?? 0);
    await Promise.all([followerOne.read(), followerTwo.read()]);
    expect(followerOne.seen).toEqual([deleted]);
    expect(followerTwo.seen).toEqual([a, deleted]);
  });

  it('write at once', async () => {
    const path = await createPath();
    const storages = [await openForTest(path), await openForTest(path)];
    const rows = await Promise.all(
      storages.flatMap(({ routers }, handle) =>
        Array.from({ length: 30 }, (_, index) => routers.insert(content(`${handle}-${index}`))),
      ),
    );
    expect(new Set(rows.map((row) => row?.revision)).size).toBe(60);
    for (const { routers } of storages) {
      expect(await routers.listChangesAfter(0)).toHaveLength(60);
    }
  });
});

describe('two processes on one file', () => {
  it('both write, and a third hears of every change in order', async () => {
    const path = await createPath();
    const { routers } = await openForTest(path);
    const follower = createFollower(routers);
    const count = 40;
    const writers = ['one', 'two'].map((prefix) => startRouterWriter(`sqlite:${path}`, prefix, count));
    const acknowledged = await Promise.all(
      writers.map(async (writer) => {
        const revisions: number[] = [];
        for await (const write of writer.acknowledged) {
          revisions.push(write.revision);
          await follower.read();
        }
        await writer.closed;
        expect(writer.child.exitCode).toBe(0);
        return revisions;
      }),
    );
    for (const revisions of acknowledged) {
      expect(revisions).toHaveLength(2 * count);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    }
    expect(new Set(acknowledged.flat()).size).toBe(4 * count);
    await follower.read();
    // Reading on from the last revision was enough: no change came in below one that had been seen.
    const latest = new Map(follower.seen.map((row) => [row.name, row]));
    expect([...latest.values()].toSorted((a, b) => a.revision - b.revision)).toEqual(await routers.listChangesAfter(0));
    expect([...latest.values()].map((row) => row.etag)).toEqual(Array.from({ length: 2 * count }, () => 'second'));
  });
});

describe('a file that another process has locked', () => {
  it('is waited for without stopping the event loop, and reads go on', async () => {
    const path = await createPath();
    const { routers, keys } = await openForTest(path, 60_000);
    const row = await routers.insert(content('before'));
    const unlock = lock(path);
    const writes = Promise.all([routers.insert(content('router')), keys.put(key)]);
    let isDone = false;
    const done = writes.then(() => {
      isDone = true;
    });
    for (let turn = 0; turn < 20; turn += 1) {
      await nextTurn();
      expect(await routers.listChangesAfter(0)).toEqual([row]);
    }
    expect(isDone).toBe(false);
    unlock();
    await done;
    expect(await routers.get('default', 'router')).toBeDefined();
    expect(await keys.get('app')).toBeDefined();
  });

  it('is a sentence after the timeout, for each of many that wait, and no reason to start again', async () => {
    const path = await createPath();
    const { routers, keys } = await openForTest(path, 30);
    const unlock = lock(path);
    const writes = await Promise.allSettled([
      ...['a', 'b', 'c'].map((name) => routers.insert(content(name))),
      routers.purge(0),
      keys.put(key),
    ]);
    for (const write of writes) {
      expect(write).toEqual({ status: 'rejected', reason: expect.any(StorageError) });
      expect(write).toMatchObject({
        reason: {
          message: `The database ${path} is locked by another process. Stop that process, or set storage.url to another place.`,
        },
      });
    }
    unlock();
    expect(await routers.insert(content('a'))).toMatchObject({ name: 'a' });
    await keys.put(key);
    expect(await routers.listChangesAfter(0)).toHaveLength(1);
  });
});

describe('one handle with many callers', () => {
  it('keeps other statements out of an open transaction', async () => {
    const { routers, keys } = await openForTest(await createPath());
    const meanwhile: Promise<unknown>[] = [];
    const failed = routers.insert(content('failed'), () => {
      meanwhile.push(keys.put(key), routers.get('default', 'failed'), routers.purge(0));
      throw new Error('It cannot be described.');
    });
    await expect(failed).rejects.toThrow('It cannot be described.');
    const [stored, seen] = await Promise.all(meanwhile);
    expect(stored).toMatchObject({ id: 'app' });
    expect(seen).toBeUndefined();
    expect(await keys.get('app')).toBeDefined();
  });

  it('gives the event loop a turn between two commits', async () => {
    const { routers } = await openForTest(await createPath());
    let isWriting = true;
    let turns = 0;
    async function count(): Promise<void> {
      while (isWriting) {
        await nextTurn();
        turns += 1;
      }
    }
    const counting = count();
    await Promise.all(Array.from({ length: 20 }, (_, index) => routers.insert(content(`router-${index}`))));
    isWriting = false;
    await counting;
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it('finishes what runs when it is closed, and refuses what comes later', async () => {
    const path = await createPath();
    const { routers, close } = await openForTest(path);
    const running = routers.insert(content('running'));
    await close();
    expect(await running).toMatchObject({ name: 'running' });
    const late = [routers.insert(content('late')), routers.get('default', 'running'), routers.purge(0)];
    for (const result of await Promise.allSettled(late)) {
      expect(result).toEqual({ status: 'rejected', reason: expect.any(StorageError) });
      expect(result).toMatchObject({ reason: { message: expect.stringContaining(`The database ${path} is closed`) } });
    }
    expect(await (await openForTest(path)).routers.listChangesAfter(0)).toHaveLength(1);
  });
});

describe('a damaged file', () => {
  it('is a sentence', async () => {
    const path = await createPath();
    const storage = await openForTest(path);
    for (let index = 0; index < 20; index += 1) {
      await storage.routers.insert(content(`router-${index}`, { document: 'x'.repeat(30_000) }));
    }
    await storage.close();
    const { size } = await stat(path);
    const file = await openFile(path, 'r+');
    await file.write(new Uint8Array(size / 2).fill(0xff), 0, size / 2, size / 2);
    await file.close();

    const { routers } = await openForTest(path);
    await expect(routers.listChangesAfter(0)).rejects.toThrow(StorageError);
    await expect(routers.listChangesAfter(0)).rejects.toThrow(
      `The database ${path} is damaged. Restore it from a backup, or move it away to start with an empty one.`,
    );
  });
});
