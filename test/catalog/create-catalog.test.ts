import { describe, expect, onTestFinished, test } from 'vitest';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { type CatalogNotice, createCatalog } from '../../src/catalog/create-catalog.ts';
import { epoch } from '../../src/catalog/sync/epoch/index.ts';
import { encodeSyncedDocument } from '../../src/catalog/sync/synced-document.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CatalogStore } from '../../src/storage/catalog-store.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { createManualClock } from '../contract/manual-clock.ts';

const shipped: readonly CatalogModel[] = [
  {
    provider: 'openai',
    model: 'gpt-5',
    contextTokens: 400_000,
    prices: [{ prices: { input_mtok: 1.25, output_mtok: 10 } }],
    capabilities: { functionCalling: true, reasoning: true },
    source: 'shipped',
  },
];

const providers = [
  { id: 'openai', kind: 'openai', isLive: true, aliases: [] },
  { id: 'my-new', kind: 'openai-compatible', isLive: true, aliases: [] },
];

function row(provider: string, model: string, more: Partial<CatalogModel>, source = 'synced'): CatalogModel {
  return { provider, model, source, ...more };
}

function document(...models: CatalogModel[]): string {
  return encodeSyncedDocument({ models, scores: [] });
}

/** A catalogue on a store in memory that fails when it is told to. */
async function openCatalog(
  operator: readonly CatalogModel[] = [],
  prepare?: (store: CatalogStore) => Promise<unknown>,
) {
  const storage = await openStorage({ url: 'sqlite::memory:', clock: systemClock });
  const { catalog: inner } = storage;
  const state = { isFailing: false, lists: 0 };
  const guard = <Result>(run: () => Promise<Result>): Promise<Result> =>
    state.isFailing ? Promise.reject(new StorageError('It fails.')) : run();
  const store: CatalogStore = {
    replace: (source, text) => inner.replace(source, text),
    remove: (source) => inner.remove(source),
    list: () => {
      state.lists += 1;
      return guard(() => inner.list());
    },
    readRevision: () => guard(() => inner.readRevision()),
  };
  await prepare?.(store);
  const notices: CatalogNotice[] = [];
  const clock = createManualClock();
  const onNotice = (notice: CatalogNotice): void => void notices.push(notice);
  const catalog = await createCatalog({ shipped, operator, providers, store, pollMs: 500, clock, onNotice });
  onTestFinished(async () => {
    await catalog.close();
    await storage.close();
  });
  const kinds = (): string[] => notices.map(({ kind }) => kind);
  return { catalog, store, clock, notices, kinds, state };
}

