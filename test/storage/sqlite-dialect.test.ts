import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqliteDialect } from '../../src/storage/sqlite-dialect.ts';

interface Tables {
  numbers: { number: number };
}

function open(): Kysely<Tables> {
  const database = new DatabaseSync(':memory:');
  database.exec('create table numbers (number integer unique)');
  const { dialect, close } = createSqliteDialect({ database, name: 'the test database', busyTimeoutMs: 0 });
  onTestFinished(close);
  return new Kysely<Tables>({ dialect });
}

async function insert(db: Kysely<Tables>, number: number): Promise<void> {
  await db.insertInto('numbers').values({ number }).execute();
}

async function list(db: Kysely<Tables>): Promise<number[]> {
  const rows = await db.selectFrom('numbers').select('number').orderBy('number').execute();
  return rows.map(({ number }) => number);
}

/** Long enough for all to run that does not wait for anything. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await nextTurn();
  }
}

describe('a slow transaction', () => {
  it('takes nothing of others along when it fails', async () => {
    const db = open();
    const begun = Promise.withResolvers<void>();
    const transaction = db.transaction().execute(async (own) => {
      await insert(own, 1);
      begun.resolve();
      await pause();
      throw new Error('The transaction fails.');
    });
    const failure = expect(transaction).rejects.toThrow('The transaction fails.');
    await begun.promise;
    const others = Promise.all([insert(db, 2), db.transaction().execute((own) => insert(own, 3))]);
    await failure;
    await others;
    expect(await list(db)).toEqual([2, 3]);
  });

  it('shows others nothing before its end, and itself all', async () => {
    const db = open();
    const begun = Promise.withResolvers<void>();
    let isOver = false;
    const transaction = db.transaction().execute(async (own) => {
      await insert(own, 1);
      begun.resolve();
      await pause();
      expect(await list(own)).toEqual([1]);
      await insert(own, 2);
      isOver = true;
    });
    await begun.promise;
    const seen = await list(db);
    expect(isOver).toBe(true);
    expect(seen).toEqual([1, 2]);
    await transaction;
  });

  it('does not hold up others once a statement has failed', async () => {
    const db = open();
    await insert(db, 1);
    await expect(db.transaction().execute((own) => insert(own, 1))).rejects.toThrow('UNIQUE constraint failed');
    await expect(insert(db, 1)).rejects.toThrow('UNIQUE constraint failed');
    await db.transaction().execute((own) => insert(own, 2));
    expect(await list(db)).toEqual([1, 2]);
  });
});

describe('createSqliteDialect', () => {
  it('serves callers in the order they came', async () => {
    const db = open();
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        db.transaction().execute(async () => {
          await pause();
          order.push(name);
        }),
      ),
    );
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('streams no rows, which would keep others waiting for the reader', async () => {
    const rows = open().selectFrom('numbers').selectAll().stream();
    await expect(rows.next()).rejects.toThrow('does not stream rows');
  });
});
