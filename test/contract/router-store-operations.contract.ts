import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { content, manualTime, type OpenRouterStore, operation, operationName, present } from './router-rows.ts';

/** The part of the router store contract about the operations that are stored with writes. */
export function routerStoreOperationsContract(open: OpenRouterStore): void {
  it('stores operations with the writes that they are of', async () => {
    const routers = await open(manualTime(1_000).clock);
    const inserted = present(await routers.insert(content(), (row) => operation('created', row)));
    expect(await routers.getOperation(`${operationName}-created`)).toEqual(operation('created', inserted));
    const updated = present(
      await routers.update(content({ etag: 'second' }), inserted.revision, (row) => operation('updated', row)),
    );
    expect(await routers.getOperation(`${operationName}-updated`)).toEqual(operation('updated', updated));
    expect(await routers.getOperation(`${operationName}-created`)).toEqual(operation('created', inserted));
  });

  it('stores the operation of an update to the same content, which is no change', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    const row = present(await routers.insert(content()));
    time.nowMs = 2_000;
    let describedAtMs: number | undefined;
    const same = await routers.update(content(), row.revision, (written, nowMs) => {
      describedAtMs = nowMs;
      return operation('same', written);
    });
    expect(same).toEqual(row);
    expect(describedAtMs).toBe(2_000);
    expect(await routers.listChangesAfter(0)).toEqual([row]);
    expect(await routers.getOperation(`${operationName}-same`)).toEqual(operation('same', row));
    expect(await routers.update(content(), row.revision + 1)).toBeUndefined();
    expect(await routers.update(content({ document: '{}' }), row.revision)).toMatchObject({ updateTimeMs: 2_000 });
  });

  it('asks for no operation of a write that is not made', async () => {
    const routers = await open(systemClock);
    const row = present(await routers.insert(content()));
    const describeOperation = () => {
      throw new Error('There is nothing to describe.');
    };
    expect(await routers.insert(content(), describeOperation)).toBeUndefined();
    expect(await routers.update(content(), row.revision + 1, describeOperation)).toBeUndefined();
  });

  it('stores nothing when the operation cannot be made', async () => {
    const routers = await open(systemClock);
    const row = present(await routers.insert(content()));
    const problem = new Error('It cannot be described.');
    const describeOperation = () => {
      throw problem;
    };
    await expect(routers.insert(content({ name: 'new' }), describeOperation)).rejects.toBe(problem);
    await expect(routers.update(content({ etag: 'new' }), row.revision, describeOperation)).rejects.toBe(problem);
    expect(await routers.listChangesAfter(0)).toEqual([row]);
    expect(await routers.update(content({ etag: 'new' }), row.revision)).toMatchObject({ etag: 'new' });
  });

  it('stores nothing when the operation cannot be stored', async () => {
    const routers = await open(manualTime(1_000).clock);
    const row = present(await routers.insert(content(), (written) => operation('one', written)));
    await expect(
      routers.insert(content({ name: 'new' }), (written) => operation('one', written)),
    ).rejects.toMatchObject({ name: 'StorageError' });
    expect(await routers.listChangesAfter(0)).toEqual([row]);
    expect(await routers.getOperation(`${operationName}-one`)).toEqual(operation('one', row));
  });

  it('leaves a write that comes while another one fails alone', async () => {
    const routers = await open(systemClock);
    let meanwhile: Promise<unknown> = Promise.resolve();
    const failed = routers.insert(content({ name: 'failed' }), () => {
      meanwhile = routers.insert(content({ name: 'meanwhile' }));
      throw new Error('It cannot be described.');
    });
    await expect(failed).rejects.toThrow('It cannot be described.');
    await meanwhile;
    expect((await routers.listChangesAfter(0)).map((row) => row.name)).toEqual(['meanwhile']);
  });

  it('gives no operation once it has expired, purged or not', async () => {
    const time = manualTime(1_000);
    const routers = await open(time.clock);
    await routers.insert(content({ name: 'a' }), (row) => operation('early', row, 2_000));
    await routers.insert(content({ name: 'b' }), (row) => operation('late', row, 3_000));
    const [early, late] = [`${operationName}-early`, `${operationName}-late`];
    time.nowMs = 1_999;
    expect(await routers.getOperation(early)).toBeDefined();
    time.nowMs = 2_000;
    expect(await routers.getOperation(early)).toBeUndefined();
    await routers.purge(0);
    // What is purged stays away, even if the clock goes back.
    time.nowMs = 1_000;
    expect(await routers.getOperation(early)).toBeUndefined();
    expect(await routers.getOperation(late)).toBeDefined();
    expect(await routers.listChangesAfter(0)).toHaveLength(2);
  });
}
