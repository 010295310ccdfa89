import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { ChangeIndex } from '../../src/routers/change-index.ts';
import { makeRouter, openBook, showEvent, startWatch } from './book-rig.ts';
import { createMemoryStore } from './memory-store.ts';

const rename = (name: string, displayName: string) => create(RouterSchema, { name, displayName });

describe('a watch', () => {
  test('gives the present routers by name, then changes in order', async () => {
    const { book } = await openBook();
    for (const name of ['b', 'a']) await book.create('default', makeRouter(name));
    await book.create('other', makeRouter('elsewhere'));
    const watch = startWatch(book);
    expect(await watch.sync()).toEqual(['reset', 'saved a', 'saved b', 'synced']);
    const waiting = watch.next();
    await book.update('default', rename('b', 'new'), []);
    await book.delete('default', 'a', '');
    await book.create('other', makeRouter('unheard'));
    await book.create('default', makeRouter('c'));
    const events = [await waiting, await watch.next(), await watch.next()];
    expect(events.map(showEvent)).toEqual(['saved b new', 'deleted a', 'saved c']);
  });

  test('of no routers is reset and synced', async () => {
    const { book } = await openBook();
    expect(await startWatch(book, '', 'nothing-here').sync()).toEqual(['reset', 'synced']);
  });

  test('hears of other processes', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    const watch = startWatch(other.book);
    await watch.sync();
    await one.book.create('default', makeRouter('a'));
    await other.poll();
    expect(showEvent(await watch.next())).toBe('saved a');
  });

  test('shows what changed while the present ones were sent, after them', async () => {
    const { book } = await openBook();
    for (const name of ['a', 'b']) await book.create('default', makeRouter(name));
    const watch = startWatch(book);
    expect(showEvent(await watch.next())).toBe('reset');
    await book.update('default', rename('b', 'new'), []);
    await book.delete('default', 'a', '');
    const rest = await watch.sync();
    expect(rest.at(-1)).toBe('synced');
    expect([showEvent(await watch.next()), showEvent(await watch.next())]).toEqual(['saved b new', 'deleted a']);
  });

  test('that is slow is sent each router once, as it is by then', async () => {
    const { book } = await openBook();
    await book.create('default', makeRouter('a'));
    await book.create('default', makeRouter('b'));
    const watch = startWatch(book);
    await watch.sync();
    for (let index = 0; index < 50; index += 1) {
      await book.update('default', rename('a', `a${index}`), []);
      await book.update('default', rename('b', `b${index}`), []);
    }
    await book.create('default', makeRouter('c'));
    const events = [await watch.next(), await watch.next(), await watch.next()];
    expect(events.map(showEvent)).toEqual(['saved a a49', 'saved b b49', 'saved c']);
  });

  test.each(['abort', 'close'] as const)('ends on %s, waiting or not', async (how) => {
    const { book } = await openBook();
    await book.create('default', makeRouter('a'));
    const watches = [startWatch(book), startWatch(book)];
    const [waiting, idle] = watches;
    await waiting?.sync();
    await idle?.next();
    const next = waiting?.next();
    if (how === 'close') await book.close();
    else for (const { controller } of watches) controller.abort();
    expect(await next).toBeUndefined();
    expect(await idle?.next()).toBeUndefined();
    expect(await startWatch(book, '', 'default').next()).toEqual(
      how === 'close' ? undefined : expect.objectContaining({ kind: 'reset' }),
    );
  });
});

describe('a resume token', () => {
  test('brings what came since, each router once, then synced', async () => {
    const { book } = await openBook();
    for (const name of ['a', 'b', 'c']) await book.create('default', makeRouter(name));
    const watch = startWatch(book);
    await watch.sync();
    await book.update('default', rename('a', 'heard'), []);
    const token = (await watch.next())?.resumeToken ?? '';
    await book.update('default', rename('b', 'missed'), []);
    await book.update('default', rename('b', 'missed twice'), []);
    await book.delete('default', 'c', '');
    expect(await startWatch(book, token).sync()).toEqual(['saved b missed twice', 'deleted c', 'synced']);
  });

  test('of an event that left others waiting brings those again', async () => {
    const { book } = await openBook();
    const watch = startWatch(book);
    await watch.sync();
    for (const name of ['a', 'b']) await book.create('default', makeRouter(name));
    await book.update('default', rename('a', 'again'), []);
    const event = await watch.next();
    expect(showEvent(event)).toBe('saved a again');
    expect(await startWatch(book, event?.resumeToken).sync()).toContain('saved b');
  });

  test('is empty before synced, since half of a state is none to go on from', async () => {
    const { book } = await openBook();
    await book.create('default', makeRouter('a'));
    const watch = startWatch(book);
    expect([await watch.next(), await watch.next()].map((event) => event?.resumeToken)).toEqual(['', '']);
    expect((await watch.next())?.resumeToken).toBe('test.0.1');
  });

  test.each([
    'test.0.2',
    'test.1.0',
    'other.0.1',
    'test.0.',
    'test.0.-1',
    'test.0.1x',
    'nonsense',
    `test.0.${'9'.repeat(400)}`,
  ])('that is not of this process and workspace, or too new, brings everything: %s', async (token) => {
    const { book } = await openBook();
    await book.create('default', makeRouter('a'));
    expect(await startWatch(book, token).sync()).toEqual(['reset', 'saved a', 'synced']);
  });
});

describe('ChangeIndex', () => {
  test('knows what changed after a change, until that is forgotten', () => {
    const index = new ChangeIndex(2);
    index.add('a');
    index.add('b');
    index.add('a');
    expect([0, 1, 2, 3, 4].map((sequence) => index.namesAfter(sequence))).toEqual([
      ['b', 'a'],
      ['b', 'a'],
      ['a'],
      [],
      undefined,
    ]);
    index.add('c');
    expect([1, 2, 3].map((sequence) => index.namesAfter(sequence))).toEqual([undefined, ['a', 'c'], ['c']]);
  });
});
