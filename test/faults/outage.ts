import { during, type FaultArrival } from '../support/fault-server.ts';
import { type FaultRig, type FaultVariant, listVariants } from './fault-rig.ts';
import { type FaultCase, type FaultRow, type Judgement, judgeWhole } from './fault-rows.ts';

const outageMs = 60_000;
const callEveryMs = 4000;

/** Three calls beyond the twenty of the row reach to half a minute after its end. */
const callCount = 23;

/** When the primary must have been used again, after its health. */
const maxRecoveryMs = 30_000;

/** The most requests that "few" are, of those that meet a primary that is out of order: without a breaker it is one or more for each call. */
const maxProbes = 12;

/** Row 15: a primary that is out of order for a minute. Each of the calls must be answered. */
export const outageRow: FaultRow = {
  number: '15',
  fault: '503 for 60 s, then healthy; 20 requests every 4 s',
  primary: () => during(outageMs, { kind: 'refuse', refusal: 'overloaded' }),
  must: judgeWhole,
};

/** What came of the calls of one variant. */
export interface OutageReport {
  readonly variant: FaultVariant;
  readonly calls: readonly FaultCase[];
  /** How many requests the primary refused. */
  readonly refusedCount: number;
  /** How long the primary had been well when it answered a call again. `undefined`: it did not. */
  readonly recoveredAfterMs: number | undefined;
}

/**
 * Makes the calls of an outage, in all variants at a time.
 *
 * @param pass - lets the time between two rounds of calls pass; gets the calls that are under way.
 */
export async function runOutage(
  rig: FaultRig,
  pass: (durationMs: number, calls: Promise<unknown>) => Promise<void>,
): Promise<OutageReport[]> {
  const rounds: Promise<FaultCase[]>[] = [];
  const variants = listVariants(outageRow);
  for (let count = 0; count < callCount; count += 1) {
    const round = Promise.all(variants.map((variant) => rig.run(variant)));
    rounds.push(round);
    await pass(callEveryMs, round);
  }
  const cases = await Promise.all(rounds);
  return variants.map((variant, place) => {
    const calls = cases.flatMap((round) => round[place] ?? []);
    return { variant, calls, ...readArrivals(calls[0]?.primary.arrivals ?? []) };
  });
}

function readArrivals(arrivals: readonly FaultArrival[]): Pick<OutageReport, 'refusedCount' | 'recoveredAfterMs'> {
  const startedAtMs = arrivals[0]?.atMs ?? 0;
  const answered = arrivals.find(({ fault }) => fault.kind === 'none');
  return {
    refusedCount: arrivals.filter(({ fault }) => fault.kind === 'refuse').length,
    recoveredAfterMs: answered && answered.atMs - startedAtMs - outageMs,
  };
}

/** What is wrong with how an outage was lived through. */
export function judgeOutage({
  calls,
  refusedCount,
  recoveredAfterMs = Number.POSITIVE_INFINITY,
}: OutageReport): Judgement {
  return [
    ...calls.flatMap(judgeWhole),
    ...(refusedCount > maxProbes ? [`the primary was tried ${refusedCount} times while it was out of order`] : []),
    ...(recoveredAfterMs > maxRecoveryMs
      ? [`the primary was used again ${recoveredAfterMs} ms after it was well`]
      : []),
  ];
}
