import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { scopes } from '../../src/core/principal.ts';
import type { KeyStore, NewKey } from '../../src/storage/key-store.ts';

/**
 * What every key store does.
 *
 * @param name - the store's name in the test report.
 * @param open - opens an empty store, inside a test, and sees to it that it is closed when the test ends.
 */
export function keyStoreContract(name: string, open: (clock: Clock) => Promise<KeyStore>): void {
  describe(`key store contract: ${name}`, () => {
    it('has no keys at first', async () => {
      const keys = await open(systemClock);
      expect(await keys.list()).toEqual([]);
      expect(await keys.get('app')).toBeUndefined();
      expect(await keys.delete('app')).toBe(false);
    });

    it('gives back what was put, with the time', async () => {
      const keys = await open(clockAt(1_700_000_000_123));
      const key = createKey({ id: 'app' });
      expect(plain(await keys.put(key))).toEqual({ ...plain(key), createTimeMs: 1_700_000_000_123 });
      expect(plain(await keys.get('app'))).toEqual({ ...plain(key), createTimeMs: 1_700_000_000_123 });
      expect(await keys.get('App')).toBeUndefined();
    });

    it('replaces the key with the same id, all of it', async () => {
      let nowMs = 1_000;
      const keys = await open({ ...systemClock, nowMs: () => nowMs });
      await keys.put(createKey({ id: 'app' }));
      await keys.put(createKey({ id: 'other' }));
      nowMs = 2_000;
      const replacement: NewKey = {
        id: 'app',
        workspace: 'elsewhere',
        scopes: new Set(['router.read']),
        secretHash: new Uint8Array(32).fill(9),
        hashKeyId: 'second',
      };
      await keys.put(replacement);
      expect(plain(await keys.get('app'))).toEqual({ ...plain(replacement), createTimeMs: 2_000 });
      expect(plain(await keys.get('other'))).toEqual({ ...plain(createKey({ id: 'other' })), createTimeMs: 1_000 });
    });

    it('lists the oldest first, and by id within a millisecond', async () => {
      let nowMs = 2_000;
      const keys = await open({ ...systemClock, nowMs: () => nowMs });
      await keys.put(createKey({ id: 'c' }));
      await keys.put(createKey({ id: 'b' }));
      nowMs = 1_000;
      await keys.put(createKey({ id: 'd' }));
      expect((await keys.list()).map((record) => record.id)).toEqual(['d', 'b', 'c']);
    });

    it('deletes one key', async () => {
      const keys = await open(systemClock);
      await keys.put(createKey({ id: 'a' }));
      await keys.put(createKey({ id: 'b' }));
      expect(await keys.delete('a')).toBe(true);
      expect(await keys.delete('a')).toBe(false);
      expect((await keys.list()).map((record) => record.id)).toEqual(['b']);
    });

    it('puts into an empty store only when it is empty', async () => {
      const keys = await open(clockAt(5));
      const first = createKey({ id: 'first' });
      expect(plain(await keys.putIfEmpty(first))).toEqual({ ...plain(first), createTimeMs: 5 });
      expect(await keys.putIfEmpty(createKey({ id: 'second' }))).toBeUndefined();
      expect(await keys.putIfEmpty(createKey({ id: 'first', workspace: 'other' }))).toBeUndefined();
      expect((await keys.list()).map(plain)).toEqual([{ ...plain(first), createTimeMs: 5 }]);
      await keys.delete('first');
      expect(await keys.putIfEmpty(createKey({ id: 'second' }))).toBeDefined();
    });

    it('lets one of several that put at once into an empty store win', async () => {
      const keys = await open(systemClock);
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => keys.putIfEmpty(createKey({ id: `key-${index}` }))),
      );
      const winners = results.filter((record) => record !== undefined);
      expect(winners).toHaveLength(1);
      expect((await keys.list()).map((record) => record.id)).toEqual(winners.map((record) => record.id));
    });

    it('keeps any text, any hash and any scopes as they are', async () => {
      const keys = await open(clockAt(7));
      const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
      const newKey = fc.record({
        id: text,
        workspace: text,
        scopes: fc.subarray([...scopes]).map((some) => new Set(some)),
        secretHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        hashKeyId: text,
      });
      await fc.assert(
        fc.asyncProperty(newKey, async (key) => {
          await keys.put(key);
          expect(plain(await keys.get(key.id))).toEqual({ ...plain(key), createTimeMs: 7 });
        }),
        { numRuns: 50 },
      );
    });
  });
}

function clockAt(nowMs: number): Clock {
  return { ...systemClock, nowMs: () => nowMs };
}

function createKey(overrides: Partial<NewKey>): NewKey {
  return {
    id: 'app',
    workspace: 'default',
    scopes: new Set(scopes),
    secretHash: new Uint8Array(32).map((_, index) => index),
    hashKeyId: 'first',
    ...overrides,
  };
}

/** Stores differ in the kind of byte array they hand out, and in the order of scopes; neither matters. */
function plain(key: NewKey | undefined): object {
  if (key === undefined) {
    throw new Error('The store gave no key where there should be one.');
  }
  return { ...key, scopes: [...key.scopes].sort(), secretHash: Buffer.from(key.secretHash).toString('hex') };
}
