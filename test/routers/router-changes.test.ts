import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { errorOf, makeRouter, openBook, showBook, showEvent, startWatch } from './book-rig.ts';
import { createMemoryStore } from './memory-store.ts';

const change = (name: string, displayName: string, etag = '') => create(RouterSchema, { name, displayName, etag });

describe('changes of one router at the same time', () => {
  const displayNames = Array.from({ length: 20 }, (_, index) => `change ${index}`);

  test('are all made where none has an etag, the last one last, and each on top of those before', async () => {
    const { book, store } = await openBook();
    await book.create('default', makeRouter('support'));
    const routed = makeRouter('support');
    if (routed.defaultRoute !== undefined) routed.defaultRoute.routeId = 'other';
    const saved = await Promise.all([
      book.update('default', routed, ['default_route']),
      ...displayNames.map((text) => book.update('default', change('support', text), ['display_name'])),
    ]);
    expect(saved.at(-1)?.createResource()).toMatchObject({
      displayName: 'change 19',
      defaultRoute: { routeId: 'other' },
    });
    expect(showBook(book)).toEqual(['support change 19']);
    expect(store.calls.filter((call) => call === 'update')).toHaveLength(21);
  });

  test('by several processes are all made', async () => {
    const store = createMemoryStore();
    const rigs = [await openBook({ store }), await openBook({ store }), await openBook({ store })];
    await rigs[0]?.book.create('default', makeRouter('support'));
    await Promise.all(rigs.map(({ poll }) => poll()));
    const changes = displayNames.flatMap((text) =>
      rigs.map(({ book }, index) => book.update('default', change('support', `${text} of ${index}`), [])),
    );
    await expect(Promise.all(changes)).resolves.toHaveLength(60);
  });

  test('with one etag are made once', async () => {
    const { book } = await openBook();
    const { etag } = await book.create('default', makeRouter('support'));
    const changes = displayNames.map((text) => book.update('default', change('support', text, etag), []));
    const results = await Promise.allSettled(changes);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { reason: 'ROUTER_CHANGED' } });
  });

  test('and a deletion come one after another', async () => {
    const { book } = await openBook();
    await book.create('default', makeRouter('support'));
    const [first, deleted, second] = await Promise.allSettled([
      book.update('default', change('support', 'x'), []),
      book.delete('default', 'support', ''),
      book.update('default', change('support', 'y'), []),
    ]);
    expect([first.status, deleted.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({ status: 'rejected', reason: { reason: 'ROUTER_UNKNOWN' } });
  });
});

describe('a change that changes nothing', () => {
  test('leaves time and revision as they are, and has its operation', async () => {
    const { book, store, advance } = await openBook();
    const before = await book.create('default', makeRouter('support', { displayName: 'Support' }));
    const [row] = await store.listChangesAfter(0);
    const watch = startWatch(book);
    await watch.sync();
    advance(1000);
    const name = 'workspaces/default/operations/1';
    const same = await book.update('default', change('support', 'Support'), [], {
      describeOperation: ({ workspace, etag }) => ({ name, workspace, document: etag, expireTimeMs: 1 }),
    });
    expect([same.etag, same.updateTimeMs]).toEqual([before.etag, before.updateTimeMs]);
    expect(await store.listChangesAfter(0)).toEqual([row]);
    expect(await book.getOperation('default', name)).toMatchObject({ document: before.etag });
    // The next event is that of the next change.
    await book.update('default', change('support', 'New'), []);
    expect(showEvent(await watch.next())).toBe('saved support New');
  });

  test('is seen as such when it is only checked', async () => {
    const { book, advance } = await openBook();
    const before = await book.create('default', makeRouter('support', { displayName: 'Support' }));
    advance(1000);
    const check = (text: string) => book.update('default', change('support', text), [], { validateOnly: true });
    expect((await check('Support')).updateTimeMs).toBe(before.updateTimeMs);
    expect((await check('New')).updateTimeMs).toBe(before.updateTimeMs + 1000);
  });
});

test('a write that loses every race is told so after a while', async () => {
  const { book, store } = await openBook();
  const { etag } = await book.create('default', makeRouter('support'));
  let tries = 0;
  store.update = async () => {
    tries += 1;
    return undefined;
  };
  for (const guard of ['', etag]) {
    expect((await errorOf(book.update('default', change('support', 'x', guard), []))).reason).toBe('ROUTER_CHANGED');
  }
  expect(tries).toBe(40);
  expect(showBook(book)).toEqual(['support']);
});
