import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { RouterRow, RouterStore } from '../../src/storage/router-store.ts';
import {
  content,
  type ManualTime,
  manualTime,
  type OpenRouterStore,
  operation,
  operationName,
  present,
} from './router-rows.ts';
import { routerStoreOperationsContract } from './router-store-operations.contract.ts';
import { routerStoreWritersContract } from './router-store-writers.contract.ts';

/**
 * What every router store does.
 *
 * @param name - the store's name in the test report.
 * @param open - opens an empty store, inside a test, and sees to it that it is closed when the test ends.
 */
export function routerStoreContract(name: string, open: OpenRouterStore): void {
  describe(`router store contract: ${name}`, () => {
    changesContract(open);
    deletionContract(open);
    documentsContract(open);
    routerStoreOperationsContract(open);
    routerStoreWritersContract(open);
  });
}

function changesContract(open: OpenRouterStore): void {
  it('has no routers at first', async () => {
    const routers = await open(systemClock);
    expect(await routers.listChangesAfter(0)).toEqual([]);
    expect(await routers.get('default', 'main')).toBeUndefined();
    expect(await routers.update(content(), 1)).toBeUndefined();
    expect(await routers.delete('default', 'main', 1)).toBeUndefined();
    expect(await routers.getOperation(operationName)).toBeUndefined();
  });

  it('gives back what was inserted, with the time', async () => {
    const routers = await open(manualTime(1_700_000_000_123).clock);
    const row = present(await routers.insert(content()));
    expect(row).toEqual({
      ...content(),
      revision: row.revision,
      isDeleted: false,
      createTimeMs: 1_700_000_000_123,
      updateTimeMs: 1_700_000_000_123,
    });
    expect(row.revision).toBeGreaterThan(0);
    expect(await routers.get('default', 'main')).toEqual(row);
    expect(await routers.get('default', 'Main')).toBeUndefined();
    expect(await routers.listChangesAfter(0)).toEqual([row]);
  });

  it('inserts no router over another', async () => {
    const routers = await open(systemClock);
    const row = await routers.insert(content());
    expect(await routers.insert(content({ document: '{"other":1}', etag: 'other' }))).toBeUndefined();
    expect(await routers.listChangesAfter(0)).toEqual([row]);
  });

  it('updates the revision that is expected, and no other', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    const inserted = present(await routers.insert(content()));
    time.nowMs = 2_000;
    const changed = content({ document: '{"changed":true}', etag: 'second' });
    const updated = present(await routers.update(changed, inserted.revision));
    expect(updated).toEqual({ ...inserted, ...changed, revision: updated.revision, updateTimeMs: 2_000 });
    expect(updated.revision).toBeGreaterThan(inserted.revision);
    time.nowMs = 3_000;
    for (const revision of [inserted.revision, updated.revision + 1, 0, -1]) {
      expect(await routers.update(content({ etag: 'late' }), revision)).toBeUndefined();
    }
    expect(await routers.get('default', 'main')).toEqual(updated);
  });

  it('lists changes in the order they were made, each router once', async () => {
    const routers = await open(systemClock);
    const a = present(await routers.insert(content({ name: 'a' })));
    const b = present(await routers.insert(content({ name: 'b' })));
    const c = present(await routers.insert(content({ name: 'c' })));
    const changedA = present(await routers.update(content({ name: 'a', etag: 'second' }), a.revision));
    const deletedB = present(await routers.delete('default', 'b', b.revision));
    expect(await routers.listChangesAfter(0)).toEqual([c, changedA, deletedB]);
    expect(await routers.listChangesAfter(b.revision)).toEqual([c, changedA, deletedB]);
    expect(await routers.listChangesAfter(c.revision)).toEqual([changedA, deletedB]);
    expect(await routers.listChangesAfter(deletedB.revision)).toEqual([]);
  });

  it('keeps workspaces apart', async () => {
    const routers = await open(systemClock);
    const here = present(await routers.insert(content({ document: '"here"' })));
    const there = present(await routers.insert(content({ workspace: 'other', document: '"there"' })));
    expect(await routers.get('other', 'main')).toEqual(there);
    expect(await routers.update(content({ workspace: 'other' }), here.revision)).toBeUndefined();
    expect(await routers.delete('other', 'main', here.revision)).toBeUndefined();
    const deleted = present(await routers.delete('other', 'main', there.revision));
    expect(await routers.get('default', 'main')).toEqual(here);
    expect(await routers.listChangesAfter(0)).toEqual([here, deleted]);
  });
}

