import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { toStorageError } from './storage-error.ts';

/**
 * Shows a node:sqlite database to Kysely in the form its SQLite dialect takes.
 *
 * @param database - an open database.
 * @param name - its path as error messages show it.
 * @returns every method throws StorageError when SQLite fails.
 */
export function createSqliteDatabase(database: DatabaseSync, name: string): SqliteDatabase {
  function guard<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (thrown) {
      throw toStorageError(thrown, name);
    }
  }

  function createStatement(statement: StatementSync): SqliteStatement {
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => guard(() => statement.all(...parameters.map(toSqlValue))),
      run: (parameters) => guard(() => statement.run(...parameters.map(toSqlValue))),
      *iterate(parameters) {
        try {
          yield* statement.iterate(...parameters.map(toSqlValue));
        } catch (thrown) {
          throw toStorageError(thrown, name);
        }
      },
    };
  }

  return {
    prepare: (sql) => guard(() => createStatement(database.prepare(sql))),
    close: () => guard(() => database.close()),
  };
}

/** Kysely hands parameters over as unknown. The tables hold text and integers only: a store converts all else itself. */
function toSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value;
  }
  throw new TypeError(`The embedded store takes no parameter of type ${typeof value}.`);
}
