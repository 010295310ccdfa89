import type { Clock } from '../core/clock.ts';

/** How long the rest of a body is waited for once its answer is whole. */
export interface FinishingOptions {
  readonly clock: Clock;
  /** In milliseconds. */
  readonly finishTimeoutMs: number;
}

/** The next piece, or `undefined` when it does not come in time: a provider that has finished may forget to hang up. */
export function nextBeforeTimeout(
  body: AsyncIterator<Uint8Array>,
  { clock, finishTimeoutMs }: FinishingOptions,
): Promise<IteratorResult<Uint8Array> | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(finishTimeoutMs, () => resolve(undefined));
    body.next().then(resolve, reject).finally(cancel);
  });
}

/**
 * Lets a body end by itself, which leaves its connection for the next call: the end comes with the last event or right after it. A server
 * that sends more has ended all the same. Nobody waits for that.
 */
export function drainBody(body: AsyncIterator<Uint8Array>, options: FinishingOptions): void {
  nextBeforeTimeout(body, options)
    .then((piece) => (piece?.done === true ? undefined : body.return?.()))
    .catch(() => {});
}
