import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../core/clock.ts';
import { type Scope, scopes } from '../core/principal.ts';
import type { KeyRecord, KeyStore, NewKey } from './key-store.ts';
import { StorageError } from './storage-error.ts';
import type { ApiKeysTable, Tables } from './tables.ts';

/**
 * Keys in a SQL database. One statement a method, so that each is atomic without a transaction.
 *
 * @param clock - stamps the records.
 */
export function createSqlKeyStore(db: Kysely<Tables>, clock: Clock): KeyStore {
  function stamp(key: NewKey): KeyRecord {
    return { ...key, createTimeMs: clock.nowMs() };
  }

  return {
    async put(key) {
      const record = stamp(key);
      const { id, ...columns } = encodeRow(record);
      await db
        .insertInto('api_keys')
        .values({ id, ...columns })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
        .execute();
      return record;
    },

    async putIfEmpty(key) {
      const record = stamp(key);
      const row = encodeRow(record);
      const inserted = await db
        .insertInto('api_keys')
        .columns(['id', 'workspace', 'scopes', 'secret_hash', 'hash_key_id', 'create_time_ms'])
        .expression(
          db
            .selectNoFrom((eb) => [
              eb.val(row.id).as('id'),
              eb.val(row.workspace).as('workspace'),
              eb.val(row.scopes).as('scopes'),
              eb.val(row.secret_hash).as('secret_hash'),
              eb.val(row.hash_key_id).as('hash_key_id'),
              eb.val(row.create_time_ms).as('create_time_ms'),
            ])
            .where(({ not, exists }) => not(exists(db.selectFrom('api_keys').select('id')))),
        )
        .returning('id')
        .executeTakeFirst();
      return inserted === undefined ? undefined : record;
    },

    async get(id) {
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : decodeRow(row);
    },

    async list() {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('create_time_ms').orderBy('id').execute();
      return rows.map(decodeRow);
    },

    async delete(id) {
      const deleted = await db.deleteFrom('api_keys').where('id', '=', id).returning('id').executeTakeFirst();
      return deleted !== undefined;
    },
  };
}

const secretHashBytes = 32;

function encodeRow(record: KeyRecord): Selectable<ApiKeysTable> {
  return {
    id: record.id,
    workspace: record.workspace,
    scopes: [...record.scopes].join(' '),
    secret_hash: Buffer.from(record.secretHash).toString('hex'),
    hash_key_id: record.hashKeyId,
    create_time_ms: record.createTimeMs,
  };
}

/** A row that cannot be read stops the start: a key that is silently less than it was would be found out much later. */
function decodeRow(row: Selectable<ApiKeysTable>): KeyRecord {
  const secretHash = Buffer.from(row.secret_hash, 'hex');
  if (secretHash.length !== secretHashBytes) {
    throw damagedRow(row.id, 'secret_hash');
  }
  return {
    id: row.id,
    workspace: row.workspace,
    scopes: new Set(
      row.scopes
        .split(' ')
        .filter((name) => name !== '')
        .map((name) => decodeScope(name, row.id)),
    ),
    secretHash,
    hashKeyId: row.hash_key_id,
    createTimeMs: row.create_time_ms,
  };
}

function decodeScope(name: string, keyId: string): Scope {
  const scope = scopes.find((known) => known === name);
  if (scope === undefined) {
    throw damagedRow(keyId, 'scopes');
  }
  return scope;
}

function damagedRow(keyId: string, column: string): StorageError {
  return new StorageError(
    `The stored key ${JSON.stringify(keyId)} is damaged in its column ${column}. ` +
      'Restore the database from a backup, or delete the row from the table api_keys.',
  );
}
