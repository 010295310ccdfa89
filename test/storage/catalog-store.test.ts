import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { CatalogStore } from '../../src/storage/catalog-store.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

async function open(url: string, clock: Clock = systemClock): Promise<Storage> {
  const storage = await openStorage({ url, clock });
  onTestFinished(() => storage.close());
  return storage;
}

async function openFile(): Promise<{ url: string; path: string; catalog: CatalogStore }> {
  const path = `${await createTemporaryFolder()}/signalbox.db`;
  const url = `sqlite:${path}`;
  return { url, path, catalog: (await open(url)).catalog };
}

describe('the store of the catalogue', () => {
  it('has nothing at first', async () => {
    const { catalog } = await open('sqlite::memory:');
    expect(await catalog.list()).toEqual([]);
    expect(await catalog.readRevision()).toBe(0);
    expect(await catalog.remove('models.dev')).toBe(false);
  });

  it('keeps the last sync of each source, the newest last', async () => {
    let nowMs = 1000;
    const { catalog } = await open('sqlite::memory:', { ...systemClock, nowMs: () => nowMs });
    const first = await catalog.replace('models.dev', '{"a":1}');
    expect(first).toEqual({ source: 'models.dev', revision: 1, syncTimeMs: 1000, document: '{"a":1}' });
    nowMs = 2000;
    const other = await catalog.replace('litellm', '{}');
    nowMs = 3000;
    const second = await catalog.replace('models.dev', '{"a":"ü"}');
    expect(second.revision).toBeGreaterThan(other.revision);
    expect(await catalog.list()).toEqual([other, second]);
    expect(second).toMatchObject({ syncTimeMs: 3000, document: '{"a":"ü"}' });
  });

  it('has another revision after each change, and the same one when nothing was changed', async () => {
    const { catalog } = await open('sqlite::memory:');
    const seen = [await catalog.readRevision()];
    const changes = [
      () => catalog.replace('a', '1'),
      () => catalog.replace('a', '1'),
      () => catalog.replace('b', '2'),
      () => catalog.remove('a'),
      () => catalog.remove('b'),
      () => catalog.replace('a', '1'),
    ];
    for (const change of changes) {
      await change();
      seen.push(await catalog.readRevision());
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await catalog.remove('never there')).toBe(false);
    expect(await catalog.readRevision()).toBe(seen.at(-1));
  });

  it('removes one source and leaves the others', async () => {
    const { catalog } = await open('sqlite::memory:');
    await catalog.replace('a', '1');
    await catalog.replace('b', '2');
    expect(await catalog.remove('a')).toBe(true);
    expect((await catalog.list()).map(({ source }) => source)).toEqual(['b']);
  });

  it('shows another process what was changed, and keeps it over a new start', async () => {
    const { url, catalog } = await openFile();
    const other = await openStorage({ url, clock: systemClock });
    const sync = await catalog.replace('models.dev', 'x'.repeat(3_000_000));
    expect(await other.catalog.readRevision()).toBe(sync.revision);
    expect(await other.catalog.list()).toEqual([sync]);
    await other.close();
    expect(await (await open(url)).catalog.list()).toEqual([sync]);
  });

  it('counts every one of many changes at once', async () => {
    const { url, catalog } = await openFile();
    const other = (await open(url)).catalog;
    const syncs = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? catalog : other).replace(`${index % 5}`, `${index}`)),
    );
    expect(new Set(syncs.map(({ revision }) => revision)).size).toBe(20);
    expect(await catalog.readRevision()).toBe(20);
    expect(await catalog.list()).toHaveLength(5);
  });
});

describe('a store of the catalogue that is damaged', () => {
  it('leaves the counter as it was when the row cannot be written', async () => {
    const { path, catalog } = await openFile();
    await catalog.replace('a', '1');
    const raw = new DatabaseSync(path);
    onTestFinished(() => raw.close());
    raw.exec('drop table catalog_syncs');
    await expect(catalog.replace('a', '2')).rejects.toThrow(StorageError);
    await expect(catalog.list()).rejects.toThrow(StorageError);
    expect(await catalog.readRevision()).toBe(1);
  });

  it('says what to do when the counter is gone', async () => {
    const { path, catalog } = await openFile();
    const raw = new DatabaseSync(path);
    onTestFinished(() => raw.close());
    raw.exec('delete from catalog_revision');
    await expect(catalog.readRevision()).rejects.toThrow(
      'The table catalog_revision of the database has lost its row.',
    );
    await expect(catalog.replace('a', '1')).rejects.toThrow('insert a row with the highest revision');
    raw.exec('insert into catalog_revision values (41)');
    expect(await catalog.replace('a', '1')).toMatchObject({ revision: 42 });
  });
});
