import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { CatalogStore } from './catalog-store.ts';
import { createFolder } from './create-folder.ts';
import type { KeyStore } from './key-store.ts';
import { loadNodeSqlite } from './load-node-sqlite.ts';
import { migrate } from './migrations/migrate.ts';
import type { PerformanceStore } from './performance-store.ts';
import type { RouterStore } from './router-store.ts';
import { createSqlCatalogStore } from './sql-catalog-store.ts';
import { createSqlKeyStore } from './sql-key-store.ts';
import { createSqlPerformanceStore } from './sql-performance-store.ts';
import { createSqlRouterStore } from './sql-router-store.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { describeFileProblem, StorageError, toStorageError } from './storage-error.ts';
import { parseStorageUrl, type StorageLocation } from './storage-url.ts';
import type { Tables } from './tables.ts';

/** Where the store is and how it behaves. */
export interface StorageOptions {
  /** `sqlite:PATH` or `sqlite::memory:`. */
  readonly url: string;
  /** Stamps what is stored. */
  readonly clock: Clock;
  /**
   * How long a write waits for another process's write, in milliseconds. While the store opens, the event loop waits with it.
   *
   * @default 5000
   */
  readonly busyTimeoutMs?: number | undefined;
}

/** The open store. */
export interface Storage {
  readonly keys: KeyStore;
  readonly routers: RouterStore;
  readonly catalog: CatalogStore;
  readonly performance: PerformanceStore;
  /** The folder that the database is in, absolute. undefined: the store is in memory. */
  readonly folder: string | undefined;
  /**
   * Lets go of the file, after what is running. Once it resolves, whatever is called rejects with StorageError, except that
   * calling it again does nothing.
   */
  close(): Promise<void>;
}

const defaultBusyTimeoutMs = 5_000;

/**
 * Opens the store, makes it when it is not there, and brings its tables up to date.
 *
 * @throws StorageError when the place cannot be used, or a newer version wrote the database.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const location = parseStorageUrl(options.url);
  const name = location.kind === 'memory' ? ':memory:' : location.path;
  if (location.kind === 'file') {
    await createFile(location.path);
  }

  const busyTimeoutMs = Math.trunc(options.busyTimeoutMs ?? defaultBusyTimeoutMs);
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(location, busyTimeoutMs);
    const { dialect, close } = createSqliteDialect({ database, name, busyTimeoutMs });
    const db = new Kysely<Tables>({ dialect });
    await runInTransaction(database, () => migrate(db, name));
    // From here on the dialect waits, and the event loop does not.
    database.exec('pragma busy_timeout = 0');
    return {
      keys: createSqlKeyStore(db, options.clock),
      routers: createSqlRouterStore(db, options.clock),
      catalog: createSqlCatalogStore(db, options.clock),
      performance: createSqlPerformanceStore(db, options.clock),
      folder: location.kind === 'file' ? dirname(location.path) : undefined,
      close,
    };
  } catch (thrown) {
    database?.close();
    throw toStorageError(thrown, name);
  }
}

/** Makes the file, empty and for this user alone; SQLite gives its own files beside it the same mode. */
async function createFile(path: string): Promise<void> {
  await createFolder(dirname(path));
  try {
    const file = await open(path, 'a', 0o600);
    await file.close();
  } catch (thrown) {
    throw new StorageError(
      `The database ${path} cannot be written: ${describeFileProblem(thrown)}. Set storage.url to a writable place.`,
      thrown,
    );
  }
}

function openDatabase(location: StorageLocation, busyTimeoutMs: number): DatabaseSync {
  const { DatabaseSync } = loadNodeSqlite();
  const database = new DatabaseSync(location.kind === 'memory' ? ':memory:' : location.path);
  // First, since the switch to WAL waits for other processes as well.
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  database.exec('pragma journal_mode = wal');
  // In WAL mode the default, NORMAL, may lose the last commits when the power fails (https://www.sqlite.org/pragma.html).
  database.exec('pragma synchronous = full');
  database.exec('pragma foreign_keys = on');
  return database;
}

/**
 * `immediate` takes the write lock at the start: of two processes that start at once the second waits and then finds the
 * tables made, where a transaction that began as a reader would fail. There is no rollback: after a failure the database is
 * closed, which does the same.
 */
async function runInTransaction(database: DatabaseSync, run: () => Promise<void>): Promise<void> {
  database.exec('begin immediate');
  await run();
  database.exec('commit');
}
