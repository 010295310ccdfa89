import { describe, expect, it } from 'vitest';
import { createError } from '../../src/core/errors.ts';
import { encodeError } from '../../src/telemetry/logged-error.ts';
import { captureLog } from './captured-log.ts';

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('encodeError', () => {
  it('keeps the name, the message, the code and the frames', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });

    const { stack, ...rest } = encodeError(error);

    expect(rest).toEqual({ type: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:9', code: 'ECONNREFUSED' });
    expect(stack?.split('\n').every((line) => line.startsWith('at '))).toBe(true);
    expect(stack).toContain('logged-error.test.ts');
  });

  it.each([
    ['a JSON parser', thrownBy(() => JSON.parse('{"role":"user","content":my diagnosis}'))],
    ['a JSON parser, of text with quotes', thrownBy(() => JSON.parse('"it\'s my "diagnosis""'))],
    ['an argument check', thrownBy(() => Reflect.apply(Buffer.alloc, Buffer, ['my diagnosis']))],
    ['a URL parser', thrownBy(() => new URL('my diagnosis'))],
    ['a message of several lines', new Error("got 'a\nat my diagnosis\n'")],
    ['a property', Object.assign(new Error('failed'), { body: 'my diagnosis', request: { key: 'my diagnosis' } })],
    ['a registered error', createError('INVALID_REQUEST', { problem: 'my diagnosis' })],
    ['a cause', new Error('failed', { cause: createError('INVALID_JSON', { problem: 'my diagnosis' }) })],
    ['a thrown text', 'my diagnosis'],
    ['a thrown object', { message: 'my diagnosis', stack: 'my diagnosis' }],
  ])('repeats nothing that %s quotes', (_source, error) => {
    expect(error).toBeDefined();
    expect(JSON.stringify(encodeError(error))).not.toContain('diagnosis');
  });

  it('names the reason of a registered error, and the causes', () => {
    const error = new Error('outer', {
      cause: createError('INVALID_REQUEST', { problem: 'end' }, { cause: new RangeError('inner') }),
    });

    expect(encodeError(error)).toMatchObject({
      message: 'outer',
      cause: { type: 'SignalboxError', reason: 'INVALID_REQUEST', cause: { type: 'RangeError', message: 'inner' } },
    });
  });

  it('ends with causes that go in a circle', () => {
    const error = new Error('again');
    error.cause = error;

    expect(JSON.stringify(encodeError(error)).match(/again/g)?.length).toBe(6);
  });

  it('bounds what it keeps', () => {
    const error = new Error('x'.repeat(100_000));
    error.name = 'n'.repeat(100_000);
    error.stack = 'at somewhere (file:1:1)\n'.repeat(10_000);

    expect(JSON.stringify(encodeError(error)).length).toBeLessThan(6000);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [42, 'number'],
  ])('tells of %s that it was no error', (thrown, type) => {
    expect(encodeError(thrown)).toEqual({ type });
  });

  it('is how the log writes every error', () => {
    const { logger, read } = captureLog();

    logger.error({ err: Object.assign(new Error('failed'), { body: 'my diagnosis' }) }, 'that failed');

    expect(read()).toEqual([
      {
        level: 'error',
        time: '2026-01-02T03:04:05.678Z',
        err: { type: 'Error', message: 'failed', stack: expect.any(String) },
        msg: 'that failed',
      },
    ]);
  });
});
