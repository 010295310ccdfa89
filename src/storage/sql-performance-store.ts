import type { Kysely, Selectable } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { PerformanceRow, PerformanceStore } from './performance-store.ts';
import type { ModelPerformanceTable, Tables } from './tables.ts';

/**
 * What was measured of the speed of models, in a SQL database.
 *
 * @param clock - stamps the rows.
 */
export function createSqlPerformanceStore(db: Kysely<Tables>, clock: Clock): PerformanceStore {
  return {
    async merge(candidates, merge) {
      if (candidates.length === 0) return;
      // The transaction has the write lock from its start, so that what it reads stays true until it ends.
      await db.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom('model_performance')
          .selectAll()
          .where('candidate', 'in', candidates)
          .execute();
        const stored = new Map(rows.map((row) => [row.candidate, decodeRow(row)]));
        for (const candidate of new Set(candidates)) {
          const row = stored.get(candidate);
          const document = merge(candidate, row);
          // A row that stays as it is keeps its time: nobody has to read it again, and it can grow old.
          if (document === row?.document) continue;
          const columns = { document, update_time_ms: clock.nowMs() };
          await transaction
            .insertInto('model_performance')
            .values({ candidate, ...columns })
            .onConflict((conflict) => conflict.column('candidate').doUpdateSet(columns))
            .execute();
        }
      });
    },

    async listSince(timeMs) {
      const rows = await db
        .selectFrom('model_performance')
        .selectAll()
        .where('update_time_ms', '>=', timeMs)
        .orderBy('update_time_ms')
        .orderBy('candidate')
        .execute();
      return rows.map(decodeRow);
    },

    async purge(beforeMs) {
      await db.deleteFrom('model_performance').where('update_time_ms', '<', beforeMs).execute();
    },
  };
}

function decodeRow(row: Selectable<ModelPerformanceTable>): PerformanceRow {
  return { candidate: row.candidate, document: row.document, updateTimeMs: row.update_time_ms };
}