function deletionContract(open: OpenRouterStore): void {
  it('deletes the revision that is expected, and keeps a row that says so', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    const row = present(await routers.insert(content()));
    time.nowMs = 2_000;
    expect(await routers.delete('default', 'main', row.revision + 1)).toBeUndefined();
    const deleted = present(await routers.delete('default', 'main', row.revision));
    expect(deleted).toEqual({ ...row, revision: deleted.revision, isDeleted: true, updateTimeMs: 2_000 });
    expect(deleted.revision).toBeGreaterThan(row.revision);
    expect(await routers.get('default', 'main')).toEqual(deleted);
    expect(await routers.listChangesAfter(row.revision)).toEqual([deleted]);
  });

  it('changes nothing about a deleted router', async () => {
    const routers = await open(systemClock);
    const row = present(await routers.insert(content()));
    const deleted = present(await routers.delete('default', 'main', row.revision));
    expect(await routers.delete('default', 'main', deleted.revision)).toBeUndefined();
    expect(await routers.update(content(), deleted.revision)).toBeUndefined();
    expect(await routers.listChangesAfter(0)).toEqual([deleted]);
  });

  it('creates a deleted router again', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    const first = present(await routers.insert(content()));
    const deleted = present(await routers.delete('default', 'main', first.revision));
    time.nowMs = 2_000;
    const again = present(await routers.insert(content({ document: '{"again":1}', etag: 'again' })));
    expect(again).toEqual({
      ...content({ document: '{"again":1}', etag: 'again' }),
      revision: again.revision,
      isDeleted: false,
      createTimeMs: 2_000,
      updateTimeMs: 2_000,
    });
    expect(again.revision).toBeGreaterThan(deleted.revision);
    expect(await routers.listChangesAfter(0)).toEqual([again]);
  });

  it('purges routers that were deleted before a time, and counts on', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    const [old, recent, live] = [
      present(await routers.insert(content({ name: 'old' }))),
      present(await routers.insert(content({ name: 'recent' }))),
      present(await routers.insert(content({ name: 'live' }))),
    ];
    const deletedRecent = await deleteAt(routers, time, recent, 3_000);
    const deletedOld = await deleteAt(routers, time, old, 2_999);
    time.nowMs = 10_000;
    await routers.purge(3_000);
    expect(await routers.get('default', 'old')).toBeUndefined();
    expect(await routers.listChangesAfter(0)).toEqual([live, deletedRecent]);
    const next = present(await routers.insert(content({ name: 'old' })));
    expect(next.revision).toBeGreaterThan(deletedOld.revision);
  });
}

function documentsContract(open: OpenRouterStore): void {
  it('keeps any text as it is', async () => {
    const routers = await open(manualTime(1_000).clock);
    // JSON escapes what UTF-8 cannot say, and NUL, so that only names can have characters that some database cannot keep.
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const document = fc.json({ stringUnit: 'binary' });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(name, name, document, async (workspace, etag, json) => {
        count += 1;
        const written = content({ workspace, name: `router-${count}`, etag, document: json });
        const row = present(await routers.insert(written, (inserted) => operation(String(count), inserted)));
        expect(row).toMatchObject(written);
        expect(await routers.get(workspace, `router-${count}`)).toEqual(row);
        expect(await routers.getOperation(`${operationName}-${count}`)).toEqual(operation(String(count), row));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps names apart that look alike', async () => {
    const routers = await open(systemClock);
    const names = ['caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'cafe', 'cafe ', '%', '_', "'", '🦊'];
    for (const name of names) {
      await routers.insert(content({ name, document: JSON.stringify(name) }));
    }
    for (const name of names) {
      expect(await routers.get('default', name)).toMatchObject({ name, document: JSON.stringify(name) });
    }
  });

  it('keeps a document of 5 MB', async () => {
    const routers = await open(systemClock);
    const document = JSON.stringify('🦊é\u0000"'.repeat(450_000));
    expect(Buffer.byteLength(document)).toBeGreaterThan(5_000_000);
    const row = present(await routers.insert(content({ document })));
    // Not toEqual on the text: a difference would be printed.
    expect((await routers.get('default', 'main'))?.document === document).toBe(true);
    expect((await routers.delete('default', 'main', row.revision))?.document === document).toBe(true);
    expect((await routers.listChangesAfter(0))[0]?.document === document).toBe(true);
  });
}

async function deleteAt(routers: RouterStore, time: ManualTime, row: RouterRow, nowMs: number): Promise<RouterRow> {
  time.nowMs = nowMs;
  return present(await routers.delete(row.workspace, row.name, row.revision));
}
