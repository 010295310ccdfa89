import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { errorOf, makeRouter, openBook, rules, showBook } from './book-rig.ts';
import { createMemoryStore } from './memory-store.ts';

const change = (name: string, displayName: string, etag = '') => create(RouterSchema, { name, displayName, etag });

describe('a router that is created', () => {
  test('is in force at once, with times and etag, and stored', async () => {
    const { book, store } = await openBook();
    const saved = await book.create('default', makeRouter('support', { displayName: 'Support' }));
    expect(saved).toMatchObject({ workspace: 'default', name: 'support', file: undefined });
    expect(book.get('default', 'support')?.etag).toBe(saved.etag);
    expect(saved.etag).toMatch(/^[\w-]{22}$/);
    const resource = saved.createResource();
    expect(resource).toMatchObject({ name: 'support', displayName: 'Support', etag: saved.etag, readOnly: false });
    expect(resource.createTime?.seconds).toBe(1_700_000_000n);
    const [row] = await store.listChangesAfter(0);
    expect(row?.document).toContain('"displayName":"Support"');
    expect(row?.document).not.toMatch(/etag|createTime|readOnly/);
  });

  test('is another copy for each who asks, and one program', async () => {
    const { book } = await openBook();
    const saved = await book.create('default', makeRouter('support'));
    const [one, other] = [saved.createResource(), saved.createResource()];
    one.displayName = 'changed by a caller';
    expect(other.displayName).toBe('');
    expect(saved.program).toBe(saved.program);
    expect(saved.program.defaultRoute?.variants).toMatchObject([{ modelId: 'openai/gpt-4o-mini', weight: 100 }]);
  });

  test('is in its own workspace alone', async () => {
    const { book } = await openBook();
    await book.create('one', makeRouter('support'));
    expect(book.get('other', 'support')).toBeUndefined();
    await expect(book.create('other', makeRouter('support'))).resolves.toMatchObject({ workspace: 'other' });
  });

  test('is refused with every violation when it is wrong, and not stored', async () => {
    const { book, store } = await openBook();
    const router = makeRouter('support', {
      defaultRoute: { routeId: 'd', variants: [{ weight: 10, variant: { variantId: '', modelId: '' } }] },
    });
    const error = await errorOf(book.create('default', router));
    expect(error.reason).toBe('INVALID_FIELD');
    expect(error.details.violations?.length).toBeGreaterThan(1);
    expect(error.details.param).toBe(error.details.violations?.[0]?.field);
    expect(error.message).toMatch(/, and \d+ more problems?\.$/);
    expect(store.calls).not.toContain('insert');
  });

  test('is refused when there is one of its name, also one that another process made', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    await one.book.create('default', makeRouter('support', { displayName: 'first' }));
    expect((await errorOf(one.book.create('default', makeRouter('support')))).reason).toBe('ROUTER_EXISTS');
    expect(other.book.get('default', 'support')).toBeUndefined();
    expect((await errorOf(other.book.create('default', makeRouter('support')))).reason).toBe('ROUTER_EXISTS');
    expect(showBook(other.book)).toEqual(['support first']);
  });

  test('is refused when the workspace is full, counting those that are being created', async () => {
    const { book, store } = await openBook({ rules: { ...rules, maxRouters: 2 } });
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const writes = ['a', 'b'].map((name) => book.create('default', makeRouter(name)));
    expect(await errorOf(book.create('default', makeRouter('c')))).toMatchObject({
      reason: 'ROUTER_LIMIT',
      message: expect.stringContaining('has 2 routers'),
    });
    gate.resolve();
    await Promise.all(writes);
    expect((await errorOf(book.create('default', makeRouter('c')))).reason).toBe('ROUTER_LIMIT');
    await expect(book.create('other', makeRouter('c'))).resolves.toBeDefined();
    await book.delete('default', 'a', '');
    await expect(book.create('default', makeRouter('c'))).resolves.toBeDefined();
  });

  test('is only checked when that is asked for', async () => {
    const { book, store } = await openBook();
    const preview = await book.create('default', makeRouter('support'), { validateOnly: true });
    expect(book.get('default', 'support')).toBeUndefined();
    expect(store.calls).not.toContain('insert');
    expect((await book.create('default', makeRouter('support'))).etag).toBe(preview.etag);
    const again = book.create('default', makeRouter('support'), { validateOnly: true });
    expect((await errorOf(again)).reason).toBe('ROUTER_EXISTS');
  });

  test('is stored with its operation, which its workspace alone sees', async () => {
    const { book } = await openBook();
    const name = 'workspaces/default/operations/1';
    await book.create('default', makeRouter('support'), {
      describeOperation: ({ etag }) => ({ name, workspace: 'default', document: etag, expireTimeMs: 1 }),
    });
    expect(await book.getOperation('default', name)).toMatchObject({ document: book.get('default', 'support')?.etag });
    expect(await book.getOperation('other', name)).toBeUndefined();
  });
});

