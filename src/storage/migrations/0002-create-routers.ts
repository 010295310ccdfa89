import type { Migration } from 'kysely/migration';

/** The tables of routers, of the counter that orders their changes, and of the operations that saved them. */
export const createRouters: Migration = {
  async up(db) {
    await db.schema
      .createTable('routers')
      .addColumn('workspace', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('etag', 'text', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('is_deleted', 'integer', (column) => column.notNull())
      .addColumn('create_time_ms', 'bigint', (column) => column.notNull())
      .addColumn('update_time_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('routers_primary_key', ['workspace', 'name'])
      .execute();
    await db.schema.createIndex('routers_revision').unique().on('routers').column('revision').execute();

    await db.schema
      .createTable('router_revision')
      .addColumn('value', 'bigint', (column) => column.notNull())
      .execute();
    await db.insertInto('router_revision').values({ value: 0 }).execute();

    await db.schema
      .createTable('operations')
      .addColumn('name', 'text', (column) => column.notNull().primaryKey())
      .addColumn('workspace', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('expire_time_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operations_expire_time').on('operations').column('expire_time_ms').execute();
  },
};
