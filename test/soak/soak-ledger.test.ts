import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { canonicalText } from '../support/faults/canonical-answer.ts';
import { type ClientCall, SoakLedger } from './soak-ledger.ts';

const answered: ClientCall = {
  generationId: 'a',
  kind: 'answered',
  text: canonicalText,
  reason: undefined,
  protocol: 'rest',
  isStreamed: true,
  providerRequests: 1,
};
const line: JsonObject = {
  level: 'info',
  msg: 'call answered',
  generation_id: 'a',
  protocol: 'rest',
  stream: true,
  attempts: [{ model: 'x' }],
};
const metrics = [
  {
    name: 'signalbox_calls_total',
    help: '',
    unit: undefined,
    type: 'counter',
    samples: [{ name: 'signalbox_calls_total', labels: { signalbox_protocol: 'rest' }, value: 1 }],
  },
];

function listProblems(calls: readonly ClientCall[], lines: readonly JsonObject[]): readonly string[] {
  const ledger = new SoakLedger();
  for (const call of calls) ledger.addClientCall(call);
  for (const one of lines) ledger.addLogLine(one);
  ledger.close(metrics);
  return ledger.problems;
}

it('finds nothing wrong where both sides agree', () => {
  expect(listProblems([answered], [line])).toEqual([]);
});

it.each<[string, readonly ClientCall[], readonly JsonObject[]]>([
  ['a call without a line', [answered], []],
  ['a line without a call', [], [line]],
  ['a call with two lines', [answered], [line, line]],
  ['an answer that the log has as an error', [answered], [{ ...line, msg: 'call failed', error_reason: 'STREAM_CUT' }]],
  ['an error that the log has as an answer', [{ ...answered, kind: 'failed', reason: 'STREAM_CUT' }], [line]],
  ['an answer that was cut', [{ ...answered, text: canonicalText.slice(0, -1) }], [line]],
  ['an answer with a word twice', [{ ...answered, text: `${canonicalText} word60` }], [line]],
  ['a connection that broke', [{ ...answered, kind: 'broken' }], [line]],
  ['an attempt too few in the log', [{ ...answered, providerRequests: 2 }], [line]],
  ['another protocol in the log', [answered], [{ ...line, protocol: 'grpc' }]],
  [
    'a call that the metrics do not have',
    [answered, { ...answered, generationId: 'b' }],
    [line, { ...line, generation_id: 'b' }],
  ],
  ['an error in the log', [answered], [line, { level: 'error', msg: 'unhandled' }]],
])('finds %s', (_name, calls, lines) => {
  expect(listProblems(calls, lines)).not.toEqual([]);
});
