import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { NewKey } from '../../src/storage/key-store.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { keyStoreContract } from '../contract/key-store.contract.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

async function openForTest(url: string, clock: Clock = systemClock): Promise<Storage> {
  const storage = await openStorage({ url, clock });
  onTestFinished(() => storage.close());
  return storage;
}

function openRaw(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  onTestFinished(() => {
    if (database.isOpen) {
      database.close();
    }
  });
  return database;
}

async function catchStorageError(url: string, busyTimeoutMs?: number): Promise<StorageError> {
  try {
    const storage = await openStorage({ url, clock: systemClock, busyTimeoutMs });
    await storage.close();
  } catch (thrown) {
    if (thrown instanceof StorageError) {
      return thrown;
    }
    throw thrown;
  }
  throw new Error('The storage opened, which it should not.');
}

const key: NewKey = {
  id: 'app',
  workspace: 'default',
  scopes: new Set(['inference']),
  secretHash: new Uint8Array(32).fill(1),
  hashKeyId: 'first',
};

keyStoreContract('SQLite in memory', async (clock) => (await openForTest('sqlite::memory:', clock)).keys);

keyStoreContract('SQLite in a file', async (clock) => {
  const folder = await createTemporaryFolder();
  return (await openForTest(`sqlite:${folder}/signalbox.db`, clock)).keys;
});