describe('the catalogue', () => {
  test('puts the operator over what was synced, and that over what was shipped, field by field', async () => {
    const { catalog } = await openCatalog(
      [row('openai', 'gpt-5', { prices: [{ prices: { input_mtok: 0.5 } }] }, 'configuration')],
      async (store) => {
        const older = { displayName: 'Old name', maxOutputTokens: 128_000, releaseDate: '2025-08-07' };
        await store.replace('litellm', document(row('openai', 'gpt-5', older)));
        const newer = {
          displayName: 'GPT-5',
          prices: [{ prices: { input_mtok: 9 } }],
          capabilities: { webSearch: true },
        };
        await store.replace('models.dev', document(row('openai', 'gpt-5', newer)));
      },
    );
    expect(catalog.current.get('openai/gpt-5')?.model).toMatchObject({
      prices: [{ prices: { input_mtok: 0.5 } }],
      displayName: 'GPT-5',
      maxOutputTokens: 128_000,
      releaseDate: '2025-08-07',
      contextTokens: 400_000,
      capabilities: { functionCalling: true, reasoning: true, webSearch: true },
    });
  });

  test('has the models of a provider that no version knows, once they are synced', async () => {
    const { catalog, store } = await openCatalog();
    expect(catalog.current.get('my-new/novel-1')).toBeUndefined();
    await store.replace('models.dev', document(row('my-new', 'novel-1', { contextTokens: 5 })));
    await catalog.refresh();
    expect(catalog.current.get('my-new/novel-1')).toMatchObject({ isLive: true, model: { contextTokens: 5 } });
    await store.remove('models.dev');
    await catalog.refresh();
    expect(catalog.current.get('my-new/novel-1')).toBeUndefined();
    expect(catalog.current.get('openai/gpt-5')).toBeDefined();
  });

  test('gives scores to a model wherever it runs, whoever told of it, and leaves those of the operator', async () => {
    const score = { value: 99, source: 'operator', date: '2026-01-01', isEstimated: false };
    const { catalog, store } = await openCatalog(
      [row('my-new', 'gpt-5', { scores: { coding: score } })],
      async (early) => {
        await early.replace(
          'epoch',
          encodeSyncedDocument(epoch.decode('Model,eci\nGPT-5,150\nNovel 1,120', '2026-11-23')),
        );
      },
    );
    const scoresOf = (id: string) => catalog.current.get(id)?.model.scores;
    expect(scoresOf('openai/gpt-5')).toMatchObject({ intelligence: { value: 66.08, source: 'epoch' } });
    expect(scoresOf('my-new/gpt-5')).toMatchObject({ intelligence: { value: 66.08 }, coding: { value: 99 } });
    await store.replace('models.dev', document(row('my-new', 'novel-1', {})));
    await catalog.refresh();
    expect(scoresOf('my-new/novel-1')).toMatchObject({ intelligence: { value: 20.86 } });
    expect(catalog.current.get('openai/gpt-5')?.model.contextTokens).toBe(400_000);
  });

  test('fills in scores that nobody knows', async () => {
    const storage = await openStorage({ url: 'sqlite::memory:', clock: systemClock });
    onTestFinished(() => storage.close());
    const estimate = { value: 7, source: 'estimate', date: '2026-11-23', isEstimated: true };
    const catalog = await createCatalog({
      shipped,
      operator: [],
      providers,
      store: storage.catalog,
      estimateScores: (models) => new Map(models.map((model) => [model, { intelligence: estimate }])),
      pollMs: 500,
      clock: createManualClock(),
      onNotice: () => {},
    });
    expect(catalog.current.get('openai/gpt-5')?.model.scores).toEqual({ intelligence: estimate });
    await storage.catalog.replace('epoch', encodeSyncedDocument(epoch.decode('Model,eci\nGPT-5,150', '2026-11-23')));
    await catalog.refresh();
    expect(catalog.current.get('openai/gpt-5')?.model.scores?.intelligence?.source).toBe('epoch');
    await catalog.close();
  });
});

describe('following the store', () => {
  test('looks again after each look, and reads only what changed', async () => {
    const { catalog, store, clock, kinds, state } = await openCatalog();
    const first = catalog.current;
    const timer = await clock.nextTimer();
    expect(timer.delayMs).toBe(500);
    timer.fire();
    const next = await clock.nextTimer();
    expect([state.lists, catalog.current === first]).toEqual([0, true]);
    await store.replace('models.dev', document(row('openai', 'gpt-6', {})));
    next.fire();
    await clock.nextTimer();
    expect(catalog.current.get('openai/gpt-6')).toBeDefined();
    expect([state.lists, kinds()]).toEqual([1, ['catalog-synced']]);
    // What was asked before does not change.
    expect(first.get('openai/gpt-6')).toBeUndefined();
  });

  test('ends with close', async () => {
    const { catalog, store, clock } = await openCatalog();
    const timer = await clock.nextTimer();
    await catalog.close();
    expect(timer.isPending).toBe(false);
    await store.replace('models.dev', document(row('openai', 'gpt-6', {})));
    await catalog.refresh();
    expect(catalog.current.get('openai/gpt-6')).toBeUndefined();
  });

  test('takes looks at the same time one after the other, with one timer at the end', async () => {
    const { catalog, store, clock } = await openCatalog();
    const early = await clock.nextTimer();
    await store.replace('models.dev', document(row('openai', 'gpt-6', {})));
    await Promise.all([catalog.refresh(), catalog.refresh(), catalog.refresh()]);
    const timers = [early, await clock.nextTimer(), await clock.nextTimer(), await clock.nextTimer()];
    expect(timers.map(({ isPending }) => isPending)).toEqual([false, false, false, true]);
    expect(catalog.current.get('openai/gpt-6')).toBeDefined();
  });
});

