import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { OperationBounds } from '../../src/storage/insert-operation.ts';
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
async function openWithConnection(
  path: string,
  bounds?: OperationBounds,
): Promise<{ database: DatabaseSync; routers: RouterStore }> {
  const database = new DatabaseSync(path);
  const { dialect, close } = createSqliteDialect({ database, name: 'the test database', busyTimeoutMs: 0 });
  onTestFinished(close);
  const db = new Kysely<Tables>({ dialect });
  await migrate(db, 'the test database');
  return { database, routers: createSqlRouterStore(db, systemClock, bounds) };
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

describe('operations', () => {
  /** Writes routers whose operations have such documents, and tells which operations are left. */
  async function keep(bounds: OperationBounds, documents: readonly string[]): Promise<unknown[]> {
    const { database, routers } = await openWithConnection(':memory:', bounds);
    await routers.insert({ ...content('other'), workspace: 'other' }, () => ({
      name: 'of another workspace',
      workspace: 'other',
      document: 'x'.repeat(100),
      expireTimeMs: Number.MAX_SAFE_INTEGER,
    }));
    for (const [index, document] of documents.entries()) {
      await routers.insert(content(`router-${index}`), () => ({
        name: `${index}`,
        workspace: 'default',
        document,
        expireTimeMs: Number.MAX_SAFE_INTEGER - 100 + index,
      }));
    }
    expect(await routers.getOperation('of another workspace')).toBeDefined();
    return database
      .prepare("select name from operations where workspace = 'default' order by expire_time_ms")
      .all()
      .map(({ name }) => name);
  }

  it('are as many as are allowed, the last ones, of each workspace', async () => {
    const documents = Array.from({ length: 9 }, () => '{}');
    expect(await keep({ maxOperations: 3, maxBytes: 1000 }, documents)).toEqual(['6', '7', '8']);
  });

  it('are as many as have room, counted in bytes, and the last one in any case', async () => {
    const bounds = { maxOperations: 100, maxBytes: 10 };
    expect(await keep(bounds, ['1234', '1234', 'éé', '12', '1234'])).toEqual(['2', '3', '4']);
    expect(await keep(bounds, ['1234', 'ééé', '12', '1234'])).toEqual(['2', '3']);
    expect(await keep(bounds, ['12', '12', 'é'.repeat(50)])).toEqual(['2']);
    expect(await keep(bounds, ['é'.repeat(50), '12'])).toEqual(['1']);
  });

  it('of long routers do not fill the disk', async () => {
    const { database, routers } = await openWithConnection(':memory:', { maxOperations: 100, maxBytes: 1_000_000 });
    const document = 'x'.repeat(200_000);
    for (let index = 0; index < 30; index += 1) {
      const expireTimeMs = Number.MAX_SAFE_INTEGER - 100 + index;
      await routers.insert(content(`${index}`), ({ workspace }) => ({
        name: `${index}`,
        workspace,
        document,
        expireTimeMs,
      }));
    }
    const pages = database
      .prepare('select page_count * page_size as bytes from pragma_page_count, pragma_page_size')
      .get();
    expect(pages?.['bytes']).toBeLessThan(2_000_000);
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
    expect(plan("select name from operations where workspace = 'a' order by expire_time_ms desc, name desc")).toEqual([
      expect.stringContaining('INDEX operations_workspace'),
    ]);
    expect(plan('delete from operations where expire_time_ms <= 1')).toEqual([
      expect.stringContaining('INDEX operations_expire_time'),
    ]);
  });
});
