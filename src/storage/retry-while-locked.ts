import { setTimeout as sleep } from 'node:timers/promises';
import { isLockedError } from './storage-error.ts';

/** Another process that writes without a pause leaves gaps of well under a millisecond: long delays would miss them all. */
const maxDelayMs = 10;

/**
 * Runs `run` again for as long as another process holds the lock of the database. The event loop is free meanwhile.
 *
 * The timers are not those of the clock that is passed in elsewhere: these do not keep the process alive, and a starting
 * server has nothing else that does.
 *
 * @param timeoutMs - how long to wait in all, in milliseconds. 0: `run` has one try.
 * @param run - leaves nothing behind when it fails.
 * @throws whatever `run` throws at last, or at once when it is something else than the lock.
 */
export async function retryWhileLocked<Result>(timeoutMs: number, run: () => Promise<Result>): Promise<Result> {
  let leftMs = timeoutMs;
  for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, maxDelayMs, leftMs)) {
    try {
      return await run();
    } catch (thrown) {
      if (leftMs <= 0 || !isLockedError(thrown)) {
        throw thrown;
      }
    }
    await sleep(delayMs);
    leftMs -= delayMs;
  }
}
