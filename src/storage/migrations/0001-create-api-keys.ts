import type { Migration } from 'kysely/migration';

/** The table of stored keys. */
export const createApiKeys: Migration = {
  async up(db) {
    await db.schema
      .createTable('api_keys')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('workspace', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('secret_hash', 'text', (column) => column.notNull())
      .addColumn('hash_key_id', 'text', (column) => column.notNull())
      .addColumn('create_time_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};