describe('a change', () => {
  test('is in force at once and leaves the rest as it was', async () => {
    const { book } = await openBook();
    const before = await book.create('default', makeRouter('support', { displayName: 'old' }));
    const after = await book.update('default', change('routers/support', 'new', before.etag), ['display_name']);
    expect(after.etag).not.toBe(before.etag);
    expect(book.get('default', 'support')?.createResource()).toMatchObject({
      displayName: 'new',
      defaultRoute: { routeId: 'default' },
    });
  });

  test('of an unknown router, of a wrong etag, and to a wrong content is refused', async () => {
    const { book, store } = await openBook();
    expect((await errorOf(book.update('default', change('support', 'x'), []))).reason).toBe('ROUTER_UNKNOWN');
    expect((await errorOf(book.update('default', change('No Name', 'x'), []))).reason).toBe('ROUTER_UNKNOWN');
    await book.create('default', makeRouter('support'));
    expect((await errorOf(book.update('default', change('support', 'x', 'old'), []))).reason).toBe('ROUTER_CHANGED');
    expect((await errorOf(book.update('default', change('support', 'x'), ['default_route']))).reason).toBe(
      'INVALID_FIELD',
    );
    expect(store.calls).not.toContain('update');
    expect(showBook(book)).toEqual(['support']);
  });

  test('goes on from what another process wrote, unless an etag says from what', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    const first = await one.book.create('default', makeRouter('support'));
    await other.poll();
    const second = await one.book.update('default', change('support', 'one'), ['display_name']);

    const stale = other.book.update('default', change('support', 'other', first.etag), ['display_name']);
    expect((await errorOf(stale)).reason).toBe('ROUTER_CHANGED');
    // Its memory is behind, and the client's etag is not.
    await expect(
      other.book.update('default', change('support', 'other', second.etag), ['display_name']),
    ).resolves.toBeDefined();

    const routes = makeRouter('support', { routes: [] }).defaultRoute;
    const blind = create(RouterSchema, { name: 'support', defaultRoute: routes });
    await one.book.update('default', blind, ['default_route']);
    expect(showBook(one.book)).toEqual(['support other']);
  });

  test('is only checked when that is asked for', async () => {
    const { book, store } = await openBook();
    await book.create('default', makeRouter('support', { displayName: 'old' }));
    const preview = await book.update('default', change('support', 'new'), [], { validateOnly: true });
    expect(preview.createResource().displayName).toBe('new');
    expect(showBook(book)).toEqual(['support old']);
    expect(store.calls).not.toContain('update');
  });

  test('of a router that another process deleted is refused when it is only checked', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    for (const name of ['a', 'b']) await one.book.create('default', makeRouter(name));
    await other.poll();
    await one.book.delete('default', 'a', '');
    const check = (name: string) => other.book.update('default', change(name, 'x'), [], { validateOnly: true });
    expect((await errorOf(check('a'))).reason).toBe('ROUTER_UNKNOWN');
    // The store may have forgotten the deletion by then.
    await one.book.delete('default', 'b', '');
    await store.purge(Number.POSITIVE_INFINITY);
    expect((await errorOf(check('b'))).reason).toBe('ROUTER_UNKNOWN');
  });
});