describe('a store that fails', () => {
  test('at the start leaves what was shipped, and is taken once it works', async () => {
    const storage = await openStorage({ url: 'sqlite::memory:', clock: systemClock });
    await storage.catalog.replace('models.dev', document(row('openai', 'gpt-6', {})));
    onTestFinished(() => storage.close());
    let isFailing = true;
    const store: CatalogStore = {
      ...storage.catalog,
      readRevision: () => (isFailing ? Promise.reject(new StorageError('It fails.')) : storage.catalog.readRevision()),
    };
    const kinds: string[] = [];
    const onNotice = ({ kind }: CatalogNotice): void => void kinds.push(kind);
    const clock = createManualClock();
    const catalog = await createCatalog({ shipped, operator: [], providers, store, pollMs: 500, clock, onNotice });
    expect(catalog.current.entries.map(({ id }) => id)).toEqual(['openai/gpt-5']);
    isFailing = false;
    (await clock.nextTimer()).fire();
    await clock.nextTimer();
    expect(catalog.current.get('openai/gpt-6')).toBeDefined();
    expect(kinds).toEqual(['catalog-store-failing', 'catalog-synced', 'catalog-store-recovered']);
    await catalog.close();
  });

  test('later leaves what is known in force, and is told of once', async () => {
    const { catalog, store, notices, kinds, state } = await openCatalog();
    await store.replace('models.dev', document(row('openai', 'gpt-6', {})));
    await catalog.refresh();
    state.isFailing = true;
    await store.replace('litellm', document(row('openai', 'gpt-7', {})));
    await catalog.refresh();
    await catalog.refresh();
    expect(catalog.current.get('openai/gpt-6')).toBeDefined();
    expect(kinds()).toEqual(['catalog-synced', 'catalog-store-failing']);
    expect(notices[1]?.cause).toBeInstanceOf(StorageError);
    state.isFailing = false;
    await catalog.refresh();
    expect(catalog.current.get('openai/gpt-7')).toBeDefined();
    expect(kinds().slice(2).toSorted()).toEqual(['catalog-store-recovered', 'catalog-synced']);
  });
});

describe('a damaged sync', () => {
  test('leaves what its source said before, and takes the others', async () => {
    const { catalog, store, notices, kinds } = await openCatalog();
    await store.replace('models.dev', document(row('openai', 'gpt-6', {})));
    await catalog.refresh();
    await store.replace('models.dev', '{"version":1,"models":[{}],"scores":[]}');
    await store.replace('litellm', document(row('openai', 'gpt-7', {})));
    await catalog.refresh();
    await store.replace('litellm', document(row('openai', 'gpt-8', {})));
    await catalog.refresh();
    expect(catalog.current.entries.map(({ id }) => id)).toEqual(['openai/gpt-5', 'openai/gpt-6', 'openai/gpt-8']);
    expect(kinds().filter((kind) => kind === 'catalog-sync-damaged')).toHaveLength(1);
    expect(notices.find(({ kind }) => kind === 'catalog-sync-damaged')).toMatchObject({
      severity: 'error',
      fields: { source: 'models.dev' },
      cause: { message: 'provider is missing' },
    });
    await store.replace('models.dev', document(row('openai', 'gpt-9', {})));
    await catalog.refresh();
    expect(catalog.current.get('openai/gpt-9')).toBeDefined();
    expect(catalog.current.get('openai/gpt-6')).toBeUndefined();
  });

  test('that was so from the start says nothing of its source', async () => {
    const { catalog, kinds } = await openCatalog([], (store) => store.replace('models.dev', 'x'));
    expect(catalog.current.entries.map(({ id }) => id)).toEqual(['openai/gpt-5']);
    expect(kinds()).toContain('catalog-sync-damaged');
  });
});
