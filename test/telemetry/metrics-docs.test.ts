import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type MetricFamily, parsePrometheusText } from './prometheus-text.ts';
import {
  createAttempt,
  createCall,
  createCircuitChange,
  createFailedCall,
  createRejected,
  createStart,
} from './records.ts';

interface Row {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly labels: readonly string[];
  readonly meaning: string;
}

/** Units that Prometheus spells out. What is counted has a unit in the table alone. */
const prometheusUnits = ['seconds', 'bytes'];

const rowPattern = /^\| `(\w+)` \| (\w+) \| (\w+) \| ([\w` ]*?) ?\| (.*) \|$/;

function readTable(): Row[] {
  const path = join(import.meta.dirname, '../../docs/metrics.md');
  const [, section = ''] = readFileSync(path, 'utf8').split('## Every metric');
  return section
    .split('\n')
    .map((line) => rowPattern.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', type = '', unit = '', labels = '', meaning = '']) => ({
      name,
      type,
      unit: prometheusUnits.includes(unit) ? unit : undefined,
      labels: [...labels.matchAll(/\w+/g)].map(([label]) => label).sort(),
      meaning,
    }));
}

function describeFamily({ name, type, unit, samples, help }: MetricFamily): Row {
  const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
  labels.delete('le');
  return { name, type, unit, labels: [...labels].sort(), meaning: help };
}

/** Events after which every metric has shown every label. */
async function renderAfterEverything(): Promise<string> {
  const metrics = createMetrics();
  metrics.callStarted?.(createStart());
  metrics.attemptEnded?.(createAttempt({ errorReason: 'PROVIDER_RATE_LIMITED' }));
  metrics.attemptEnded?.(createAttempt());
  metrics.callEnded?.(createCall());
  metrics.callEnded?.(createFailedCall());
  metrics.requestRejected?.(createRejected());
  metrics.circuitChanged?.(createCircuitChange());
  metrics.callShed?.({ cause: 'memory' });
  metrics.queueChanged?.({ change: 1 });
  const text = await metrics.renderPrometheus();
  await metrics.close();
  return text;
}

function byName(left: Row, right: Row): number {
  return left.name < right.name ? -1 : 1;
}

it('the table of docs/metrics.md is what the server writes', async () => {
  const written = parsePrometheusText(await renderAfterEverything()).map(describeFamily);
  const documented = readTable();

  expect(documented.sort(byName)).toEqual(written.sort(byName));
});
