import { describe, expect, test } from 'vitest';
import { type Pressure, PressureGuard, type PressureLimits } from '../../../src/wire/overload/pressure-guard.ts';
import { createManualClock } from '../one-port-harness.ts';
import { createManualProbe } from './manual-probe.ts';

function startGuard(limits: PressureLimits = { maxMemoryPercent: 90, maxEventLoopDelayMs: 1000 }) {
  const clock = createManualClock();
  const probe = createManualProbe();
  const guard = new PressureGuard(limits, probe, clock);
  const changes: (Pressure | undefined)[] = [];
  const stop = guard.start(() => changes.push(guard.pressure));
  const see = (load: Parameters<typeof probe.set>[0]): Pressure | undefined => {
    probe.set(load);
    clock.advance(250);
    return guard.pressure;
  };
  return { clock, probe, changes, see, stop };
}

describe('a guard of memory and time', () => {
  test('has no objection to begin with, and none to a load below the limits', () => {
    const { see, changes } = startGuard();
    expect(see({ memoryShare: 0.899, eventLoopDelayMs: 999 })).toBe(undefined);
    expect(changes).toEqual([]);
  });

  test('tells of memory past the limit until a tenth of it is free again', () => {
    const { see, changes } = startGuard();
    expect(see({ memoryShare: 0.9 })).toBe('memory');
    expect(see({ memoryShare: 0.85 })).toBe('memory');
    expect(see({ memoryShare: 0.81 })).toBe('memory');
    expect(see({ memoryShare: 0.8 })).toBe(undefined);
    expect(see({ memoryShare: 0.89 })).toBe(undefined);
    expect(changes).toEqual(['memory', undefined]);
  });

  test('tells of a late event loop until the delay has halved', () => {
    const { see, changes } = startGuard();
    expect(see({ eventLoopDelayMs: 1000 })).toBe('event_loop');
    expect(see({ eventLoopDelayMs: 500 })).toBe('event_loop');
    expect(see({ eventLoopDelayMs: 499 })).toBe(undefined);
    expect(changes).toEqual(['event_loop', undefined]);
  });

  test('tells of memory first, and of time when memory is no trouble any more', () => {
    const { see } = startGuard();
    expect(see({ memoryShare: 0.95, eventLoopDelayMs: 2000 })).toBe('memory');
    expect(see({ memoryShare: 0.5, eventLoopDelayMs: 2000 })).toBe('event_loop');
  });

  test('does not look at what has the limit 0', () => {
    const { see } = startGuard({ maxMemoryPercent: 0, maxEventLoopDelayMs: 0 });
    expect(see({ memoryShare: 1, eventLoopDelayMs: 60_000 })).toBe(undefined);
  });

  test('leaves nothing behind when it is stopped', () => {
    const { clock, probe, see, stop } = startGuard();
    see({});
    stop();
    expect(clock.pendingTimers).toBe(0);
    expect(probe.isClosed).toBe(true);
  });
});
