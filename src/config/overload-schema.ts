import { z } from 'zod';
import { keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';

const { minuteMs, hourMs } = units;

/**
 * `server.overload`. The defaults are those that a server in good health never meets: as many calls as there may be connections, and nearly all
 * of the memory.
 */
export const overloadSchema = z
  .strictObject({
    max_calls: wholeNumber(
      'calls',
      { min: 1, max: 1_000_000, default: 10_000 },
      'Most chat calls that run at a time, streams included. Further ones wait for a place, in the order in which they came.',
    ),
    max_queued_calls: wholeNumber(
      'calls',
      { min: 0, max: 1_000_000, default: 1000 },
      'Most calls that wait for a place, with their bodies in memory. Further ones are answered with 503 before their body is read.',
    ),
    queue_timeout_ms: milliseconds(
      { min: 0, max: hourMs, default: 5000 },
      'How long a call may wait for a place. It is answered with 503 then.',
    ),
    max_memory_percent: wholeNumber(
      '%',
      { min: 0, max: 100, default: 90 },
      'Past this share of its heap, or of the memory of its container or machine, the server takes no new call until it is a tenth below. 0: it does not look.',
    ),
    max_event_loop_delay_ms: milliseconds(
      { min: 0, max: minuteMs, default: 1000 },
      'When everything that the server does waits this long for its turn, it takes no new call until the wait has halved. 0: it does not look.',
    ),
  })
  .register(keyDescriptions, { description: 'When the server turns new calls away to keep those that it has.' });
