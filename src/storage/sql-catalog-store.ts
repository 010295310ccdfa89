import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { CatalogStore, CatalogSync } from './catalog-store.ts';
import { StorageError } from './storage-error.ts';
import type { CatalogSyncsTable, Tables } from './tables.ts';

/**
 * What was synced of the catalogue, in a SQL database.
 *
 * @param clock - stamps the syncs.
 */
export function createSqlCatalogStore(db: Kysely<Tables>, clock: Clock): CatalogStore {
  /** Makes a change and counts it in one transaction. A change that is `undefined` leaves nothing, not even a gap. */
  async function write<Result>(
    change: (transaction: Transaction<Tables>, revision: number) => Promise<Result>,
  ): Promise<Result> {
    const transaction = await db.startTransaction().execute();
    try {
      const result = await change(transaction, await takeRevision(transaction));
      await (result === undefined ? transaction.rollback() : transaction.commit()).execute();
      return result;
    } catch (thrown) {
      if (!transaction.isRolledBack) await transaction.rollback().execute();
      throw thrown;
    }
  }

  return {
    replace(source, document) {
      return write(async (transaction, revision) => {
        // Read once it is this change's turn: a later sync has no earlier time.
        const row = { source, revision, sync_time_ms: clock.nowMs(), document };
        const { source: _, ...columns } = row;
        await transaction
          .insertInto('catalog_syncs')
          .values(row)
          .onConflict((conflict) => conflict.column('source').doUpdateSet(columns))
          .execute();
        return decodeSync(row);
      });
    },

    async remove(source) {
      const removed = await write((transaction) =>
        transaction.deleteFrom('catalog_syncs').where('source', '=', source).returning('source').executeTakeFirst(),
      );
      return removed !== undefined;
    },

    async list() {
      const rows = await db.selectFrom('catalog_syncs').selectAll().orderBy('revision').execute();
      return rows.map(decodeSync);
    },

    async readRevision() {
      const counter = await db.selectFrom('catalog_revision').select('value').executeTakeFirst();
      return readCounter(counter);
    },
  };
}

/** Counts up, before anything else of a change: whoever sees a revision has seen all lower ones. */
async function takeRevision(transaction: Transaction<Tables>): Promise<number> {
  const counter = await transaction
    .updateTable('catalog_revision')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .returning('value')
    .executeTakeFirst();
  return readCounter(counter);
}

function readCounter(counter: { readonly value: number } | undefined): number {
  if (counter !== undefined) return counter.value;
  throw new StorageError(
    'The table catalog_revision of the database has lost its row. Restore the database from a backup, or insert a row ' +
      'with the highest revision of the table catalog_syncs.',
  );
}

function decodeSync(row: Selectable<CatalogSyncsTable>): CatalogSync {
  return { source: row.source, revision: row.revision, syncTimeMs: row.sync_time_ms, document: row.document };
}
