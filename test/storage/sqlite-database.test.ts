import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqliteDatabase } from '../../src/storage/sqlite-database.ts';
import { StorageError } from '../../src/storage/storage-error.ts';

function open() {
  const raw = new DatabaseSync(':memory:');
  const database = createSqliteDatabase(raw, 'the test database');
  onTestFinished(() => {
    if (raw.isOpen) {
      raw.close();
    }
  });
  raw.exec('create table numbers (number integer unique)');
  raw.exec('insert into numbers values (1), (2), (3)');
  return database;
}

describe('createSqliteDatabase', () => {
  it('tells statements with rows from those without', () => {
    const database = open();
    expect(database.prepare('select number from numbers').reader).toBe(true);
    expect(database.prepare('insert into numbers values (9) returning number').reader).toBe(true);
    expect(database.prepare('insert into numbers values (9)').reader).toBe(false);
    expect(database.prepare('create table t (a)').reader).toBe(false);
  });

  it('reads, writes and iterates', () => {
    const database = open();
    const { changes, lastInsertRowid } = database.prepare('insert into numbers values (?)').run([4]);
    expect([changes, lastInsertRowid]).toEqual([1, 4]);
    const statement = database.prepare('select number from numbers where number > ? order by number');
    expect(statement.all([2])).toEqual([{ number: 3 }, { number: 4 }]);
    expect([...statement.iterate([2])]).toEqual([{ number: 3 }, { number: 4 }]);
  });

  it('reports failures with the name of the database', () => {
    const database = open();
    expect(() => database.prepare('select * from nothing')).toThrow(StorageError);
    expect(() => database.prepare('insert into numbers values (?)').run([1])).toThrow(/the test database failed: /);
    expect(() => [...database.prepare('select abs(-9223372036854775808)').iterate([])]).toThrow(StorageError);
  });

  it.each([[true], [undefined], [new Date(0)], [{}]])(
    'refuses a parameter that SQLite would change: %s',
    (parameter) => {
      const database = open();
      expect(() => database.prepare('select ?').all([parameter])).toThrow('takes no parameter of type');
    },
  );

  it('closes', () => {
    const database = open();
    database.close();
    expect(() => database.prepare('select 1')).toThrow(StorageError);
  });
});
