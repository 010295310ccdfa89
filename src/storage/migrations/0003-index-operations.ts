import type { Migration } from 'kysely/migration';

/** Finds the operations of one workspace in their order, of which only the last ones are kept. */
export const indexOperations: Migration = {
  async up(db) {
    await db.schema
      .createIndex('operations_workspace')
      .on('operations')
      .columns(['workspace', 'expire_time_ms', 'name'])
      .execute();
  },
};
