import type { Clock } from '../../core/clock.ts';
import { endGraceMs } from '../cut-response.ts';

/**
 * Cuts an answer off a while after its call was stopped, unless it has ended by then. Connect waits without an end for a client that
 * does not read.
 *
 * @param signal - aborted when the call is stopped.
 * @returns to be called when the answer has ended.
 */
export function cutWhenStuck(signal: AbortSignal, clock: Clock, cut: () => void): () => void {
  let cancelCut = (): void => {};
  const arm = (): void => {
    cancelCut = clock.after(endGraceMs, cut);
  };
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return () => {
    signal.removeEventListener('abort', arm);
    cancelCut();
  };
}
