import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import { loadShippedCatalog } from '../../src/catalog/load-shipped-catalog.ts';

/** A name at a provider, its canonical name, and its date. */
const names: readonly (readonly [string, string, string?])[] = [
  // OpenAI, Azure
  ['gpt-4o', 'gpt-4o'],
  ['gpt-4o-mini', 'gpt-4o-mini'],
  ['gpt-4o-2024-08-06', 'gpt-4o', '20240806'],
  ['gpt-4.1', 'gpt-4.1'],
  ['gpt-4-1106-preview', 'gpt-4-1106-preview'],
  ['gpt-4-turbo-2024-04-09', 'gpt-4-turbo', '20240409'],
  ['gpt-4-0613', 'gpt-4', '0613'],
  ['gpt-35-turbo', 'gpt-3.5-turbo'],
  ['gpt-3.5-turbo-16k', 'gpt-3.5-turbo-16k'],
  ['gpt-4o-audio-preview-2024-10-01', 'gpt-4o-audio-preview', '20241001'],
  ['gpt-5-chat-latest', 'gpt-5-chat'],
  ['gpt-5.6-sol', 'gpt-5.6-sol'],
  ['o3-mini-2025-01-31', 'o3-mini', '20250131'],
  // Anthropic, and the same models elsewhere
  ['claude-3-5-sonnet-20241022', 'claude-3.5-sonnet', '20241022'],
  ['claude-3-5-sonnet-latest', 'claude-3.5-sonnet'],
  ['claude-3.5-sonnet', 'claude-3.5-sonnet'],
  ['claude-3-haiku-20240307', 'claude-3-haiku', '20240307'],
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4.5', '20250929'],
  ['anthropic/claude-sonnet-4.5', 'claude-sonnet-4.5'],
  ['claude-4.5-sonnet', 'claude-sonnet-4.5'],
  ['claude-opus-4-0', 'claude-opus-4'],
  ['claude-opus-4@20250514', 'claude-opus-4', '20250514'],
  ['claude-opus-5', 'claude-opus-5'],
  ['anthropic/claude-opus-5-fast', 'claude-opus-5-fast'],
  ['claude-fable-5-1', 'claude-fable-5.1'],
  // Bedrock
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4.5', '20250929'],
  ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4.6'],
  ['anthropic.claude-3-haiku-20240307-v1:0:48k', 'claude-3-haiku:48k', '20240307'],
  ['meta.llama3-1-70b-instruct-v1:0', 'llama-3.1-70b-instruct'],
  ['us-gov.openai.gpt-oss-120b-1:0', 'gpt-oss-120b'],
  ['deepseek.v3-v1:0', 'deepseek-v3'],
  ['deepseek.v3.2', 'deepseek-v3.2'],
  ['us.deepseek.r1-v1:0', 'deepseek-r1'],
  ['eu.mistral.pixtral-large-2502-v1:0', 'pixtral-large', '20250200'],
  ['amazon.nova-pro-v1:0', 'nova-pro'],
  ['zai.glm-5.3', 'glm-5.3'],
  // Google
  ['gemini-2.5-flash', 'gemini-2.5-flash'],
  ['gemini-2.5-flash-lite', 'gemini-2.5-flash-lite'],
  ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['gemini-2.5-flash-preview-05-20', 'gemini-2.5-flash', '0520'],
  ['gemini-2.5-flash-lite-preview-09-2025', 'gemini-2.5-flash-lite', '20250900'],
  ['gemini-3-flash-preview', 'gemini-3-flash-preview'],
  ['gemini-2.0-flash-001', 'gemini-2.0-flash', '001'],
  ['gemini-flash-latest', 'gemini-flash'],
  ['gemma2-9b-it', 'gemma-2-9b-it'],
  ['google.gemma-4-31b', 'gemma-4-31b'],
  // Open weights at several providers
  ['openai/gpt-oss-120b', 'gpt-oss-120b'],
  ['accounts/fireworks/models/gpt-oss-20b', 'gpt-oss-20b'],
  ['gpt-oss:20b', 'gpt-oss-20b'],
  ['openai/gpt-oss-20b:free', 'gpt-oss-20b:free'],
  ['llama3.2:latest', 'llama-3.2'],
  ['llama3.1:8b', 'llama-3.1-8b'],
  ['accounts/fireworks/models/llama-v3p1-8b-instruct', 'llama-3.1-8b-instruct'],
  ['meta-llama/Llama-3.1-8B-Instruct', 'llama-3.1-8b-instruct'],
  ['Meta-Llama-3_3-70B-Instruct', 'llama-3.3-70b-instruct'],
  ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'llama-3.3-70b-instruct-turbo'],
  ['@cf/meta/llama-3.3-70b-instruct-fp8-fast', 'llama-3.3-70b-instruct-fp8-fast'],
  ['Qwen/Qwen3-235B-A22B', 'qwen3-235b-a22b'],
  ['Qwen/Qwen3-235B-A22B-Instruct-2507', 'qwen3-235b-a22b-instruct', '20250700'],
  ['Qwen/Qwen3-235B-A22B-Thinking-2507', 'qwen3-235b-a22b-thinking', '20250700'],
  ['qwen/qwen-2.5-72b-instruct', 'qwen2.5-72b-instruct'],
  ['accounts/fireworks/models/qwen3p8-2p4t-a95b', 'qwen3.8-2.4t-a95b'],
  ['qwen-plus-2025-09-11', 'qwen-plus', '20250911'],
  ['deepseek-ai/DeepSeek-V3-0324', 'deepseek-v3', '0324'],
  ['deepseek-ai/DeepSeek-V4.1-Flash-1017-Fast', 'deepseek-v4.1-flash-1017-fast'],
  ['moonshotai/Kimi-K2-Instruct-0905', 'kimi-k2-instruct', '0905'],
  ['zai-org/GLM-5.3-Flash', 'glm-5.3-flash'],
  ['nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B', 'nemotron-3-ultra-550b-a55b'],
  ['nvidia/nemotron-3-ultra-550b-a55b:free', 'nemotron-3-ultra-550b-a55b:free'],
  ['MiniMaxAI/MiniMax-M2.5', 'minimax-m2.5'],
  ['mistral-large-2512', 'mistral-large', '20251200'],
  ['mistral-large-latest', 'mistral-large'],
  ['mistralai/mistral-7b-instruct-v0.3', 'mistral-7b-instruct-v0.3'],
  ['command-r-08-2024', 'command-r', '20240800'],
  ['command-r-plus-08-2024', 'command-r-plus', '20240800'],
  ['grok-2-vision-1212', 'grok-2-vision', '1212'],
  ['x-ai/grok-4-fast', 'grok-4-fast'],
  ['llama2-70b-4096', 'llama-2-70b-4096'],
];

