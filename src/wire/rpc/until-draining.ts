import type { ServerState } from '../server-state.ts';

/**
 * Gives the items of a stream until it ends or the server drains, whichever comes first: a client that keeps a stream open and says
 * nothing must not hold up the shutdown.
 */
export async function* untilDraining<Item>(items: AsyncIterable<Item>, state: ServerState): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let stopWaiting = (): void => {};
  const unsubscribe = state.onDrain(() => stopWaiting());
  try {
    while (!state.isDraining) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Item>>();
      stopWaiting = () => resolve({ done: true, value: undefined });
      iterator.next().then(resolve, reject);
      const { done, value } = await promise;
      if (done === true) return;
      yield value;
    }
  } finally {
    unsubscribe();
  }
}
