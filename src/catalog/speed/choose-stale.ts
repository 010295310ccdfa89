/** A candidate that may be probed. */
export interface ProbeCandidate {
  readonly candidate: string;
  /** Where it is in the order of the call. */
  readonly index: number;
  /** What is expected of it, times in milliseconds. */
  readonly firstTokenMs: number;
  readonly failureRate: number;
  readonly failureMs: number;
}

/**
 * Chooses one of those that may be probed, or none. All have the same chance, less where a probe would take long: one that is expected to
 * cost a call as much again as the best candidate takes is chosen as often as any, one that would cost ten times as much ten times less
 * often. So the probes of many calls take no longer on average than their share of the calls times what the best candidate takes,
 * whatever is probed.
 *
 * @param bestMs - what the best candidate takes to its first token.
 * @param drawn - by chance, from 0, below 1.
 */
export function chooseStale(
  stale: readonly ProbeCandidate[],
  bestMs: number,
  drawn: number,
): ProbeCandidate | undefined {
  const place = drawn * stale.length;
  const chosen = stale[Math.floor(place)];
  if (chosen === undefined) return undefined;
  const { firstTokenMs, failureRate, failureMs } = chosen;
  const extraMs = (1 - failureRate) * (firstTokenMs - bestMs) + failureRate * failureMs;
  const chance = extraMs <= bestMs ? 1 : bestMs / extraMs;
  return place - Math.floor(place) < chance ? chosen : undefined;
}
