import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CircuitState } from '../../../src/core/events.ts';
import { Circuit, type CircuitRules } from '../../../src/routing/health/circuit.ts';
import { createManualClock } from '../../wire/one-port-harness.ts';

const rules: CircuitRules = {
  failureShare: 0.5,
  minFailures: 5,
  halfLifeMs: 15_000,
  openMs: 5000,
  maxOpenMs: 20_000,
};

function createRig() {
  const clock = createManualClock();
  const changes: (readonly [CircuitState, CircuitState])[] = [];
  const circuit = new Circuit(clock, rules, (from, to) => changes.push([from, to]));
  const fail = (times: number, retryAfterMs?: number): void => {
    for (let time = 0; time < times; time += 1) circuit.begin().failed(retryAfterMs);
  };
  const answer = (times: number): void => {
    for (let time = 0; time < times; time += 1) circuit.begin().answered();
  };
  return { clock, circuit, changes, fail, answer };
}

describe('a circuit', () => {
  test('opens with enough failures', () => {
    const { circuit, fail, changes } = createRig();
    fail(4);
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'closed' }, true]);
    fail(1);
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'open', retryInMs: 5000 }, false]);
    expect(changes).toEqual([['closed', 'open']]);
  });

  test('stays closed while failures are not half of what happens', () => {
    const { circuit, fail, answer } = createRig();
    for (let round = 0; round < 100; round += 1) {
      answer(3);
      fail(2);
    }
    expect(circuit.read().state).toBe('closed');
  });

  test('forgets: failures that are far apart do not open it', () => {
    const { clock, circuit, fail } = createRig();
    for (let round = 0; round < 50; round += 1) {
      fail(1);
      clock.advance(10_000);
    }
    expect(circuit.read().state).toBe('closed');
  });

  test('counts an answer that breaks off as both', () => {
    const { circuit } = createRig();
    for (let time = 0; time < 5; time += 1) {
      const trial = circuit.begin();
      trial.answered();
      trial.failed();
    }
    expect(circuit.read().state).toBe('open');
  });

  test('lets one probe through at a time, and closes with its first token', () => {
    const { clock, circuit, fail, changes } = createRig();
    fail(5);
    clock.advance(5000);
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'half-open' }, true]);
    const probe = circuit.begin();
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'half-open' }, false]);
    probe.answered();
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'closed' }, true]);
    expect(changes).toEqual([
      ['closed', 'open'],
      ['open', 'half-open'],
      ['half-open', 'closed'],
    ]);
    fail(4);
    expect(circuit.read().state).toBe('closed');
  });

  test('stays open for longer after each failed probe, up to a bound', () => {
    const { clock, circuit, fail } = createRig();
    fail(5);
    const waits: (number | undefined)[] = [];
    for (let probe = 0; probe < 4; probe += 1) {
      const { retryInMs = 0 } = circuit.read();
      waits.push(retryInMs);
      clock.advance(retryInMs);
      fail(1);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 20_000]);
  });

  test('stays open as long as the provider asks, up to the same bound', () => {
    const asked = createRig();
    asked.fail(5, 12_000);
    expect(asked.circuit.read().retryInMs).toBe(12_000);
    const askedForTooMuch = createRig();
    askedForTooMuch.fail(5, 3_600_000);
    expect(askedForTooMuch.circuit.read().retryInMs).toBe(20_000);
  });

  test('lets the next call probe when a probe says nothing', () => {
    const { clock, circuit, fail } = createRig();
    fail(5);
    clock.advance(5000);
    circuit.begin().abandoned();
    expect([circuit.read(), circuit.admits]).toEqual([{ state: 'half-open' }, true]);
  });

  test('does not wait for ever for a probe that says nothing', () => {
    const { clock, circuit, fail } = createRig();
    fail(5);
    clock.advance(5000);
    const silent = circuit.begin();
    clock.advance(19_999);
    expect(circuit.admits).toBe(false);
    clock.advance(1);
    expect(circuit.admits).toBe(true);
    const next = circuit.begin();
    expect(circuit.admits).toBe(false);
    // It no longer speaks for the model.
    silent.failed();
    expect([circuit.read().state, circuit.admits]).toEqual(['half-open', false]);
    next.failed();
    expect(circuit.read()).toEqual({ state: 'open', retryInMs: 10_000 });
  });

  test('begins anew once it has closed: with its shortest time, and with no probe on its way', () => {
    const { clock, circuit, fail } = createRig();
    fail(5);
    clock.advance(5000);
    fail(1);
    clock.advance(10_000);
    const silent = circuit.begin();
    circuit.begin().answered();
    fail(5);
    expect(circuit.read()).toEqual({ state: 'open', retryInMs: 5000 });
    clock.advance(5000);
    expect(circuit.admits).toBe(true);
    silent.abandoned();
    expect(circuit.admits).toBe(true);
  });

  test('is as new after a year', () => {
    const { clock, circuit, fail } = createRig();
    fail(4);
    clock.advance(365 * 86_400_000);
    fail(4);
    expect(circuit.read().state).toBe('closed');
    fail(1);
    expect(circuit.read().state).toBe('open');
  });

  test('closes when a call that was made all the same answers, not when one from before does', () => {
    const { clock, circuit, fail } = createRig();
    const before = circuit.begin();
    clock.advance(1);
    fail(5);
    before.answered();
    expect(circuit.read().state).toBe('open');
    const forced = circuit.begin();
    forced.failed();
    expect(circuit.read()).toEqual({ state: 'open', retryInMs: 5000 });
    circuit.begin().answered();
    expect(circuit.read().state).toBe('closed');
  });

  test('of two probes the one that was replaced does not free the place of the other', () => {
    const { clock, circuit, fail } = createRig();
    fail(5);
    clock.advance(5000);
    const first = circuit.begin();
    circuit.begin().answered();
    fail(5);
    clock.advance(20_000);
    const second = circuit.begin();
    first.abandoned();
    expect(circuit.admits).toBe(false);
    second.abandoned();
    expect(circuit.admits).toBe(true);
  });
});

test('whatever happens, it opens only after failures, never for longer than the bound, and always lets a probe through then', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('answered', 'failed', 'abandoned'), retryAfterMs: fc.nat({ max: 100_000 }) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 30_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, circuit, changes } = createRig();
      let failures = 0;
      for (const now of steps) {
        if (now.do === 'wait') clock.advance(now.ms);
        else if (now.do === 'failed') {
          failures += 1;
          circuit.begin().failed(now.retryAfterMs);
        } else if (now.do === 'answered') {
          circuit.begin().answered();
          expect(circuit.read().state).toBe('closed');
        } else circuit.begin().abandoned();
        const { state, retryInMs } = circuit.read();
        if (state === 'open') expect(failures).toBeGreaterThanOrEqual(rules.minFailures);
        expect(retryInMs ?? 0).toBeLessThanOrEqual(rules.maxOpenMs);
        expect(circuit.admits).toBe(state !== 'open');
      }
      for (const [index, [from, to]] of changes.entries()) {
        expect(from).not.toBe(to);
        expect(from).toBe(changes[index - 1]?.[1] ?? 'closed');
      }
      clock.advance(rules.maxOpenMs);
      expect(circuit.admits).toBe(true);
    }),
  );
});
