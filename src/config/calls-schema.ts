import { z } from 'zod';
import { keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';

const { minuteMs, hourMs, dayMs } = units;

/** The section `calls`. */
export const callsSchema = z
  .strictObject({
    timeout_ms: milliseconds(
      { min: 1000, max: dayMs, default: 10 * minuteMs },
      'How long a call may take from its arrival to the end of the answer, fallbacks included. A shorter deadline of the client goes before it.',
    ),
    max_attempts: wholeNumber(
      'models',
      { min: 1, max: 100, default: 10 },
      'Most models that one call tries, the first one included. Tries of the same one again come on top: max_retries.',
    ),
    max_retries: wholeNumber(
      'retries',
      { min: 0, max: 10, default: 2 },
      'Most times that one call tries a model again, all its models together.',
    ),
    max_retry_wait_ms: milliseconds(
      { min: 0, max: hourMs, default: 10_000 },
      'The longest time that a provider may ask to wait before it is tried again. One that asks for more is not waited for.',
    ),
    first_token_timeout_ms: milliseconds(
      { min: 0, max: dayMs, default: 14_000 },
      'How long an attempt may take to its first token while the call has another model to go to. A request may say otherwise. 0: as long as the call.',
    ),
    reasoning_first_token_timeout_ms: milliseconds(
      { min: 0, max: dayMs, default: 2 * minuteMs },
      'The same for calls that reason: the request asks for it, or the model is known to.',
    ),
    circuit_max_open_ms: milliseconds(
      { min: 0, max: hourMs, default: 20_000 },
      'The longest time that a failing model is passed over before one call tries it again, as long as there is another model. 0: none is.',
    ),
    recovery: z.enum(['none', 'restart', 'continue']).default('none').register(keyDescriptions, {
      description:
        'What is done about a stream that breaks off after text was sent: it ends with an error; it is asked for again; or the rest of it is. A request or a variant may say otherwise.',
    }),
    max_messages: wholeNumber('messages', { min: 1, max: 1_000_000, default: 10_000 }, 'Most messages of one request.'),
    max_json_depth: wholeNumber(
      'levels',
      { min: 8, max: 512, default: 64 },
      'How deep the JSON of a request may nest, the schemas of its tools included.',
    ),
  })
  .register(keyDescriptions, { description: 'What one call may take.' });
