import { expect, test } from 'vitest';
import { canonicaliseModelName } from '../../../src/catalog/canonicalise-model-name.ts';
import type { CatalogEntry } from '../../../src/catalog/catalog-view.ts';
import { epoch } from '../../../src/catalog/sync/epoch/index.ts';
import { matchScores } from '../../../src/catalog/sync/match-scores.ts';

const { scores } = epoch.decode(
  [
    'Model,eci,date',
    'GPT-5,150,2025-08-07',
    'GPT-4o (Nov 2024),130,2024-11-20',
    'GPT-4o (May 2024),128,2024-05-13',
    'Claude Opus 4.5,149,2025-11-24',
    'Claude 3.5 Sonnet,130,2024-06-20',
    'Claude 3.5 Sonnet (October 2024),134,2024-10-22',
    'Llama 3.1-405B,127,2024-07-23',
    'Qwen3-235B-A22B-Thinking (Jul 2025),145,2025-07-25',
    'Gemini 3 Pro,154,2025-11-18',
    'gpt-oss-120b,139,2025-08-05',
    'DeepSeek-V3 (Mar 2025),136,2025-03-24',
  ].join('\n'),
  '2026-11-23',
);

/** The index that a model is given the score of. */
function scoreOf(modelName: string, provider = 'p'): number | undefined {
  const { name, snapshot } = canonicaliseModelName(modelName);
  const entry: CatalogEntry = {
    id: `${provider}/${modelName}`,
    providerId: provider,
    isLive: true,
    canonicalName: name,
    model: { provider, model: modelName, source: 'test', ...(snapshot !== undefined && { snapshot }) },
  };
  const [row] = matchScores([entry], scores, 'epoch');
  if (row === undefined) return undefined;
  expect(row).toMatchObject({ provider, model: modelName, source: 'epoch' });
  const value = row.scores?.intelligence?.value ?? 0;
  return Math.round(140 - 15 * Math.log(100 / value - 1));
}

test.each([
  ['gpt-5', 150],
  ['gpt-5-2025-08-07', 150],
  ['gpt-5-chat', undefined],
  ['gpt-5-mini', undefined],
  ['openai/gpt-5', 150],
  ['gpt-4o', 130],
  ['gpt-4o-2024-11-20', 130],
  ['gpt-4o-2024-05-13', 128],
  ['gpt-4o-2024-08-06', undefined],
  ['us.anthropic.claude-opus-4-5-20251101-v1:0', 149],
  ['claude-opus-4.5', 149],
  ['claude-3-5-sonnet-20241022', 134],
  ['claude-3-5-sonnet-20240620', 130],
  ['claude-3.5-sonnet', 134],
  ['meta-llama/Meta-Llama-3.1-405B-Instruct', 127],
  ['accounts/fireworks/models/llama-v3p1-405b-instruct', 127],
  ['qwen3-235b-a22b-thinking-2507', 145],
  ['qwen3-235b-a22b', undefined],
  ['gemini-3-pro-preview', 154],
  ['openai/gpt-oss-120b:free', 139],
  ['openai/gpt-oss-120b:thinking', undefined],
  ['deepseek-v3-0324', 136],
  ['deepseek-v3', 136],
])('%s has the score of the index %s', (name, index) => {
  expect(scoreOf(name)).toBe(index);
});

test('a score is given to the model at every provider', () => {
  expect([scoreOf('gpt-5', 'openai'), scoreOf('openai/gpt-5', 'openrouter'), scoreOf('gpt-5', 'azure')]).toEqual([
    150, 150, 150,
  ]);
});
