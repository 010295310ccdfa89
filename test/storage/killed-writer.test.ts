import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { type AcknowledgedWrite, startRouterWriter } from './router-writer.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const kills = 10;
const maxWritesBeforeKill = 30;
const maxDelayMs = 3;

/** Starts a writer and kills it some time after its n-th write, in the middle of whatever it does then. */
async function writeAndKill(url: string, prefix: string): Promise<AcknowledgedWrite[]> {
  const killAfter = 1 + Math.floor(Math.random() * maxWritesBeforeKill);
  const { child, acknowledged, closed } = startRouterWriter(url, prefix);
  const writes: AcknowledgedWrite[] = [];
  for await (const write of acknowledged) {
    writes.push(write);
    if (writes.length === killAfter) {
      setTimeout(() => child.kill('SIGKILL'), Math.random() * maxDelayMs);
    }
  }
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  expect(writes.length).toBeGreaterThanOrEqual(killAfter);
  return writes;
}

it('loses no acknowledged write, and stores none by half, when it is killed at any moment', async () => {
  const url = `sqlite:${await createTemporaryFolder()}/signalbox.db`;
  const revisions = new Map<string, number>();
  for (let kill = 0; kill < kills; kill += 1) {
    for (const { name, revision } of await writeAndKill(url, `round-${kill}`)) {
      revisions.set(name, revision);
    }
    const storage = await openStorage({ url, clock: systemClock });
    const rows = new Map((await storage.routers.listChangesAfter(0)).map((row) => [row.name, row]));
    for (const [name, revision] of revisions) {
      expect(rows.get(name)?.revision, name).toBeGreaterThanOrEqual(revision);
    }
    for (const row of rows.values()) {
      expect(row.document).toHaveLength(10_000);
      expect(await storage.routers.getOperation(`operation-${row.revision}`), row.name).toBeDefined();
    }
    // The last write of each round may be there without having been acknowledged; no more than that.
    expect(rows.size - revisions.size).toBeLessThanOrEqual(kill + 1);
    await storage.close();
  }
});
