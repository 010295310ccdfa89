import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateSpeed } from '../../../src/catalog/speed/candidate-speed.ts';
import { defaultSeed } from '../../../src/catalog/speed/create-performance-book.ts';
import { encodeSpeed, parseSpeed } from '../../../src/catalog/speed/speed-document.ts';
import type { SpeedSample } from '../../../src/catalog/speed/speed-memory.ts';
import { createBook, createMovedTime } from './book-rig.ts';

const { spans } = createBook(createMovedTime());

const samples: fc.Arbitrary<SpeedSample> = fc.record({
  firstTokenMs: fc.option(fc.double({ min: 0, max: 600_000, noNaN: true }), { nil: undefined }),
  outcome: fc.constantFrom('success', 'failure', undefined),
  failureMs: fc.option(fc.double({ min: 0, max: 600_000, noNaN: true }), { nil: undefined }),
  tokenMs: fc.option(
    fc.record({
      value: fc.double({ min: 0.001, max: 600_000, noNaN: true }),
      weight: fc.double({ min: 0.02, max: 1, noNaN: true }),
    }),
    { nil: undefined },
  ),
});

describe('the document of a speed', () => {
  it('says the same when it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(samples, fc.nat(100_000)), { maxLength: 60 }), (calls) => {
        const speed = new CandidateSpeed(spans, 1000);
        let nowMs = 1000;
        for (const [sample, elapsedMs] of calls) {
          nowMs += elapsedMs;
          speed.add(sample, nowMs);
        }
        const text = encodeSpeed(speed);
        const parsed = parseSpeed(text, spans);
        if (parsed.kind !== 'speed') throw new Error(`It is ${parsed.kind}: ${text}`);
        expect(parsed.speed.timeMs).toBe(nowMs);
        const [before, after] = [speed.expect(defaultSeed), parsed.speed.expect(defaultSeed)];
        expect(after.firstTokenMs / before.firstTokenMs).toBeCloseTo(1, 3);
        expect(after.tokensPerSecond / before.tokensPerSecond).toBeCloseTo(1, 3);
        expect(after.failureRate).toBeCloseTo(before.failureRate, 4);
        expect(after.failureMs / before.failureMs).toBeCloseTo(1, 3);
        expect(parsed.speed.histogram.weight).toBeCloseTo(speed.histogram.weight, 3);
        expect(encodeSpeed(parsed.speed).length).toBeLessThan(4096);
      }),
    );
  });

  it('is a few hundred bytes, however many calls there were', () => {
    const speed = new CandidateSpeed(spans, 1000);
    for (let call = 0; call < 5000; call += 1) {
      const firstTokenMs = 10 * 1.5 ** (call % 20);
      speed.add({ firstTokenMs, tokenMs: { value: 20, weight: 1 }, outcome: 'success' }, 1000 + call * 777);
    }
    expect(encodeSpeed(speed).length).toBeLessThan(1000);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"version":1}',
    '{"version":0}',
    '{"version":"1"}',
    '{"version":1,"timeMs":0,"recent":{},"usual":{},"firstTokens":[]}',
    `{"version":1,"pad":"${'x'.repeat(20_000)}"}`,
  ])('is damaged when it is %.60s', (text) => {
    expect(parseSpeed(text, spans)).toEqual({ kind: 'damaged' });
  });

  const mean = [1, 300];
  const memory = { firstTokenMs: mean, tokenMs: mean, failureRate: [1, 0], failureMs: [0, 0] };
  const good = { version: 1, timeMs: 1000, recent: memory, usual: memory, firstTokens: [[33, 1]] };
  it.each<readonly [string, object]>([
    ['a time below zero', { timeMs: -1 }],
    ['a weight below zero', { recent: { ...memory, tokenMs: [-1, 5] } }],
    ['a sum that is no number', { usual: { ...memory, tokenMs: [1, null] } }],
    ['a mean that is missing', { usual: { ...memory, tokenMs: undefined } }],
    ['a sum without bounds', { usual: { ...memory, tokenMs: [1, 1e300] } }],
    ['a bucket that there is not', { firstTokens: [[80, 1]] }],
    ['a bucket between two', { firstTokens: [[1.5, 1]] }],
    ['a bucket that is a name', { firstTokens: [['__proto__', 1]] }],
    ['too many buckets', { firstTokens: Array.from({ length: 81 }, () => [1, 1]) }],
  ])('is damaged by %s', (_, change) => {
    expect(parseSpeed(JSON.stringify(good), spans).kind).toBe('speed');
    expect(parseSpeed(JSON.stringify({ ...good, ...change }), spans)).toEqual({ kind: 'damaged' });
  });

  it('is newer when a later version wrote it', () => {
    expect(parseSpeed('{"version":2}', spans)).toEqual({ kind: 'newer' });
  });

  it('never throws, and gives numbers that can be used', () => {
    const near = fc
      .json()
      .map((json) => `{"version":1,"timeMs":5,"recent":${json},"usual":${json},"firstTokens":${json}}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), near), (text) => {
        const parsed = parseSpeed(text, spans);
        if (parsed.kind === 'speed') expect(parsed.speed.expect(defaultSeed).firstTokenMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
