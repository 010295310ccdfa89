import { describe, expect, test } from 'vitest';
import { catalogSources } from '../../../src/catalog/sync/source-list.ts';
import {
  DamagedSyncError,
  decodeSyncedDocument,
  encodeSyncedDocument,
} from '../../../src/catalog/sync/synced-document.ts';
import { decodeFile } from './source-files.ts';

describe('a stored sync', () => {
  test.each(catalogSources.map((source) => [source.name, source] as const))('of %s is read as it was', (_, source) => {
    const { models, scores } = decodeFile(source);
    expect(models.length + scores.length).toBeGreaterThan(0);
    const document = encodeSyncedDocument({ models, scores });
    expect(decodeSyncedDocument(document)).toEqual({ models, scores });
    // The order of fields is the same as well, so that syncs can be compared as text.
    expect(encodeSyncedDocument(decodeSyncedDocument(encodeSyncedDocument(decodeSyncedDocument(document))))).toBe(
      encodeSyncedDocument(decodeSyncedDocument(document)),
    );
  });

  const model = { provider: 'p', model: 'm', source: 's' };
  const score = { value: 1, source: 's', date: '2026-01-01', isEstimated: false };

  test.each([
    ['', 'it is no JSON'],
    ['null', 'it has not the form 1'],
    ['{"version":2,"models":[],"scores":[]}', 'it has not the form 1'],
    ['{"version":1,"models":{},"scores":[]}', 'models is no list'],
    ['{"version":1,"models":[]}', 'scores is no list'],
    [JSON.stringify({ version: 1, models: [null], scores: [] }), 'models[0]. is no object'],
    [JSON.stringify({ version: 1, models: [{}], scores: [] }), 'provider is missing'],
    [JSON.stringify({ version: 1, models: [{ ...model, contextTokens: '5' }], scores: [] }), 'models[0].contextTokens'],
    [JSON.stringify({ version: 1, models: [{ ...model, prices: [{}] }], scores: [] }), 'the prices of a model'],
    [
      JSON.stringify({ version: 1, models: [{ ...model, prices: [{ prices: { input_mtok: -1 } }] }], scores: [] }),
      'prices',
    ],
    [
      JSON.stringify({ version: 1, models: [], scores: [{ name: 'a', scores: { math: { ...score, value: 101 } } }] }),
      'score',
    ],
    [
      JSON.stringify({ version: 1, models: [], scores: [{ name: 'a', scores: { math: { ...score, date: 'x' } } }] }),
      'date',
    ],
  ])('is damaged: %s', (document, message) => {
    expect(() => decodeSyncedDocument(document)).toThrow(DamagedSyncError);
    expect(() => decodeSyncedDocument(document)).toThrow(message);
  });
});
