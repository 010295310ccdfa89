import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/core/clock.ts';
import { loadNodeSqlite } from '../../src/storage/load-node-sqlite.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { createSeededRandom } from '../catalog/speed/seeded-random.ts';
import { expectWrite, readContent, type StoreContent } from './scripted-writes.ts';

/** How often, and when, writers are killed. */
export interface KillOptions {
  readonly kills: number;
  /** Draws the moments. The machine has its own say in them. */
  readonly seed: number;
}

/** What came of it. */
export interface KillReport {
  readonly kills: number;
  /** Writes that were acknowledged, all of which are there. */
  readonly acknowledged: number;
  /** Kills before the first acknowledgement: while the store was opened, or made. */
  readonly killedAtStart: number;
  /** Kills after which a write was there whole that nobody had been told of yet. */
  readonly storedUnacknowledged: number;
}

const program = fileURLToPath(new URL('scripted-writer-process.ts', import.meta.url));

/** After so many kills a new store is begun, so that kills meet its making too. */
const killsPerStore = 10;
/** One kill in so many does not wait for a write. */
const killsPerStartKill = 5;
const maxStartDelayMs = 400;
const maxWritesBeforeKill = 40;
/** Several writes long. */
const maxDelayMs = 5;

/**
 * Kills a process that writes to a store, at random moments, and looks into the store after each kill: it opens, its file is sound, and it holds
 * what it did after the last acknowledged write, or after the one that was under way. Rejects with what was wrong otherwise.
 */
export async function killWriters({ kills, seed }: KillOptions): Promise<KillReport> {
  const random = createSeededRandom(seed);
  const report = { kills: 0, acknowledged: 0, killedAtStart: 0, storedUnacknowledged: 0 };
  while (report.kills < kills) {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-kill-'));
    try {
      const path = join(folder, 'signalbox.db');
      const expected: StoreContent = new Map();
      let position = 0;
      for (let kill = 0; kill < killsPerStore && report.kills < kills; kill += 1) {
        const acknowledged = await writeAndKill(path, position + 1, random);
        if (acknowledged === position) report.killedAtStart += 1;
        report.acknowledged += acknowledged - position;
        for (position += 1; position <= acknowledged; position += 1) expectWrite(expected, position);
        position = acknowledged;
        if (await holdsOneMore(path, expected, position)) {
          position += 1;
          report.storedUnacknowledged += 1;
        }
        report.kills += 1;
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return report;
}

/** @returns the position of the last acknowledged write, or the one before `start`: there was none. */
async function writeAndKill(path: string, start: number, random: () => number): Promise<number> {
  const child = spawn(process.execPath, [program, `sqlite:${path}`, `${start}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const kill = (delayMs: number) => wait(delayMs).then(() => child.kill('SIGKILL'));
  const isStartKill = Math.floor(random() * killsPerStartKill) === 0;
  const last = start - 1 + (isStartKill ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * maxWritesBeforeKill));
  const delayMs = random() * (isStartKill ? maxStartDelayMs : maxDelayMs);
  if (isStartKill) void kill(delayMs);

  let acknowledged = start - 1;
  for await (const line of createInterface({ input: child.stdout })) {
    // A line that was cut by the kill acknowledges nothing; the next number tells it from a whole one.
    if (Number(line) !== acknowledged + 1) continue;
    acknowledged += 1;
    if (acknowledged === last) void kill(delayMs);
  }
  await closed;
  if (child.signalCode !== 'SIGKILL') throw new Error(`the writer ended by itself after write ${acknowledged}`);
  return acknowledged;
}

/**
 * Holds a store to what is expected of it, and brings that up to date.
 *
 * @returns whether the store has the write after `position` too.
 */
async function holdsOneMore(path: string, expected: StoreContent, position: number): Promise<boolean> {
  const storage = await openStorage({ url: `sqlite:${path}`, clock: systemClock });
  const content = await readContent(storage, position + 1);
  await storage.close();
  checkFile(path);

  const differences = listDifferences(expected, content);
  if (differences.length === 0) return false;
  expectWrite(expected, position + 1);
  const differencesWithOneMore = listDifferences(expected, content);
  if (differencesWithOneMore.length === 0) return true;
  throw new Error(
    `after write ${position} was acknowledged the store has others of: ${differences.join(', ')}; ` +
      `with the next write, of: ${differencesWithOneMore.join(', ')}`,
  );
}

/** @throws Error when SQLite finds anything wrong in the file. */
function checkFile(path: string): void {
  const { DatabaseSync } = loadNodeSqlite();
  const database = new DatabaseSync(path);
  try {
    const rows = [
      ...database.prepare('pragma integrity_check').all(),
      ...database.prepare('pragma foreign_key_check').all(),
    ];
    const problems = rows.filter((row) => row['integrity_check'] !== 'ok');
    if (problems.length > 0) throw new Error(`the database is damaged: ${JSON.stringify(problems.slice(0, 3))}`);
  } finally {
    database.close();
  }
}

function listDifferences(expected: StoreContent, content: StoreContent): string[] {
  const keys = new Set([...expected.keys(), ...content.keys()]);
  return [...keys].filter((key) => expected.get(key) !== content.get(key));
}
