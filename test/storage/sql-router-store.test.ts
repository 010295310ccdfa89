import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { migrate } from '../../src/storage/migrations/migrate.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { RouterContent, RouterStore } from '../../src/storage/router-store.ts';
import { createSqlRouterStore } from '../../src/storage/sql-router-store.ts';
import { createSqliteDialect } from '../../src/storage/sqlite-dialect.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import type { Tables } from '../../src/storage/tables.ts';
import { routerStoreContract } from '../contract/router-store.contract.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

routerStoreContract('SQLite in memory', async (clock) => {
  const storage = await openStorage({ url: 'sqlite::memory:', clock });
  onTestFinished(() => storage.close());
  return storage.routers;
});

routerStoreContract('SQLite in a file', async (clock) => {
  const storage = await openStorage({ url: `sqlite:${await createTemporaryFolder()}/signalbox.db`, clock });
  onTestFinished(() => storage.close());
  return storage.routers;
});

/** A store on a connection that the test has, too. */
async function openWithConnection(path: string): Promise<{ database: DatabaseSync; routers: RouterStore }> {
  const database = new DatabaseSync(path);
  const { dialect, close } = createSqliteDialect({ database, name: 'the test database', busyTimeoutMs: 0 });
  onTestFinished(close);
  const db = new Kysely<Tables>({ dialect });
  await migrate(db, 'the test database');
  return { database, routers: createSqlRouterStore(db, systemClock) };
}

function content(name: string, document = '{}'): RouterContent {
  return { workspace: 'default', name, document, etag: 'etag' };
}

async function failWrite(write: Promise<unknown>): Promise<string> {
  const thrown: unknown = await write.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(StorageError);
  return thrown instanceof StorageError ? thrown.message : '';
}

describe('a write that SQLite refuses', () => {
  const big = JSON.stringify('x'.repeat(200_000));

  it('says that the disk is full, and works again when it is not', async () => {
    const { database, routers } = await openWithConnection(`${await createTemporaryFolder()}/signalbox.db`);
    const row = await routers.insert(content('before'));
    database.exec('pragma max_page_count = 20');
    for (const _ of [1, 2]) {
      expect(await failWrite(routers.insert(content('big', big)))).toBe(
        'The database the test database cannot be written: database or disk is full. ' +
          'Check the disk, or set storage.url to another one.',
      );
      expect(database.isTransaction).toBe(false);
      expect(await routers.listChangesAfter(0)).toEqual([row]);
    }
    database.exec('pragma max_page_count = 4294967294');
    expect(await routers.insert(content('big', big))).toMatchObject({ name: 'big' });
  });

  it('leaves nothing of the router when its operation finds the disk full', async () => {
    const { database, routers } = await openWithConnection(`${await createTemporaryFolder()}/signalbox.db`);
    database.exec('pragma max_page_count = 20');
    await failWrite(
      routers.insert(content('small'), ({ workspace }) => ({ name: 'one', workspace, document: big, expireTimeMs: 1 })),
    );
    expect(await routers.listChangesAfter(0)).toEqual([]);
  });

  it('reports why SQLite rolled back by itself, and works again', async () => {
    const { database, routers } = await openWithConnection(':memory:');
    // Among others, an error of the disk has this effect in the middle of a transaction.
    database.exec(`create trigger fail before insert on operations begin select raise(rollback, 'the reason'); end`);
    expect(
      await failWrite(
        routers.insert(content('main'), ({ workspace }) => ({ name: 'a', workspace, document: '', expireTimeMs: 1 })),
      ),
    ).toContain('The database the test database failed: the reason.');
    expect(await routers.listChangesAfter(0)).toEqual([]);
    expect(await routers.insert(content('main'))).toMatchObject({ revision: 1 });
  });

  it('says that the database is read-only, goes on reading, and works again when it can be written', async () => {
    const { database, routers } = await openWithConnection(':memory:');
    const row = await routers.insert(content('before'));
    database.exec('pragma query_only = on');
    expect(await failWrite(routers.insert(content('after')))).toMatch(
      /^The database the test database cannot be written: .*readonly.*\. Set storage\.url to a writable place\.$/,
    );
    expect(await failWrite(routers.purge(Number.MAX_SAFE_INTEGER))).toContain('cannot be written');
    expect(await routers.listChangesAfter(0)).toEqual([row]);
    database.exec('pragma query_only = off');
    expect(await routers.insert(content('after'))).toMatchObject({ name: 'after' });
  });

  it('names a table that is gone', async () => {
    const { database, routers } = await openWithConnection(':memory:');
    database.exec('drop table operations');
    await routers.insert(content('plain'));
    expect(
      await failWrite(
        routers.insert(content('main'), ({ workspace }) => ({ name: 'a', workspace, document: '', expireTimeMs: 1 })),
      ),
    ).toContain('The database the test database failed: no such table: operations');
    expect(await routers.get('default', 'main')).toBeUndefined();
  });

  it('says what to do when the counter is gone, instead of counting from one', async () => {
    const { database, routers } = await openWithConnection(':memory:');
    database.exec('delete from router_revision');
    expect(await failWrite(routers.insert(content('main')))).toContain('The table router_revision of the database');
    database.exec('insert into router_revision values (41)');
    expect(await routers.insert(content('main'))).toMatchObject({ revision: 42 });
  });
});

describe('a change that is not made', () => {
  it('writes nothing', async () => {
    const { database, routers } = await openWithConnection(':memory:');
    const row = await routers.insert(content('main'));
    const changes = () => database.prepare('select value from router_revision').get();
    const before = changes();
    expect(await routers.insert(content('main'))).toBeUndefined();
    expect(await routers.update(content('main'), (row?.revision ?? 0) + 1)).toBeUndefined();
    expect(changes()).toEqual(before);
    expect(database.isTransaction).toBe(false);
  });
});

describe('queries', () => {
  it('use indexes', async () => {
    const { database } = await openWithConnection(':memory:');
    const plan = (sql: string) =>
      database
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => detail);
    expect(plan('select * from routers where revision > 1 order by revision')).toEqual([
      expect.stringContaining('USING INDEX routers_revision'),
    ]);
    expect(plan('delete from operations where expire_time_ms <= 1')).toEqual([
      expect.stringContaining('INDEX operations_expire_time'),
    ]);
  });
});