describe('openStorage', () => {
  it('makes the folder and the files for this user alone', async () => {
    const folder = join(await createTemporaryFolder(), 'new', 'data');
    const storage = await openForTest(`sqlite:${folder}/signalbox.db`);
    await storage.keys.put(key);
    expect(storage.folder).toBe(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['signalbox.db', 'signalbox.db-shm', 'signalbox.db-wal']);
    for (const name of names) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('leaves the mode of a folder that is there alone', async () => {
    const folder = join(await createTemporaryFolder(), 'shared');
    await mkdir(folder);
    const before = (await stat(folder)).mode;
    await openForTest(`sqlite:${folder}/signalbox.db`);
    expect((await stat(folder)).mode).toBe(before);
  });

  it('keeps keys over a close and a new start', async () => {
    const url = `sqlite:${await createTemporaryFolder()}/signalbox.db`;
    const first = await openStorage({ url, clock: { ...systemClock, nowMs: () => 42 } });
    await first.keys.put(key);
    await first.close();
    await first.close();
    const second = await openForTest(url);
    expect(await second.keys.list()).toHaveLength(1);
    expect(await second.keys.get('app')).toMatchObject({ id: 'app', workspace: 'default', createTimeMs: 42 });
  });

  it('shows one process the writes of another', async () => {
    const url = `sqlite:${await createTemporaryFolder()}/signalbox.db`;
    const first = await openForTest(url);
    const second = await openForTest(url);
    await first.keys.put(key);
    expect(await second.keys.get('app')).toMatchObject({ id: 'app' });
  });

  it('has no folder and nothing shared in memory', async () => {
    const first = await openForTest('sqlite::memory:');
    const second = await openForTest('sqlite::memory:');
    await first.keys.put(key);
    expect(first.folder).toBeUndefined();
    expect(await second.keys.list()).toEqual([]);
  });

  it('writes ahead to a log', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    await openForTest(`sqlite:${path}`);
    expect(openRaw(path).prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });
});

describe('openStorage in places that cannot be used', () => {
  it('says so when the path leads through a file', async () => {
    const file = join(await createTemporaryFolder(), 'file');
    await writeFile(file, '');
    for (const folder of [file, join(file, 'deeper', 'still')]) {
      const error = await catchStorageError(`sqlite:${folder}/signalbox.db`);
      expect(error.message).toContain(`The data folder ${folder} cannot be made`);
      expect(error.message).toContain('Set storage.url to a writable place.');
      expect(error.message).not.toContain('\n');
    }
  });

  it('says so, instead of trying forever, where nobody can make a folder', async () => {
    const error = await catchStorageError('sqlite:/proc/signalbox/data/signalbox.db');
    expect(error.message).toMatch(/^The data folder \/proc\/signalbox\/data cannot be made: .+ Set storage\.url/);
  });

  it('says so when the path is a folder', async () => {
    const folder = await createTemporaryFolder();
    expect((await catchStorageError(`sqlite:${folder}`)).message).toMatch(/cannot be written: .*EISDIR.*storage\.url/);
  });

  it('says so when the file is something else, and does not change it', async () => {
    const path = join(await createTemporaryFolder(), 'notes.txt');
    await writeFile(path, 'These are notes. '.repeat(100));
    const { size } = await stat(path);
    expect((await catchStorageError(`sqlite:${path}`)).message).toBe(
      `The file ${path} is not a SQLite database. Set storage.url to another place.`,
    );
    expect((await stat(path)).size).toBe(size);
  });

  it('says so when another process holds the lock', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const other = openRaw(path);
    other.exec('pragma journal_mode = wal');
    other.exec('begin immediate');
    expect((await catchStorageError(`sqlite:${path}`, 0)).message).toBe(
      `The database ${path} is locked by another process. Stop that process, or set storage.url to another place.`,
    );
    other.exec('rollback');
    await openForTest(`sqlite:${path}`);
  });

  it('says so when the file cannot be written', async () => {
    const folder = await createTemporaryFolder();
    const path = join(folder, 'signalbox.db');
    // SQLite wants to write its log here, and finds a folder.
    await mkdir(`${path}-wal`);
    expect((await catchStorageError(`sqlite:${path}`)).message).toMatch(
      /^The database .+ cannot be written: .+storage\.url/,
    );
  });
});

describe('migrations', () => {
  it('refuses a database of a newer version and leaves it as it is', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    await (await openStorage({ url: `sqlite:${path}`, clock: systemClock })).close();
    const raw = openRaw(path);
    raw
      .prepare('insert into schema_migrations (name, timestamp) values (?, ?)')
      .run('9999-later', '2030-01-01T00:00:00Z');
    const { message } = await catchStorageError(`sqlite:${path}`);
    expect(message).toContain('was written by a newer version of Signalbox (it has the migration "9999-later")');
    expect(raw.prepare('select name from schema_migrations order by name').all().at(-1)).toEqual({
      name: '9999-later',
    });
  });

  it('keep the keys of a database that the first version made', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const raw = openRaw(path);
    raw.exec(`
      create table schema_migrations (name varchar(255) not null primary key, timestamp varchar(255) not null);
      insert into schema_migrations values ('0001-create-api-keys', '2026-01-01T00:00:00.000Z');
      create table schema_migrations_lock
        (id varchar(255) not null primary key, is_locked integer default 0 not null);
      insert into schema_migrations_lock values ('migration_lock', 0);
      create table api_keys (id text not null primary key, workspace text not null, scopes text not null,
        secret_hash text not null, hash_key_id text not null, create_time_ms bigint not null);
      insert into api_keys values ('app', 'default', 'inference', '${'01'.repeat(32)}', 'first', 42);
    `);
    const storage = await openForTest(`sqlite:${path}`);
    expect(await storage.keys.list()).toEqual([{ ...key, secretHash: Buffer.alloc(32, 1), createTimeMs: 42 }]);
    expect(await storage.routers.listChangesAfter(0)).toEqual([]);
    const router = { workspace: 'default', name: 'main', document: '{}', etag: 'first' };
    expect(await storage.routers.insert(router)).toMatchObject({ ...router, revision: 1 });
  });

  it('run as a whole or not at all', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const raw = openRaw(path);
    raw.exec('create table api_keys (something text)');
    expect((await catchStorageError(`sqlite:${path}`)).message).toContain(`The database ${path} failed: `);
    expect(raw.prepare("select name from sqlite_master where type = 'table'").all()).toEqual([{ name: 'api_keys' }]);
    raw.exec('drop table api_keys');
    await openForTest(`sqlite:${path}`);
  });

  it('run once when several start at once', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    await Promise.all([1, 2, 3].map(() => openForTest(`sqlite:${path}`)));
    expect(openRaw(path).prepare('select name from schema_migrations').all()).toEqual([
      { name: '0001-create-api-keys' },
      { name: '0002-create-routers' },
      { name: '0003-index-operations' },
      { name: '0004-create-catalog' },
    ]);
  });
});

describe('damaged rows', () => {
  it.each([
    ['scopes', 'inference everything'],
    ['secret_hash', 'abc'],
    ['secret_hash', 'zz'.repeat(32)],
  ])('names the key and the column %s', async (column, value) => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const storage = await openForTest(`sqlite:${path}`);
    await storage.keys.put(key);
    openRaw(path).prepare(`update api_keys set ${column} = ?`).run(value);
    await expect(storage.keys.list()).rejects.toThrow(StorageError);
    await expect(storage.keys.get('app')).rejects.toThrow(`The stored key "app" is damaged in its column ${column}.`);
  });

  it('reports a table that is gone as a failure of the database', async () => {
    const path = join(await createTemporaryFolder(), 'signalbox.db');
    const storage = await openForTest(`sqlite:${path}`);
    openRaw(path).exec('drop table api_keys');
    await expect(storage.keys.list()).rejects.toThrow(StorageError);
  });
});
