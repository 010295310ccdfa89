import { type Selectable, sql, type Transaction } from 'kysely';
import type { OperationRow } from './router-store.ts';
import type { OperationsTable, Tables } from './tables.ts';

/** How many operations of one workspace are kept. The oldest ones go first, the last one stays in any case. */
export interface OperationBounds {
  readonly maxOperations: number;
  /** What their documents may have together, in bytes. */
  readonly maxBytes: number;
}

/** Enough for hours of writing by hand or by a script. An operation holds the whole router. */
export const defaultOperationBounds: OperationBounds = { maxOperations: 1000, maxBytes: 64 * 1024 * 1024 };

/** Stores an operation, and forgets the oldest ones of its workspace that are too many with it. */
export async function insertOperation(
  transaction: Transaction<Tables>,
  operation: OperationRow,
  bounds: OperationBounds,
): Promise<void> {
  const { workspace, document } = operation;
  const leftBytes = bounds.maxBytes - Buffer.byteLength(document);
  // Those that are there, the last one first, each with how many and how long they are up to it. SQLite reads no text to know its length.
  await transaction
    .deleteFrom('operations')
    .where('name', 'in', (query) =>
      query
        .selectFrom((kept) =>
          kept
            .selectFrom('operations')
            .select([
              'name',
              sql<number>`row_number() over last_first`.as('position'),
              sql<number>`sum(octet_length(document)) over last_first`.as('bytes'),
            ])
            .where('workspace', '=', workspace)
            .modifyEnd(sql`window last_first as (order by expire_time_ms desc, name desc)`)
            .as('kept'),
        )
        .select('name')
        .where((eb) => eb.or([eb('position', '>=', bounds.maxOperations), eb('bytes', '>', leftBytes)])),
    )
    .execute();
  await transaction.insertInto('operations').values(encodeOperation(operation)).execute();
}

function encodeOperation(operation: OperationRow): Selectable<OperationsTable> {
  return {
    name: operation.name,
    workspace: operation.workspace,
    document: operation.document,
    expire_time_ms: operation.expireTimeMs,
  };
}
