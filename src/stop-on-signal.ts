import type { Clock } from './core/clock.ts';

/** The part of a process that signals come from. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

/** The signals that mean something. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** What signals do. */
export interface StopOptions {
  readonly signals: SignalSource;
  readonly clock: Clock;
  /** Lets answers in flight finish, then ends the process. */
  readonly stop: (signal: StopSignal) => void;
  /** Ends the process at once. */
  readonly stopAtOnce: (signal: StopSignal) => void;
  /** Reads again what may be changed while the server runs. */
  readonly reload: () => void;
  /** Whether the server was started at a terminal that is closed now. */
  readonly isTerminalGone: () => boolean;
}

/**
 * For how long the same signal again counts as one, in milliseconds. Ctrl-C comes twice under npm: the terminal sends it to all
 * of its processes, and npm passes its own on.
 */
const repeatWindowMs = 250;

/**
 * The first signal stops the server, the second ends it at once. SIGHUP reloads, as daemons do, unless it is a terminal that says that it
 * closes: nobody wants a server that stays behind in a window that is gone.
 */
export function stopOnSignal({ signals, clock, stop, stopAtOnce, reload, isTerminalGone }: StopOptions): void {
  let first: { readonly signal: StopSignal; readonly atMs: number } | undefined;
  const onSignal = (signal: StopSignal): void => {
    const nowMs = clock.monotonicMs();
    if (first === undefined) {
      first = { signal, atMs: nowMs };
      stop(signal);
    } else if (signal !== first.signal || nowMs - first.atMs > repeatWindowMs) {
      stopAtOnce(signal);
    }
  };
  signals.on('SIGTERM', onSignal);
  signals.on('SIGINT', onSignal);
  signals.on('SIGHUP', (signal) => (isTerminalGone() ? onSignal(signal) : reload()));
}
