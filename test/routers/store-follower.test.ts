import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { errorOf, makeRouter, openBook, showBook } from './book-rig.ts';
import { createMemoryStore } from './memory-store.ts';

const change = (name: string, displayName: string, etag = '') => create(RouterSchema, { name, displayName, etag });

describe('a store that fails', () => {
  test('at the start is the end of it', async () => {
    const store = createMemoryStore();
    store.isFailing = true;
    await expect(openBook({ store })).rejects.toThrow(StorageError);
  });

  test('later refuses writes with its cause, and leaves what is known in force', async () => {
    const { book, store } = await openBook();
    await book.create('default', makeRouter('support'));
    store.isFailing = true;
    for (const write of [
      book.create('default', makeRouter('other')),
      book.update('default', change('support', 'x'), []),
      book.delete('default', 'support', ''),
      book.getOperation('default', 'workspaces/default/operations/1'),
    ]) {
      const error = await errorOf(write);
      expect(error.reason).toBe('STORE_FAILED');
      expect(error.details.cause).toBeInstanceOf(StorageError);
    }
    expect(showBook(book)).toEqual(['support']);
  });

  test('is told of once, and once when it works again', async () => {
    const { book, store, notices, poll } = await openBook();
    store.isFailing = true;
    await poll();
    await poll();
    expect(notices).toMatchObject([{ kind: 'store-failing', cause: expect.any(StorageError) }]);
    store.isFailing = false;
    const other = await openBook({ store });
    await other.book.create('default', makeRouter('support'));
    await poll();
    await poll();
    expect(notices.map(({ kind }) => kind)).toEqual(['store-failing', 'store-recovered']);
    expect(showBook(book)).toEqual(['support']);
  });
});

describe('following the store', () => {
  test('hears of creations, changes and deletions of other processes', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    await one.book.create('default', makeRouter('a'));
    await one.book.create('default', makeRouter('b'));
    await other.poll();
    expect(showBook(other.book)).toEqual(['a', 'b']);
    await one.book.update('default', change('a', 'new'), []);
    await one.book.delete('default', 'b', '');
    await other.poll();
    expect(showBook(other.book)).toEqual(['a new']);
  });

  test('does not take back a write that came after what was read', async () => {
    const { book, store, poll } = await openBook();
    await book.create('default', makeRouter('a', { displayName: 'old' }));
    await book.create('default', makeRouter('b'));
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const polled = poll();
    // The rows are read, and on their way.
    while (!store.calls.includes('listChangesAfter', 1)) await Promise.resolve();
    store.gate = Promise.resolve();
    await book.update('default', change('a', 'new'), []);
    await book.delete('default', 'b', '');
    gate.resolve();
    await polled;
    expect(showBook(book)).toEqual(['a new']);
  });

  test('ends with the look that is on its way when the book is closed', async () => {
    const { book, store, poll } = await openBook();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.gate = gate;
    const polled = poll();
    while (!store.calls.includes('listChangesAfter', 1)) await Promise.resolve();
    let isClosed = false;
    const closed = book.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    open();
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    // `poll` ends when the next look is set, which it never is.
    const winner = await Promise.race([polled.then(() => 'another look'), Promise.resolve('none')]);
    expect(winner).toBe('none');
    expect(store.calls.filter((call) => call === 'listChangesAfter')).toHaveLength(2);
  });

  test('reads everything again after a long silence, since deletions may be forgotten', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    await one.book.create('default', makeRouter('a'));
    await one.book.create('default', makeRouter('b'));
    await other.poll();
    await one.book.delete('default', 'a', '');
    await store.purge(Number.POSITIVE_INFINITY);
    other.advance(13 * 3_600_000);
    await other.poll();
    expect(showBook(other.book)).toEqual(['b']);
  });

  test('reads everything again after the machine has slept, whose monotonic clock stood still', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    await one.book.create('default', makeRouter('a'));
    await other.poll();
    await one.book.delete('default', 'a', '');
    await store.purge(Number.POSITIVE_INFINITY);
    await other.poll();
    // Nothing tells of a deletion that is forgotten.
    expect(showBook(other.book)).toEqual(['a']);
    other.sleep(13 * 3_600_000);
    await other.poll();
    expect(showBook(other.book)).toEqual([]);
  });

  test('keeps what this process writes while everything is read', async () => {
    const { book, store, poll, advance } = await openBook();
    await book.create('default', makeRouter('a'));
    await poll();
    advance(13 * 3_600_000);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.gate = gate;
    const looks = store.calls.filter((call) => call === 'listChangesAfter').length;
    const polled = poll();
    // The rows are read, and on their way.
    while (store.calls.filter((call) => call === 'listChangesAfter').length === looks) await Promise.resolve();
    store.gate = Promise.resolve();
    await book.create('default', makeRouter('b'));
    open();
    await polled;
    expect(showBook(book)).toEqual(['a', 'b']);
  });

  test('tidies the store once an hour', async () => {
    const { store, poll, advance } = await openBook();
    const purges = (): number => store.calls.filter((call) => call === 'purge').length;
    await poll();
    await poll();
    expect(purges()).toBe(1);
    advance(3_600_000);
    await poll();
    expect(purges()).toBe(2);
  });
});
