import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Clock } from '../core/clock.ts';
import { defaultOperationBounds, insertOperation, type OperationBounds } from './insert-operation.ts';
import type { DescribeOperation, OperationRow, RouterContent, RouterRow, RouterStore } from './router-store.ts';
import { StorageError } from './storage-error.ts';
import type { OperationsTable, RoutersTable, Tables } from './tables.ts';

/** What the store adds to a change. */
interface Stamp {
  readonly revision: number;
  readonly nowMs: number;
}

/** Makes a change. undefined: the router is not in the state that the change asks for. */
type Change = (transaction: Transaction<Tables>, stamp: Stamp) => Promise<RouterRow | undefined>;

/**
 * Routers in a SQL database.
 *
 * @param clock - stamps the rows and says what has expired.
 * @param bounds - how many operations are kept.
 */
export function createSqlRouterStore(
  db: Kysely<Tables>,
  clock: Clock,
  bounds: OperationBounds = defaultOperationBounds,
): RouterStore {
  /** Makes a change and its operation in one transaction. A change that is not made leaves nothing, not even a gap. */
  async function write(change: Change, describeOperation?: DescribeOperation): Promise<RouterRow | undefined> {
    const transaction = await db.startTransaction().execute();
    try {
      const revision = await takeRevision(transaction);
      // Read once it is this change's turn: a later change has no earlier time.
      const nowMs = clock.nowMs();
      const row = await change(transaction, { revision, nowMs });
      if (row === undefined) {
        await transaction.rollback().execute();
        return undefined;
      }
      if (describeOperation !== undefined) {
        await insertOperation(transaction, describeOperation(row, nowMs), bounds);
      }
      await transaction.commit().execute();
      return row;
    } catch (thrown) {
      if (!transaction.isRolledBack) {
        await transaction.rollback().execute();
      }
      throw thrown;
    }
  }

  return {
    insert(content, describeOperation) {
      return write(async (transaction, { revision, nowMs }) => {
        const row: RouterRow = {
          ...pickContent(content),
          revision,
          isDeleted: false,
          createTimeMs: nowMs,
          updateTimeMs: nowMs,
        };
        const { workspace, name, ...columns } = encodeRouter(row);
        const inserted = await transaction
          .insertInto('routers')
          .values({ workspace, name, ...columns })
          .onConflict((conflict) =>
            conflict.columns(['workspace', 'name']).doUpdateSet(columns).where('routers.is_deleted', '=', 1),
          )
          .returning('revision')
          .executeTakeFirst();
        return inserted === undefined ? undefined : row;
      }, describeOperation);
    },

    update(content, expectedRevision, describeOperation) {
      return write(async (transaction, { revision, nowMs }) => {
        const { workspace, name, document, etag } = content;
        const updated = await transaction
          .updateTable('routers')
          .set((eb) => {
            const isSame = eb.and([eb('document', '=', document), eb('etag', '=', etag)]);
            return {
              document,
              etag,
              // Every expression sees the row as it was before.
              revision: eb.case().when(isSame).then(eb.ref('revision')).else(revision).end(),
              update_time_ms: eb.case().when(isSame).then(eb.ref('update_time_ms')).else(nowMs).end(),
            };
          })
          .where('workspace', '=', workspace)
          .where('name', '=', name)
          .where('revision', '=', expectedRevision)
          .where('is_deleted', '=', 0)
          .returning(['revision', 'create_time_ms', 'update_time_ms'])
          .executeTakeFirst();
        return updated === undefined
          ? undefined
          : {
              ...pickContent(content),
              revision: updated.revision,
              isDeleted: false,
              createTimeMs: updated.create_time_ms,
              updateTimeMs: updated.update_time_ms,
            };
      }, describeOperation);
    },

    delete(workspace, name, expectedRevision) {
      return write(async (transaction, { revision, nowMs }) => {
        const deleted = await transaction
          .updateTable('routers')
          .set({ is_deleted: 1, revision, update_time_ms: nowMs })
          .where('workspace', '=', workspace)
          .where('name', '=', name)
          .where('revision', '=', expectedRevision)
          .where('is_deleted', '=', 0)
          .returningAll()
          .executeTakeFirst();
        return deleted === undefined ? undefined : decodeRouter(deleted);
      });
    },

    async get(workspace, name) {
      const row = await db
        .selectFrom('routers')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .executeTakeFirst();
      return row === undefined ? undefined : decodeRouter(row);
    },

    async listChangesAfter(revision) {
      const rows = await db
        .selectFrom('routers')
        .selectAll()
        .where('revision', '>', revision)
        .orderBy('revision')
        .execute();
      return rows.map(decodeRouter);
    },

    async getOperation(name) {
      const row = await db
        .selectFrom('operations')
        .selectAll()
        .where('name', '=', name)
        .where('expire_time_ms', '>', clock.nowMs())
        .executeTakeFirst();
      return row === undefined ? undefined : decodeOperation(row);
    },

    async purge(deletedBeforeMs) {
      // Two statements without a transaction: either is worth keeping without the other.
      await db.deleteFrom('operations').where('expire_time_ms', '<=', clock.nowMs()).execute();
      await db
        .deleteFrom('routers')
        .where('is_deleted', '=', 1)
        .where('update_time_ms', '<', deletedBeforeMs)
        .execute();
    },
  };
}

/**
 * Counts up. Every change does this before anything else: until it ends, no other change gets past its own counting, in this
 * process or another. So whoever sees a revision has seen all lower ones, in databases that let several write at once too.
 */
async function takeRevision(transaction: Transaction<Tables>): Promise<number> {
  const counter = await transaction
    .updateTable('router_revision')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .returning('value')
    .executeTakeFirst();
  if (counter === undefined) {
    throw new StorageError(
      'The table router_revision of the database has lost its row. Restore the database from a backup, or insert a row ' +
        'with the highest revision of the table routers.',
    );
  }
  return counter.value;
}

/** A caller's object may have more than its type says, and a row does not. */
function pickContent({ workspace, name, document, etag }: RouterContent): RouterContent {
  return { workspace, name, document, etag };
}

function encodeRouter(row: RouterRow): Selectable<RoutersTable> {
  return {
    workspace: row.workspace,
    name: row.name,
    document: row.document,
    etag: row.etag,
    revision: row.revision,
    is_deleted: row.isDeleted ? 1 : 0,
    create_time_ms: row.createTimeMs,
    update_time_ms: row.updateTimeMs,
  };
}

function decodeRouter(row: Selectable<RoutersTable>): RouterRow {
  return {
    workspace: row.workspace,
    name: row.name,
    document: row.document,
    etag: row.etag,
    revision: row.revision,
    isDeleted: row.is_deleted !== 0,
    createTimeMs: row.create_time_ms,
    updateTimeMs: row.update_time_ms,
  };
}

function decodeOperation(row: Selectable<OperationsTable>): OperationRow {
  return {
    name: row.name,
    workspace: row.workspace,
    document: row.document,
    expireTimeMs: row.expire_time_ms,
  };
}