/** Names of the parts that the rule knows, put together at random. */
const crafted = fc
  .array(
    fc.constantFrom(
      ...[
        'claude',
        'gpt',
        'llama',
        'qwen',
        'meta',
        'nvidia',
        'nemotron',
        'opus',
        '4',
        '5',
        '4.5',
        '3p1',
        '3_3',
        '35',
        'v1',
        'v3',
        '20b',
      ],
      ...[
        '2024',
        '08',
        '06',
        '0324',
        '20250929',
        '2512',
        '001',
        'latest',
        'preview',
        'exp',
        'maas',
        'gemini',
        'default',
        'us',
        'r1',
      ],
      ...['-', '-', '-', '.', '/', ':', '@', ' ', '_', ':0', ':free', ':latest', '4.0', 'llama3', 'qwen3', '250715'],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const anyName = fc.oneof(
  crafted,
  crafted.map((name) => name.replaceAll(/(?<=[a-z\d])(?=[a-z])/g, '-')),
  fc.string({ unit: 'binary' }),
);

describe('canonicaliseModelName', () => {
  const table = names.map(([name, canonical, snapshot]) => ({ name, canonical, snapshot }));

  it.each(table)('$name is $canonical', ({ name, canonical, snapshot }) => {
    expect(canonicaliseModelName(name)).toEqual({ name: canonical, snapshot });
  });

  it('gives a name that is its own canonical name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const once = canonicaliseModelName(name).name;
        expect(canonicaliseModelName(once).name).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives no empty name for a name that has a letter', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        fc.pre(/[a-z]/i.test(name));
        expect(canonicaliseModelName(name).name).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  it('says a date in one of its forms, or none', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(canonicaliseModelName(name).snapshot ?? '0101').toMatch(/^(?:20\d{6}|\d{4}|00\d)$/);
      }),
    );
  });

  it('gives each shipped model a name that is its own canonical name', () => {
    for (const { model } of loadShippedCatalog().models) {
      const { name } = canonicaliseModelName(model);
      expect(canonicaliseModelName(name).name).toBe(name);
    }
  });

  // Each of these takes minutes where a step goes over the whole name again for each of its parts.
  it.each([
    '-',
    '.',
    'a.',
    ':',
    '/',
    '1',
    '1-',
    '1_',
    '0101-',
    '2024-01-01-',
    '-latest',
    '-v1',
    '@',
    ' ',
    'meta-',
    'a',
    '3p',
    ':0',
    '-1:0',
    '1.',
  ])('takes a million characters of %j', (part) => {
    expect(() => canonicaliseModelName(part.repeat(1_000_000 / part.length))).not.toThrow();
  });
});
