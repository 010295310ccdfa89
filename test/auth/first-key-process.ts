/**
 * A start, as far as keys go, as a process of its own that a test can kill: `node first-key-process.ts STORAGE_URL`. Writes a
 * line after each step, then lives on until its input ends.
 */
import { createFirstKey } from '../../src/auth/first-key.ts';
import { resolveHashKey } from '../../src/auth/hash-key.ts';
import { createKeyHasher } from '../../src/auth/key-hasher.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openStorage } from '../../src/storage/open-storage.ts';

const [, , url] = process.argv;
if (url === undefined) {
  throw new Error('Name the storage URL.');
}
const storage = await openStorage({ url, clock: systemClock });
process.stdout.write('opened\n');
const hasher = createKeyHasher(await resolveHashKey({ folder: storage.folder }));
process.stdout.write('hash-key\n');
const credential = await createFirstKey({ configuredKeys: [], keys: storage.keys, hasher });
process.stdout.write(`credential ${credential ?? 'none'}\n`);
for await (const _ of process.stdin) {
  // Nothing is sent; the test closes the pipe or kills the process.
}
await storage.close();
