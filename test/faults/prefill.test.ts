import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultArrival } from '../support/fault-server.ts';
import { canonicalText, canonicalWords } from '../support/faults/canonical-answer.ts';
import { faultDialects } from '../support/faults/fault-dialect.ts';
import { type FaultRig, type FaultVariant, openFaultRig } from './fault-rig.ts';
import { type FaultRow, faultRows } from './fault-rows.ts';
import { testScale } from './fault-scale.ts';

/** Claude is the one of the three that goes on from a turn of its own. */
const variant: FaultVariant = { dialect: 'anthropic', protocol: 'gRPC', isStreamed: true, recovery: 'continue' };
const { readRequest } = faultDialects.anthropic;

function findRow(number: string): FaultRow {
  const row = faultRows.find((candidate) => candidate.number === number);
  if (row === undefined) throw new Error(`there is no row ${number}`);
  return row;
}

/** What each request had as the beginning of its answer. */
function listPrefills(arrivals: readonly FaultArrival[]): (string | undefined)[] {
  return arrivals.map(({ request }) => {
    const { endsWithPrefill, spoken } = readRequest(request);
    return endsWithPrefill ? spoken : undefined;
  });
}

describe('an answer that was cut after 40 words, with recovery continue', () => {
  const spoken = canonicalWords.slice(0, 40).join('');
  let taking: FaultRig;
  let refusing: FaultRig;
  beforeAll(async () => {
    taking = await openFaultRig(findRow('8'), testScale);
    refusing = await openFaultRig(findRow('14'), testScale);
  });
  afterAll(async () => {
    await taking.close();
    await refusing.close();
  });

  test('is taken up where it was cut by a model that does so', async () => {
    const { outcome, primary } = await taking.run(variant);
    expect(outcome).toMatchObject({ text: canonicalText, error: undefined, hasEnd: true });
    expect(listPrefills(primary.arrivals)).toEqual([undefined, spoken]);
  });

  test('is asked for again of a model that refuses to', async () => {
    const { outcome, fallback } = await refusing.run(variant);
    expect(outcome).toMatchObject({ text: canonicalText, error: undefined, hasEnd: true });
    expect(listPrefills(fallback.arrivals)).toEqual([spoken, undefined]);
  });
});
