import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { OperationRow, RouterContent, RouterRow, RouterStore } from '../../src/storage/router-store.ts';

/** Opens an empty store, inside a test, and sees to it that it is closed when the test ends. */
export type OpenRouterStore = (clock: Clock) => Promise<RouterStore>;

/** What the names of operations begin with. */
export const operationName = 'workspaces/default/operations/one';

/** An operation of a written row, whose name ends in `-suffix`. Default: it never expires. */
export function operation(suffix: string, row: RouterRow, expireTimeMs = Number.MAX_SAFE_INTEGER): OperationRow {
  return {
    name: `${operationName}-${suffix}`,
    workspace: row.workspace,
    document: JSON.stringify({ done: true, revision: row.revision, document: row.document }),
    expireTimeMs,
  };
}

/** What a router holds when a test does not say. */
export function content(overrides: Partial<RouterContent> = {}): RouterContent {
  return { workspace: 'default', name: 'main', document: '{"routes":[]}', etag: 'first', ...overrides };
}

/** A time that the test sets, and the clock that shows it. */
export interface ManualTime {
  /** Unix time in milliseconds. */
  nowMs: number;
  readonly clock: Clock;
}

/** Makes a time that stands at `nowMs`, Unix time in milliseconds. */
export function manualTime(nowMs: number): ManualTime {
  const time: ManualTime = { nowMs, clock: { ...systemClock, nowMs: () => time.nowMs } };
  return time;
}

/** Whether a write was made. */
export function isPresent(row: RouterRow | undefined): row is RouterRow {
  return row !== undefined;
}

/** The row of a write that is made. */
export function present(row: RouterRow | undefined): RouterRow {
  if (row === undefined) {
    throw new Error('The store gave no router where there should be one.');
  }
  return row;
}
