/**
 * Makes scripted writes as a process of its own that can be killed: `node scripted-writer-process.ts STORAGE_URL POSITION`. Begins with the
 * write at POSITION, goes on for ever, and writes the position of each on a line once it is acknowledged.
 */
import { systemClock } from '../../src/core/clock.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { makeWrite } from './scripted-writes.ts';

const [, , url, start] = process.argv;
if (url === undefined || start === undefined) throw new Error('Name the storage URL and a position.');
const storage = await openStorage({ url, clock: systemClock });
for (let position = Number(start); ; position += 1) {
  await makeWrite(storage, position);
  process.stdout.write(`${position}\n`);
}
