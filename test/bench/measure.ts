/** What a benchmark found. */
export interface Measurement {
  readonly name: string;
  /** Of one call, in microseconds; the median of several rounds. */
  readonly medianUs: number;
  /** How many times as long as another one of the same run. */
  readonly ratio?: number;
  readonly ratioTo?: string;
}

const rounds = 7;
const warmUpCalls = 2000;

/** Times a call that is too short for one. */
export function measureCalls(name: string, run: (call: number) => void, callsOfRound = 5000): Measurement {
  for (let call = 0; call < Math.min(warmUpCalls, callsOfRound * 2); call += 1) run(call);
  const results = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    for (let call = 0; call < callsOfRound; call += 1) run(call);
    return ((performance.now() - startedAt) / callsOfRound) * 1000;
  });
  return { name, medianUs: median(results) };
}

/** Times something that is done once. */
export async function measureOnce<Result>(name: string, run: () => Promise<Result>): Promise<[Measurement, Result]> {
  const startedAt = performance.now();
  const result = await run();
  return [{ name, medianUs: (performance.now() - startedAt) * 1000 }, result];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
