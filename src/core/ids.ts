import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes ids. */
export interface IdSource {
  /** `chatcmpl-` and digits, never the same twice. */
  createCompletionId(): string;
  /** A random UUID. */
  createGenerationId(): string;
  /** A random UUID. */
  createOperationId(): string;
}

const processTagDigits = 6;
const counterDigits = 6;

/**
 * Ids for one process.
 *
 * A completion id is the time in milliseconds, a tag drawn once for the process, and a counter. The counter alone keeps ids of
 * one process apart up to a million a millisecond; the tag keeps processes apart.
 *
 * @param clock - where the time comes from.
 * @param processTag - 0 to 999,999. Default: random.
 */
export function createIdSource(clock: Clock, processTag: number = randomInt(10 ** processTagDigits)): IdSource {
  const tag = String(processTag).padStart(processTagDigits, '0');
  let counter = 0;
  return {
    createCompletionId() {
      counter = (counter + 1) % 10 ** counterDigits;
      return `chatcmpl-${clock.nowMs()}${tag}${String(counter).padStart(counterDigits, '0')}`;
    },
    createGenerationId: () => randomUUID(),
    createOperationId: () => randomUUID(),
  };
}
