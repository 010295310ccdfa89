import type { Migration } from 'kysely/migration';

/** The tables of what was synced of the catalogue of models, of the counter of its changes, and of what was measured of their speed. */
export const createCatalog: Migration = {
  async up(db) {
    await db.schema
      .createTable('catalog_syncs')
      .addColumn('source', 'text', (column) => column.notNull().primaryKey())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('sync_time_ms', 'bigint', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('catalog_revision')
      .addColumn('value', 'bigint', (column) => column.notNull())
      .execute();
    await db.insertInto('catalog_revision').values({ value: 0 }).execute();
    await db.schema
      .createTable('model_performance')
      .addColumn('candidate', 'text', (column) => column.notNull().primaryKey())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('update_time_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('model_performance_update_time')
      .on('model_performance')
      .column('update_time_ms')
      .execute();
  },
};