describe('a deletion', () => {
  test('is in force at once, and the name is free again', async () => {
    const { book } = await openBook();
    const { etag } = await book.create('default', makeRouter('support'));
    expect((await errorOf(book.delete('default', 'support', 'other'))).reason).toBe('ROUTER_CHANGED');
    await book.delete('default', 'support', etag);
    expect(book.get('default', 'support')).toBeUndefined();
    expect((await errorOf(book.delete('default', 'support', ''))).reason).toBe('ROUTER_UNKNOWN');
    await expect(book.create('default', makeRouter('support'))).resolves.toBeDefined();
  });

  test('of a router that another process changed or deleted', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    for (const name of ['a', 'b']) await one.book.create('default', makeRouter(name));
    await other.poll();
    await one.book.update('default', change('a', 'x'), []);
    await one.book.delete('default', 'b', '');
    await other.book.delete('default', 'a', '');
    expect((await errorOf(other.book.delete('default', 'b', ''))).reason).toBe('ROUTER_UNKNOWN');
    expect(showBook(other.book)).toEqual([]);
  });

  test('by another process frees the name at once', async () => {
    const store = createMemoryStore();
    const [one, other] = [await openBook({ store }), await openBook({ store })];
    await one.book.create('default', makeRouter('a', { displayName: 'old' }));
    await other.poll();
    await one.book.delete('default', 'a', '');
    await other.book.create('default', makeRouter('a', { displayName: 'new' }));
    expect(showBook(other.book)).toEqual(['a new']);
  });
});

describe('lists', () => {
  test('are pages by name that writes in between do not shift', async () => {
    const { book } = await openBook();
    for (const name of ['d', 'b', 'a', 'c']) await book.create('default', makeRouter(name));
    const first = book.list('default', { pageSize: 2, afterName: undefined });
    expect(first.routers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(first.nextAfterName).toBe('b');
    await book.delete('default', 'b', '');
    await book.create('default', makeRouter('aa'));
    const second = book.list('default', { pageSize: 2, afterName: first.nextAfterName });
    expect(second.routers.map(({ name }) => name)).toEqual(['c', 'd']);
    expect(second.nextAfterName).toBeUndefined();
    expect(book.list('none', { pageSize: 2, afterName: undefined }).routers).toEqual([]);
  });
});

test('a page ends early when its routers are long, and has one at least', async () => {
  const { book } = await openBook();
  for (const name of ['a', 'b', 'c', 'd']) {
    await book.create('default', makeRouter(name, { displayName: 'x'.repeat(name === 'c' ? 500 : 100) }));
  }
  const pages: string[][] = [];
  let afterName: string | undefined;
  do {
    const page = book.list('default', { pageSize: 10, maxPageBytes: 650, afterName });
    pages.push(page.routers.map(({ name }) => name));
    afterName = page.nextAfterName;
  } while (afterName !== undefined);
  expect(pages).toEqual([['a', 'b'], ['c'], ['d']]);
});

describe('a router that is too long', () => {
  const long = makeRouter('long', { displayName: 'é'.repeat(400) });

  test('is not saved, and says by how much', async () => {
    const { book } = await openBook({ rules: { ...rules, maxRouterBytes: 900 } });
    expect(await errorOf(book.create('default', long))).toMatchObject({
      reason: 'INVALID_REQUEST',
      message: expect.stringMatching(/the router must have at most 900 bytes as JSON, not 9\d\d/),
    });
    await book.create('default', makeRouter('long'));
    expect((await errorOf(book.update('default', long, []))).reason).toBe('INVALID_REQUEST');
  });

  test('has more than 1 MiB where nothing else is said', async () => {
    const { book } = await openBook();
    const variants = Array.from({ length: 50 }, (_, index) => ({
      weight: 2,
      variant: {
        variantId: `${index}`,
        modelId: 'a/b',
        messageTemplates: [{ role: 'system', content: 'x'.repeat(22_000) }],
      },
    }));
    const router = makeRouter('long', { defaultRoute: { routeId: 'r', variants } });
    expect((await errorOf(book.create('default', router))).message).toContain('1048576 bytes');
  });
});

test('a document that cannot be read fails its own router, and is told of once', async () => {
  const store = createMemoryStore();
  store.put({ name: 'damaged', document: '{"name":"damaged","newField":1}' });
  const { book, notices } = await openBook({ store });
  await book.create('default', makeRouter('good'));
  const damaged = book.get('default', 'damaged');
  expect(damaged?.name).toBe('damaged');
  for (const use of [() => damaged?.program, () => damaged?.createResource()]) {
    expect(use).toThrow(expect.objectContaining({ reason: 'INTERNAL', details: { cause: expect.any(Error) } }));
  }
  expect(notices).toMatchObject([{ kind: 'document-damaged', fields: { workspace: 'default', router: 'damaged' } }]);
  expect(book.get('default', 'good')?.program.name).toBe('good');
  await book.delete('default', 'damaged', '');
  expect(showBook(book)).toEqual(['good']);
});
