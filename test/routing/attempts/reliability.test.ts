import { expect, test } from 'vitest';
import type { CatalogModel } from '../../../src/catalog/catalog-model.ts';
import { createReliability } from '../../../src/routing/attempts/reliability.ts';
import type { Candidate } from '../../../src/routing/resolve-model.ts';
import { createManualClock } from '../../wire/one-port-harness.ts';
import { createScriptedProvider } from '../scripted-provider.ts';

const settings = {
  maxRetries: 2,
  maxRetryWaitMs: 10_000,
  firstTokenTimeoutMs: 15_000,
  reasoningFirstTokenTimeoutMs: 120_000,
  circuitMaxOpenMs: 20_000,
  recovery: 'none',
} as const;

function create(circuitMaxOpenMs: number) {
  return createReliability({ ...settings, circuitMaxOpenMs }, { clock: createManualClock(), random: () => 0 });
}

function candidateOf(fields: Partial<CatalogModel>): Candidate {
  const model: CatalogModel = { provider: 'a', model: 'x', source: 'operator', ...fields };
  const entry = { id: 'a/x', providerId: 'a', isLive: true, canonicalName: 'x', model };
  return { id: 'a/x', provider: createScriptedProvider('a', []), model: 'x', entry };
}

test('what models take and whether they reason is what the catalogue knows', () => {
  const { contextTokensOf, reasons } = create(20_000);
  const unknown = { ...candidateOf({}), entry: undefined };
  expect([contextTokensOf(unknown), reasons(unknown)]).toEqual([undefined, false]);
  expect([contextTokensOf(candidateOf({ contextTokens: 8000 })), reasons(candidateOf({}))]).toEqual([8000, false]);
  const candidate = candidateOf({ capabilities: { reasoning: true } });
  expect(reasons(candidate)).toBe(true);
  expect(reasons({ ...candidate, provider: { ...candidate.provider, reasonsByDefault: () => false } })).toBe(false);
  expect(reasons(candidateOf({ capabilities: { reasoning: true, reasoningEfforts: ['low', 'high'] } }))).toBe(true);
  expect(reasons(candidateOf({ capabilities: { reasoning: true, reasoningEfforts: ['none', 'low'] } }))).toBe(false);
});

test.each([
  [20_000, 5000],
  [1000, 1000],
])('with circuits of up to %i ms, a model is passed over for %i ms at first', (maxOpenMs, openMs) => {
  const { health } = create(maxOpenMs);
  for (let time = 0; time < 5; time += 1) health.begin(candidateOf({})).failed();
  expect(health.read('a/x')).toEqual({ state: 'open', retryInMs: openMs });
});

test('with circuits of 0 ms, none is passed over', () => {
  const { health } = create(0);
  for (let time = 0; time < 100; time += 1) health.begin(candidateOf({})).failed();
  expect([health.read('a/x').state, health.isFailing('a/x')]).toEqual(['closed', false]);
});
