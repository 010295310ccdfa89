import type { RouterEvent } from './router-book.ts';
import type { WorkspaceRouters } from './workspace-routers.ts';

/** What a watch is given. */
export interface WatchOptions {
  /** Drawn once for the process: the numbers in resume tokens mean nothing to others. Without a full stop. */
  readonly epoch: string;
  /** Of an earlier event, or empty. */
  readonly resumeToken: string;
  /** Any of them ends the watch. */
  readonly signals: readonly AbortSignal[];
}

/**
 * The routers in force, then changes.
 *
 * Changes that the watcher has not taken yet are kept as names, in the order of their first change: a router that changed twice meanwhile
 * is sent once, as it is by then. A slow watcher thus costs no more than one name for each router.
 *
 * A token stands for everything up to a change. Events before `synced` of a watch that did not resume carry the empty token, since what
 * has been sent by then is no state to resume from.
 */
export async function* watchRouters(
  routers: WorkspaceRouters,
  options: WatchOptions,
): AsyncGenerator<RouterEvent, void> {
  const { changes } = routers;
  const encodeToken = (sequence: number): string => `${options.epoch}.${routers.number}.${sequence}`;
  const toEvent = (name: string, resumeToken: string): RouterEvent => {
    const router = routers.get(name);
    return router === undefined ? { kind: 'deleted', name, resumeToken } : { kind: 'saved', router, resumeToken };
  };

  const isEnded = (): boolean => options.signals.some(({ aborted }) => aborted);
  const pending = new Map<string, number>();
  let wake = (): void => {};
  const unsubscribe = routers.onChange((name, sequence) => {
    if (!pending.has(name)) pending.set(name, sequence);
    wake();
  });
  const onAbort = (): void => wake();
  for (const signal of options.signals) signal.addEventListener('abort', onAbort);
  try {
    const startSequence = changes.sequence;
    const sequence = parseToken(options.resumeToken, encodeToken(0));
    const missed = sequence === undefined ? undefined : changes.namesAfter(sequence);
    // Made before anything is sent, so that what changes while it is sent comes once more, after it.
    const present =
      missed === undefined
        ? routers.names.map((name) => toEvent(name, ''))
        : missed.map((name) => toEvent(name, options.resumeToken));
    if (missed === undefined && !isEnded()) yield { kind: 'reset', resumeToken: '' };
    for (const event of present) {
      if (isEnded()) return;
      yield event;
    }
    if (isEnded()) return;
    yield { kind: 'synced', resumeToken: encodeToken(startSequence) };

    while (!isEnded()) {
      const [name] = pending.keys();
      if (name === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      pending.delete(name);
      const [next] = pending.values();
      yield toEvent(name, encodeToken(next === undefined ? changes.sequence : next - 1));
    }
  } finally {
    unsubscribe();
    for (const signal of options.signals) signal.removeEventListener('abort', onAbort);
  }
}

/**
 * @param zeroToken - the token of this process and workspace with the number 0.
 * @returns undefined when the token is of another process, or none.
 */
function parseToken(token: string, zeroToken: string): number | undefined {
  const prefix = zeroToken.slice(0, -1);
  const digits = token.slice(prefix.length);
  return token.startsWith(prefix) && /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
