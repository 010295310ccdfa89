import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { systemClock } from '../../src/core/clock.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import type { RouterBook } from '../../src/routers/router-book.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { RouterStore } from '../../src/storage/router-store.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { type BookRig, makeRouter, openBookOn, showBook, startWatch, type Watch } from './book-rig.ts';
import { createMemoryStore } from './memory-store.ts';

/** One step of a run: who does what to which router. */
const step = fc.record({
  who: fc.nat(1),
  what: fc.constantFrom('create', 'update', 'guarded update', 'delete', 'poll', 'read', 'resume'),
  name: fc.constantFrom('a', 'b', 'c'),
  text: fc.string({ maxLength: 3 }),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What a watcher knows. It forgets everything on `reset`. */
interface Replica {
  watch: Watch;
  token: string;
  readonly known: Map<string, string>;
}

async function readEvent({ watch, known }: Replica): Promise<{ isSynced: boolean; token: string }> {
  const event = await watch.next();
  if (event === undefined) throw new Error('the watch has ended');
  if (event.kind === 'reset') known.clear();
  if (event.kind === 'saved') known.set(event.router.name, event.router.createResource().displayName);
  if (event.kind === 'deleted') known.delete(event.name);
  return { isSynced: event.kind === 'synced', token: event.resumeToken };
}

async function write(book: RouterBook, { what, name, text }: Step): Promise<void> {
  const etag = what === 'guarded update' ? (book.get('default', name)?.etag ?? '') : '';
  try {
    if (what === 'create') await book.create('default', makeRouter(name, { displayName: text }));
    else if (what === 'delete') await book.delete('default', name, '');
    else await book.update('default', create(RouterSchema, { name, displayName: text, etag }), ['display_name']);
  } catch (thrown) {
    // Races are lost, and said to be.
    if (!(thrown instanceof SignalboxError)) throw thrown;
    expect(['ROUTER_EXISTS', 'ROUTER_UNKNOWN', 'ROUTER_CHANGED']).toContain(thrown.reason);
  }
}

/** The stores of two processes, which are one. */
const openStores: Readonly<Record<string, () => Promise<readonly [RouterStore, RouterStore]>>> = {
  async 'in memory'() {
    const store = createMemoryStore();
    return [store, store];
  },
  async SQLite() {
    const url = `sqlite:${join(await createTemporaryFolder(), 'signalbox.db')}`;
    const [one, other] = [
      await openStorage({ url, clock: systemClock }),
      await openStorage({ url, clock: systemClock }),
    ];
    onTestFinished(async () => {
      await one.close();
      await other.close();
    });
    return [one.routers, other.routers];
  },
};

test.each([
  ['in memory', 150],
  ['SQLite', 10],
])('two books of one store %s come to the same state, and so do their watchers', async (kind, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 25 }), async (rounds) => {
      const stores = (await openStores[kind]?.()) ?? [];
      const [store] = stores;
      const rigs: Omit<BookRig, 'store'>[] = [];
      for (const each of stores) rigs.push(await openBookOn(each));
      const replicas = rigs.map(({ book }): Replica => ({ watch: startWatch(book), token: '', known: new Map() }));
      // Steps of one round run at the same time, but that a book and a watch do one thing at a time of some kinds.
      for (const round of rounds) {
        const writes = round.map(async (each) => {
          const rig = rigs[each.who];
          if (rig !== undefined && !['poll', 'read', 'resume'].includes(each.what)) await write(rig.book, each);
        });
        const others = (async () => {
          for (const { who, what } of round) {
            const [rig, replica] = [rigs[who], replicas[who]];
            if (rig === undefined || replica === undefined) continue;
            if (what === 'poll') await rig.poll();
            // The first read of a new watch never waits.
            if (what === 'read' && replica.token === '') ({ token: replica.token } = await readEvent(replica));
            if (what === 'resume') {
              replica.watch.controller.abort();
              replica.watch = startWatch(rig.book, replica.token);
              for (let isSynced = false; !isSynced; ) ({ isSynced, token: replica.token } = await readEvent(replica));
            }
          }
        })();
        await Promise.all([...writes, others]);
      }
      for (const { poll } of rigs) await poll();
      const [one = [], other = []] = rigs.map(({ book }) => showBook(book));
      expect(other).toEqual(one);
      const stored = ((await store?.listChangesAfter(0)) ?? []).filter(({ isDeleted }) => !isDeleted);
      expect(one.length).toBe(stored.length);
      for (const [index, replica] of replicas.entries()) {
        const book = rigs[index]?.book;
        if (book === undefined) continue;
        // A last change comes after all others.
        await book.create('default', makeRouter('zz'));
        while (!replica.known.has('zz')) await readEvent(replica);
        const shown = [...replica.known].map(([name, text]) => `${name} ${text}`.trim()).sort();
        expect(shown).toEqual(showBook(book));
        await book.delete('default', 'zz', '');
        for (const rig of rigs) await rig.poll();
      }
      for (const { book } of rigs) await book.close();
    }),
    { numRuns },
  );
});
