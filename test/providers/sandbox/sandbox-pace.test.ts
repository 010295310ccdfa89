import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { pause } from '../../../src/providers/sandbox/pause.ts';
import { ask, readEvents } from './collect-reply.ts';

/** A clock whose time passes when the test says so, and that tells when somebody waits. */
class StoppedClock implements Clock {
  readonly delaysMs: number[] = [];
  readonly #timers = new Set<() => void>();
  #onWait: (() => void) | undefined;

  nowMs(): number {
    return 0;
  }

  monotonicMs(): number {
    return 0;
  }

  after(delayMs: number, callback: () => void): () => void {
    const run = (): void => {
      this.#timers.delete(run);
      callback();
    };
    this.#timers.add(run);
    this.delaysMs.push(delayMs);
    this.#onWait?.();
    return () => {
      this.#timers.delete(run);
    };
  }

  /** How many timers are set. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs all timers. */
  pass(): void {
    for (const run of Array.from(this.#timers)) {
      run();
    }
  }

  /** Resolves when the next timer is set. */
  nextWait(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWait = resolve;
    });
  }
}

/** A clock on which no time passes: every wait is over at once, and written down. */
function createHastyClock(): Clock & { readonly delaysMs: number[] } {
  const delaysMs: number[] = [];
  return {
    ...systemClock,
    delaysMs,
    after(delayMs, callback) {
      delaysMs.push(delayMs);
      queueMicrotask(callback);
      return () => {};
    },
  };
}

const fourTokens = { messages: [{ role: 'user', content: 'Hello, world!' }] };

describe('pace', () => {
  it.each([
    ['echo', []],
    ['slow', [50, 50, 50]],
    ['slow-first-token', [5000]],
  ])('%s waits %j', async (model, delaysMs) => {
    const clock = createHastyClock();
    const events = await readEvents(await ask(model, fourTokens, { clock }));
    expect(clock.delaysMs).toEqual(delaysMs);
    expect(events.map(({ kind }) => kind)).toEqual(['delta', 'delta', 'delta', 'delta', 'finish', 'usage']);
  });

  it('waits as long for all choices as for one', async () => {
    const clock = createHastyClock();
    await readEvents(await ask('slow', { ...fourTokens, n: 3 }, { clock }));
    expect(clock.delaysMs).toHaveLength(3);
  });

  it('waits before the first token, and not before it is asked for', async () => {
    const clock = new StoppedClock();
    const reply = await ask('slow-first-token', fourTokens, { clock });
    expect(clock.waiting).toBe(0);
    const waits = clock.nextWait();
    const first = reply.events[Symbol.asyncIterator]().next();
    await waits;
    clock.pass();
    expect(await first).toMatchObject({ done: false, value: { kind: 'delta' } });
  });
});

describe('a stopped attempt', () => {
  it('does not begin', async () => {
    await expect(ask('echo', {}, { signal: AbortSignal.abort('CALL_CANCELLED') })).rejects.toMatchObject({
      reason: 'PROVIDER_CUT',
    });
  });

  it.each(['slow', 'slow-first-token'])('%s stops waiting at once and leaves no timer', async (model) => {
    const clock = new StoppedClock();
    const controller = new AbortController();
    const reply = await ask(model, fourTokens, { clock, signal: controller.signal });
    const waits = clock.nextWait();
    const read = expect(readEvents(reply)).rejects.toMatchObject({ reason: 'PROVIDER_CUT' });
    await waits;
    expect(clock.waiting).toBe(1);
    controller.abort('CALL_CANCELLED');
    await read;
    expect(clock.waiting).toBe(0);
  });

  it('gives no more tokens', async () => {
    const controller = new AbortController();
    const reply = await ask('echo', fourTokens, { signal: controller.signal });
    let events = 0;
    const read = (async () => {
      for await (const _ of reply.events) {
        events++;
        controller.abort('CALL_CANCELLED');
      }
    })();
    await expect(read).rejects.toMatchObject({ reason: 'PROVIDER_CUT' });
    expect(events).toBe(1);
  });

  it('ends when its reader leaves', async () => {
    const reply = await ask('echo', fourTokens);
    const iterator = reply.events[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe('pause', () => {
  it('takes its listener back when the time is over', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const signal = new Proxy(controller.signal, {
      get(target, name) {
        if (name === 'addEventListener' || name === 'removeEventListener') {
          listeners += name === 'addEventListener' ? 1 : -1;
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    expect(await pause(createHastyClock(), 10, signal)).toBe(true);
    expect(listeners).toBe(0);
  });
});

describe('a long answer', () => {
  it('lets others have their turn', async () => {
    const reply = await ask('echo', { messages: [{ role: 'user', content: 'word '.repeat(2_000) }] });
    let turns = 0;
    let isOver = false;
    const countTurns = (): void => {
      if (!isOver) {
        turns++;
        setImmediate(countTurns);
      }
    };
    setImmediate(countTurns);
    await readEvents(reply);
    isOver = true;
    expect(turns).toBeGreaterThan(4);
  });
});
