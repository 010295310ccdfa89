import { expect, test } from 'vitest';
import { createCallableModel, readCatalogId } from '../../src/wire/callable-models.ts';
import { createLiveEntry, flash } from './listed-models.ts';

test.each([
  ['1970-01-02', 86_400],
  ['2025-06-17', 1_750_118_400],
  [undefined, 0],
  ['soon', 0],
  ['2025-06-31T', 0],
])('a model that came out on %s was created at %d', (releaseDate, createdS) => {
  const { releaseDate: _, ...model } = flash;
  const entry = createLiveEntry({ ...model, ...(releaseDate !== undefined && { releaseDate }) });
  expect(createCallableModel(entry)).toMatchObject({ createdS });
});

test('a model of the provider that routers are named after is called by the name that requests have for it', () => {
  const entry = createLiveEntry({ ...flash, provider: 'inworld', model: 'org/voice' });
  expect(entry.id).toBe('inworld/org/voice');
  expect(createCallableModel(entry).id).toBe('inworld/models/org/voice');
  expect(readCatalogId('inworld/models/org/voice')).toBe('inworld/org/voice');
  expect(readCatalogId('own/models/voice')).toBe('own/models/voice');
});
