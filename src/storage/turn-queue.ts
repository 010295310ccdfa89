/** Lets callers through one at a time, first come, first served. */
export interface TurnQueue {
  /**
   * Waits for the caller's turn.
   *
   * @returns ends the turn. Calling it again does nothing.
   */
  enter(): Promise<() => void>;
}

/** Makes a queue that nobody is in. It holds no more than its callers do, who wait for it. */
export function createTurnQueue(): TurnQueue {
  let last: Promise<void> = Promise.resolve();
  return {
    enter() {
      const previous = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      return previous.then(() => resolve);
    },
  };
}

/** Waits for a turn in the queue, runs `run`, and ends the turn, also when it fails. */
export async function runInTurn<Result>(queue: TurnQueue, run: () => Promise<Result>): Promise<Result> {
  const leave = await queue.enter();
  try {
    return await run();
  } finally {
    leave();
  }
}
