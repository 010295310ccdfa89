import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { decodeError, decodeErrorBody } from '../../../src/dialects/openai-chat/decode-error.ts';

const nothing = {
  ...{ message: undefined, type: undefined, code: undefined, param: undefined, status: undefined },
  rateLimitResetAtMs: undefined,
};

describe('decodeErrorBody', () => {
  it.each<readonly [string, unknown, object]>([
    [
      'OpenAI',
      { error: { message: 'No.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
      { message: 'No.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    ['Azure', { error: { code: '401', message: 'No.' } }, { message: 'No.', code: '401', status: 401 }],
    [
      'OpenRouter',
      { error: { code: 429, message: 'No.', metadata: {} }, user_id: 'u' },
      { message: 'No.', status: 429 },
    ],
    ['Groq in a stream', { error: { message: 'No.', status_code: 400 } }, { message: 'No.', status: 400 }],
    [
      'Google',
      [{ error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT', details: [] } }],
      { message: 'No.', status: 400 },
    ],
    ['xAI', { code: 'A sentence, no code', error: 'No.' }, { message: 'No.' }],
    ['Mistral, its key', { detail: 'Invalid API Key' }, { message: 'Invalid API Key' }],
    [
      'Mistral, a field',
      {
        object: 'error',
        message: { detail: [{ loc: ['body', 'n'], msg: 'too large' }, { msg: 'and more' }] },
        code: null,
      },
      { message: 'body.n: too large; and more' },
    ],
    ['Mistral, a list', { object: 'Error', message: ['a', { msg: 'b' }, null, 7], code: 3001 }, { message: 'a; b' }],
    [
      'Cerebras',
      { message: 'No.', type: 'x', param: 'p', code: 'c' },
      { message: 'No.', type: 'x', param: 'p', code: 'c' },
    ],
    [
      'older vLLM',
      { object: 'error', message: 'No.', type: 'BadRequestError', code: 400 },
      { message: 'No.', type: 'BadRequestError', status: 400 },
    ],
    ['Azure’s details', { error: { details: 'No.' } }, { message: 'No.' }],
    ['nothing', {}, {}],
    ['an empty error', { error: {} }, {}],
    ['an empty message', { error: { message: ' ' } }, {}],
    ['null', null, {}],
    ['a string', 'No.', {}],
    ['an empty list', [], {}],
    [
      'OpenRouter, with the headers of its limit',
      { error: { code: 429, message: 'No.', metadata: { headers: { 'X-RateLimit-Reset': '1700000000000' } } } },
      { message: 'No.', status: 429, rateLimitResetAtMs: 1_700_000_000_000 },
    ],
    ['statuses that are none', { error: { message: 'No.', code: 200, status: 'x' } }, { message: 'No.' }],
    ['a code that is a sentence', { error: { message: 'No.', code: 'a b', type: 'x'.repeat(65) } }, { message: 'No.' }],
  ])('reads the form of %s', (_name, body, expected) => {
    expect(decodeErrorBody(JSON.stringify(body))).toStrictEqual({ ...nothing, ...expected });
  });

  it.each(['', '<html></html>', '{"error":', 'upstream connect error'])('reads nothing from %j', (body) => {
    expect(decodeErrorBody(body)).toStrictEqual(nothing);
  });

  it('does not go down without end', () => {
    const depth = 200_000;
    for (const [open, close] of [
      ['[', ']'],
      ['{"detail":', '}'],
      ['[{"msg":', '}]'],
      ['[{"loc":[', '0]}]'],
    ] as const) {
      const body = `{"message":${open.repeat(depth)}"No."${close.repeat(depth)}}`;
      expect(decodeErrorBody(body)).toStrictEqual(nothing);
    }
  });
});

describe('decodeError', () => {
  it.each<readonly [string, JsonObject]>([
    ['a chunk', { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] }],
    ['a reply', { object: 'chat.completion', choices: [{ message: {}, finish_reason: 'stop' }] }],
    ['null', { error: null, choices: [] }],
    ['an empty text', { error: '' }],
    ['odd choices', { choices: [null, 'x', 7, []] }],
    ['a message', { message: 'Perplexity puts one here', choices: [] }],
  ])('finds none in %s', (_name, json) => {
    expect(decodeError(json)).toBeUndefined();
  });

  it('finds one in any choice', () => {
    const choices = [{ index: 0 }, { index: 1, error: { message: 'No.', code: 502 } }];
    expect(decodeError({ choices })).toMatchObject({ message: 'No.', status: 502 });
    expect(decodeError({ choices: [{ finish_reason: 'ERROR' }] })).toMatchObject({
      message: expect.stringContaining('ERROR'),
    });
  });
});
