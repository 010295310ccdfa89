import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { RouterRow } from '../../src/storage/router-store.ts';
import { content, isPresent, type OpenRouterStore, present } from './router-rows.ts';

/** The part of the router store contract about many who write at once. */
export function routerStoreWritersContract(open: OpenRouterStore): void {
  it('orders the changes of many writers', async () => {
    const routers = await open(systemClock);
    const rows = await Promise.all(
      Array.from({ length: 60 }, (_, index) => routers.insert(content({ name: `${index}` }))),
    );
    const revisions = rows.map((row) => present(row).revision);
    expect(new Set(revisions).size).toBe(revisions.length);
    const listed = (await routers.listChangesAfter(0)).map((row) => row.revision);
    expect(listed).toEqual(revisions.toSorted((one, other) => one - other));
  });

  it('lets one of several that insert or update the same at once win', async () => {
    const routers = await open(systemClock);
    const etags = Array.from({ length: 20 }, (_, index) => `etag-${index}`);
    const inserted = (await Promise.all(etags.map((etag) => routers.insert(content({ etag }))))).filter(isPresent);
    expect(inserted).toHaveLength(1);
    const { revision } = present(inserted[0]);
    // Not with the content that it has: that is no change, and leaves the revision to the next.
    const updates = etags.map((etag) => routers.update(content({ etag: `${etag}-new` }), revision));
    const updated = (await Promise.all(updates)).filter(isPresent);
    expect(updated).toHaveLength(1);
    expect(await routers.get('default', 'main')).toEqual(updated[0]);
  });

  it('loses no update of writers that read, change and try again', async () => {
    const routers = await open(systemClock);
    const first = present(await routers.insert(content({ document: '0' })));
    const [writers, rounds] = [6, 8];
    const written: number[] = [];
    async function addOne(): Promise<void> {
      for (;;) {
        const row = present(await routers.get('default', 'main'));
        const next = await routers.update(content({ document: String(Number(row.document) + 1) }), row.revision);
        if (next !== undefined) {
          written.push(next.revision);
          return;
        }
      }
    }
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (let round = 0; round < rounds; round += 1) {
          await addOne();
        }
      }),
    );
    expect(await routers.get('default', 'main')).toMatchObject({ document: String(writers * rounds) });
    expect(new Set([first.revision, ...written]).size).toBe(writers * rounds + 1);
  });

  it('shows a reader no change before an earlier one', async () => {
    const routers = await open(systemClock);
    const names = Array.from({ length: 30 }, (_, index) => `router-${index}`);
    const seen: RouterRow[] = [];
    let isWriting = true;
    async function follow(): Promise<void> {
      while (isWriting) {
        seen.push(...(await routers.listChangesAfter(seen.at(-1)?.revision ?? 0)));
        await nextTurn();
      }
    }
    const follower = follow();
    await Promise.all(names.map((name) => routers.insert(content({ name }))));
    isWriting = false;
    await follower;
    seen.push(...(await routers.listChangesAfter(seen.at(-1)?.revision ?? 0)));
    expect(seen.map((row) => row.name).toSorted()).toEqual(names.toSorted());
  });
}
