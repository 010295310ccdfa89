/**
 * Writes routers as a process of its own that a test can kill: `node router-writer-process.ts STORAGE_URL PREFIX [COUNT]`. Inserts
 * and updates PREFIX-1, PREFIX-2, ... up to COUNT, or for ever, each write with its operation, and writes a line after each one
 * that is acknowledged: `NAME REVISION`.
 */
import { systemClock } from '../../src/core/clock.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { OperationRow, RouterRow } from '../../src/storage/router-store.ts';

const [, , url, prefix, count = 'Infinity'] = process.argv;
if (url === undefined || prefix === undefined) {
  throw new Error('Name the storage URL and a prefix.');
}
const { routers, close } = await openStorage({ url, clock: systemClock, busyTimeoutMs: 60_000 });

function describeOperation(row: RouterRow): OperationRow {
  return {
    name: `operation-${row.revision}`,
    workspace: row.workspace,
    document: row.document,
    expireTimeMs: Number.MAX_SAFE_INTEGER,
  };
}

function acknowledge(row: RouterRow | undefined): RouterRow {
  if (row === undefined) {
    throw new Error('Nobody else writes these routers, and yet one was refused.');
  }
  process.stdout.write(`${row.name} ${row.revision}\n`);
  return row;
}

for (let index = 1; index <= Number(count); index += 1) {
  const content = { workspace: 'default', name: `${prefix}-${index}`, document: 'x'.repeat(10_000), etag: 'first' };
  const inserted = acknowledge(await routers.insert(content, describeOperation));
  acknowledge(await routers.update({ ...content, etag: 'second' }, inserted.revision, describeOperation));
}
await close();
