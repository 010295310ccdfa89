import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StorageError } from '../storage-error.ts';
import type { Tables } from '../tables.ts';
import { createApiKeys } from './0001-create-api-keys.ts';
import { createRouters } from './0002-create-routers.ts';
import { indexOperations } from './0003-index-operations.ts';
import { createCatalog } from './0004-create-catalog.ts';

/**
 * Every migration by name. Names sort in the order the migrations run; one that was released never changes and never goes.
 * There is no way back: an older version refuses a newer database.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-api-keys': createApiKeys,
  '0002-create-routers': createRouters,
  '0003-index-operations': indexOperations,
  '0004-create-catalog': createCatalog,
};

const migrationTable = 'schema_migrations';

/**
 * Brings the tables to this version's state. The caller wraps it in a transaction, so that a start that dies here leaves
 * nothing behind.
 *
 * @param database - the database's path as error messages show it.
 * @throws StorageError when a newer version wrote the database, or a migration fails.
 */
export async function migrate(db: Kysely<Tables>, database: string): Promise<void> {
  await refuseNewer(db, database);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: migrationTable,
    migrationLockTableName: 'schema_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw error instanceof StorageError
      ? error
      : new StorageError(`The tables of the database ${database} could not be brought up to date.`, error);
  }
}

/** Kysely notices a migration that it does not know, too, but says so only in the text of an error. */
async function refuseNewer(db: Kysely<Tables>, database: string): Promise<void> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === migrationTable)) {
    return;
  }
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(migrationTable)} order by name`.execute(db);
  const unknown = rows.find((row) => !Object.hasOwn(migrations, row.name));
  if (unknown !== undefined) {
    throw new StorageError(
      `The database ${database} was written by a newer version of Signalbox (it has the migration "${unknown.name}"). ` +
        'Run that version, or set storage.url to another place.',
    );
  }
}
