import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';

/** Streams as a provider of OpenAI's format may send them: choices mixed, pieces cut anywhere, reasoning under its several names. */

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const count = fc.nat({ max: 10_000 });

const logprob = fc.record({
  token: text,
  logprob: fc.double({ noNaN: true, noDefaultInfinity: true, max: 0 }),
  bytes: fc.option(fc.array(fc.nat({ max: 255 }), { maxLength: 3 })),
});

// A call that ends without arguments is given some, so it is not the same when it is read again.
const nonBlankText = text.map((said) => (said.trim() === '' ? '{' : said));

const callPiece = fc.record(
  {
    index: fc.nat({ max: 2 }),
    id: fc.constantFrom('a', 'b', null),
    type: fc.constant('function'),
    function: fc.record(
      { name: fc.constantFrom('f', 'g', null), arguments: nonBlankText },
      { requiredKeys: ['arguments'] },
    ),
  },
  { requiredKeys: ['function'] },
);

const annotation = fc.record(
  {
    type: fc.constant('url_citation'),
    url_citation: fc.record(
      { url: fc.webUrl(), title: text, content: text, start_index: count, end_index: count },
      { requiredKeys: ['url', 'title'] },
    ),
  },
  { requiredKeys: ['type', 'url_citation'] },
);

const delta = fc.record(
  {
    role: fc.constant('assistant'),
    content: fc.oneof(
      text,
      fc.constant(null),
      fc.array(
        fc.oneof(
          text.map((value) => ({ type: 'text', text: value })),
          text.map((value) => ({ type: 'thinking', thinking: [{ type: 'text', text: value }] })),
        ),
        { maxLength: 2 },
      ),
    ),
    reasoning_content: fc.option(text),
    reasoning: fc.option(text),
    refusal: fc.option(text),
    tool_calls: fc.array(callPiece, { maxLength: 2 }),
    images: fc.array(
      fc.webUrl().map((url) => ({ type: 'image_url', image_url: { url } })),
      { maxLength: 1 },
    ),
    audio: fc.record(
      { id: text, data: fc.base64String(), transcript: text, expires_at: fc.nat() },
      { requiredKeys: [] },
    ),
    annotations: fc.array(annotation, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const usage = fc.record(
  {
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: fc.option(
      fc.record(
        {
          cached_tokens: count,
          cache_write_tokens: count,
          cache_write_1h_tokens: count,
          audio_tokens: count,
          image_tokens: count,
          billed_tokens: count,
        },
        { requiredKeys: [] },
      ),
    ),
    completion_tokens_details: fc.option(
      fc.record(
        {
          reasoning_tokens: count,
          audio_tokens: count,
          accepted_prediction_tokens: count,
          image_tokens: count,
          billed_tokens: count,
        },
        { requiredKeys: [] },
      ),
    ),
    cost: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  },
  { requiredKeys: [] },
);

const choice = fc.record(
  {
    index: fc.nat({ max: 2 }),
    delta,
    finish_reason: fc.option(fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'eos', 'odd', ''), {
      freq: 2,
    }),
    logprobs: fc.option(
      fc.record({ content: fc.option(fc.array(logprob, { maxLength: 2 })), refusal: fc.constant(null) }),
    ),
  },
  { requiredKeys: ['index', 'delta'] },
);

const chunk = fc.record(
  { choices: fc.array(choice, { maxLength: 2 }), usage: fc.option(usage, { freq: 2 }) },
  { requiredKeys: ['choices'] },
);

/** The chunks of a stream, as JSON.parse gives them. */
export const generatedChunks: fc.Arbitrary<JsonObject[]> = fc
  .array(chunk, { maxLength: 12 })
  .map((chunks) => JSON.parse(JSON.stringify(chunks)));
