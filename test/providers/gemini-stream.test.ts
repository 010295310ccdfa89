import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { readGeminiStream } from '../../src/providers/gemini-stream.ts';
import { encodeChunk, encodeEvent } from '../contract/gemini-wire.ts';
import { answerOptions } from '../dialects/gemini/answer-options.ts';

const counts = { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } };

it('bounds the wait for the end of the body once the answer has ended, and not before', async () => {
  let timers = 0;
  const clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after: () => {
      timers += 1;
      return () => {};
    },
  };
  const timersAtRead: number[] = [];
  async function* body() {
    timersAtRead.push(timers);
    yield encodeEvent(encodeChunk([{ text: 'Hel' }], 'STOP'));
    timersAtRead.push(timers);
    yield encodeEvent({ ...encodeChunk([{ text: 'lo' }], 'STOP'), ...counts });
    timersAtRead.push(timers);
  }
  const options = { ...answerOptions, clock, maxEventBytes: 10_000, finishTimeoutMs: 1 };
  for await (const _event of readGeminiStream({ status: 200, headers: {}, body: body() }, options));
  expect(timersAtRead).toEqual([0, 0, 1]);
});

describe('holds no more of the arguments of calls than of one event', () => {
  const begin = { functionCall: { name: 'f', id: '0', willContinue: true } };
  const partialArgs = [{ jsonPath: '$.a', stringValue: 'x'.repeat(200), willContinue: true }];

  it.each([
    ['in pieces', () => ({ functionCall: { partialArgs, willContinue: true } })],
    [
      'behind one that is not complete',
      (id: number) => ({ functionCall: { name: 'g', id: `${id}`, args: { a: 'x'.repeat(200) } } }),
    ],
  ])('%s', async (_name, makePart) => {
    async function* body() {
      yield encodeEvent(encodeChunk([begin]));
      for (let id = 1; ; id += 1) yield encodeEvent(encodeChunk([makePart(id)]));
    }
    const options = { ...answerOptions, clock: systemClock, maxEventBytes: 10_000, finishTimeoutMs: 1 };
    const events = readGeminiStream({ status: 200, headers: {}, body: body() }, options);
    await expect(events.next()).rejects.toMatchObject({
      reason: 'PROVIDER_UNUSABLE',
      message: expect.stringContaining('10000 bytes'),
    });
  });
});
