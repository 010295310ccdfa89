import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { retryWhileLocked } from './retry-while-locked.ts';
import { createSqliteDatabase } from './sqlite-database.ts';
import { createTurnQueue, runInTurn, type TurnQueue } from './turn-queue.ts';

/** What the dialect works on. */
export interface SqliteDialectOptions {
  /** An open database. Set its `busy_timeout` to 0: SQLite's own wait stops the event loop. */
  readonly database: DatabaseSync;
  /** Its path as error messages show it. */
  readonly name: string;
  /** How long a statement or a transaction waits for another process's write before it fails, in milliseconds. 0: not at all. */
  readonly busyTimeoutMs: number;
}

/** A dialect and its end. */
export interface OwnedSqliteDialect {
  readonly dialect: Dialect;
  /**
   * Closes the database after what is running. What waits for another process by then, or comes later, fails with StorageError.
   * Calling it again does nothing.
   */
  close(): Promise<void>;
}

/**
 * Kysely's SQLite dialect for one connection that many callers share, and one file that several processes share:
 *
 * - A transaction has the connection to itself: statements of other callers wait for its end, in the order they came.
 * - It takes the write lock at its start (`begin immediate`). One that began as a reader would fail at its first write if
 *   another process wrote in between, and waiting would not help it.
 * - Whoever finds the file locked by another process waits beside the queue, not in it, and keeps the event loop free.
 */
export function createSqliteDialect(options: SqliteDialectOptions): OwnedSqliteDialect {
  const sqlite = createSqliteDatabase(options.database, options.name);
  const queue = createTurnQueue();
  return {
    dialect: {
      createAdapter: () => new SharedConnectionAdapter(),
      createDriver: () => createDriver(new SqliteDriver({ database: sqlite }), queue, options),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    async close() {
      // What was called just before is on its way through Kysely, and not in the queue yet.
      await nextTurn();
      await runInTurn(queue, async () => {
        if (options.database.isOpen) {
          sqlite.close();
        }
      });
    },
  };
}

/** Keeps Kysely from its own queue, which a caller that waits for another process would hold up. */
class SharedConnectionAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function createDriver(
  plain: SqliteDriver,
  queue: TurnQueue,
  { database, busyTimeoutMs }: SqliteDialectOptions,
): Driver {
  /** The connections with an open transaction, which is one at most, and what ends its turn. */
  const turns = new WeakMap<DatabaseConnection, () => void>();

  function endTurn(connection: DatabaseConnection): void {
    turns.get(connection)?.();
    turns.delete(connection);
  }

  return {
    init: () => plain.init(),

    /** Each caller gets a connection of its own, to be told apart by; below they are one. */
    async acquireConnection() {
      const shared = await plain.acquireConnection();
      const connection: DatabaseConnection = {
        executeQuery<Row>(query: CompiledQuery) {
          return turns.has(connection)
            ? shared.executeQuery<Row>(query)
            : retryWhileLocked(busyTimeoutMs, () => runInTurn(queue, () => shared.executeQuery<Row>(query)));
        },
        streamQuery() {
          throw new Error('The embedded store does not stream rows: others would wait for the reader.');
        },
      };
      return connection;
    },

    async beginTransaction(connection) {
      const leave = await retryWhileLocked(busyTimeoutMs, async () => {
        const leaveQueue = await queue.enter();
        try {
          // A commit stops the event loop until the disk has it. Between two of them, others get their turn.
          await nextTurn();
          const shared = await plain.acquireConnection();
          await shared.executeQuery(CompiledQuery.raw('begin immediate'));
          return leaveQueue;
        } catch (thrown) {
          leaveQueue();
          throw thrown;
        }
      });
      turns.set(connection, leave);
    },

    async commitTransaction(connection) {
      await connection.executeQuery(CompiledQuery.raw('commit'));
      endTurn(connection);
    },

    async rollbackTransaction(connection) {
      try {
        // A full disk, for one, makes SQLite roll back by itself, and a second rollback an error that hides the first.
        if (database.isTransaction) {
          await connection.executeQuery(CompiledQuery.raw('rollback'));
        }
      } finally {
        endTurn(connection);
      }
    },

    async releaseConnection() {},

    destroy: () => plain.destroy(),
  };
}
