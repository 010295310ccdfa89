import { expect, test } from 'vitest';
import { defaultSeed } from '../../src/catalog/speed/create-performance-book.ts';
import { renderLatencyTables } from '../catalog/speed/latency-table.ts';
import { readDocument } from './documents.ts';

const page = readDocument('docs/latency.md');

test('docs/latency.md has the tables that node scripts/simulate-latency.ts prints', { timeout: 60_000 }, () => {
  const [, printed] = /<!-- printed by: node scripts\/simulate-latency\.ts -->\n\n(.*)\n<!-- end -->/s.exec(page) ?? [];
  expect(printed).toBe(renderLatencyTables());
});

test('docs/latency.md has the seed that is assumed', () => {
  const { firstTokenMs, tokensPerSecond, failureRate, failureMs } = defaultSeed;
  expect(page.replaceAll('\n', ' ')).toContain(
    `${firstTokenMs.toLocaleString('en-US')} ms to the first token, ${tokensPerSecond} tokens a second, ${100 * failureRate} % failures of ${failureMs / 1000} second each`,
  );
});
