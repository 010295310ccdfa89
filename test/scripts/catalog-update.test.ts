import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderPlan } from '../../scripts/catalog/provider-plan.ts';
import { updateCatalog } from '../../scripts/catalog-update.ts';
import { parseShippedCatalog } from '../../src/catalog/load-shipped-catalog.ts';

const fixtures = fileURLToPath(new URL('../fixtures/catalog/', import.meta.url));

/** Where the files of the fixtures are in the packages that they stand for. Folders of these names are not kept in the repository. */
const places = {
  'pi-ai/package.json': 'pi-ai/package.json',
  'pi-ai/manifest.json': 'pi-ai/dist/providers/data/.manifest.json',
  'pi-ai/openai.json': 'pi-ai/dist/providers/data/openai.json',
  'pi-ai/openrouter.json': 'pi-ai/dist/providers/data/openrouter.json',
  'genai-prices/package.json': 'genai-prices/package.json',
  'genai-prices/index.js': 'genai-prices/dist/index.js',
  'gpt-tokenizer/package.json': 'gpt-tokenizer/package.json',
  'gpt-tokenizer/models.gen.js': 'gpt-tokenizer/esm/models.gen.js',
  'tokenlens/package.json': 'tokenlens/package.json',
  'tokenlens/index.js': 'tokenlens/dist/index.js',
} as const;

const plans: readonly ProviderPlan[] = [
  { id: 'openai', name: 'OpenAI', piAi: 'openai', genai: 'openai', isOpenAi: true, schemaModels: 'strict-flag' },
  { id: 'cohere', name: 'Cohere', genai: 'cohere' },
  { id: 'openrouter', name: 'OpenRouter', piAi: 'openrouter', prices: 'pi-ai', leavesOut: /:batch$/ },
];

let folder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-test-'));
  printed = [];
  for (const [file, place] of Object.entries(places)) {
    const path = join(folder, place);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(fixtures, file), path);
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const target = (name = 'catalog.json') => pathToFileURL(join(folder, name));

function update(
  args: readonly string[] = [],
  options: { piAi?: string; name?: string; plans?: readonly ProviderPlan[]; releaseDates?: object } = {},
) {
  const releaseDatesFile = join(folder, 'release-dates.json');
  if (options.releaseDates === undefined) copyFileSync(join(fixtures, 'release-dates.json'), releaseDatesFile);
  else writeFileSync(releaseDatesFile, JSON.stringify(options.releaseDates));
  const folders = ['genai-prices', 'gpt-tokenizer', 'tokenlens'].flatMap((name) => [`--${name}`, join(folder, name)]);
  return updateCatalog(['--pi-ai', options.piAi ?? join(folder, 'pi-ai'), ...folders, ...args], {
    target: target(options.name),
    correctionsFile: pathToFileURL(join(fixtures, 'corrections.json')),
    releaseDatesFile: pathToFileURL(releaseDatesFile),
    plans: options.plans ?? plans,
    print: (line) => printed.push(line),
  });
}

function find(id: string) {
  const { models } = parseShippedCatalog(readFileSync(target(), 'utf8'));
  return models.find(({ provider, model }) => `${provider}/${model}` === id);
}

/** A pi-ai in which some text of a provider's file is another. */
function changePiAi(provider: string, from: string, to: string): string {
  const changed = mkdtempSync(join(folder, 'changed-'));
  cpSync(join(folder, 'pi-ai'), changed, { recursive: true });
  const file = join(changed, `dist/providers/data/${provider}.json`);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
  return changed;
}

describe('updateCatalog', () => {
  it('joins what the sources say of a model', async () => {
    await expect(update()).resolves.toBe(0);
    expect(find('openai/gpt-4.1')).toEqual({
      provider: 'openai',
      model: 'gpt-4.1',
      displayName: 'GPT-4.1',
      creator: 'OpenAI',
      inputModalities: ['text', 'image', 'audio', 'file'],
      outputModalities: ['text'],
      contextTokens: 1_047_576,
      maxOutputTokens: 32_768,
      capabilities: { functionCalling: true, responseSchema: false, reasoning: false, promptCaching: true },
      supportedParameters: expect.arrayContaining(['max_tokens', 'tools']),
      // What held before September is gone, what the catalogue has no name for too; the price of cache reads is pi-ai's.
      prices: [{ prices: { input_mtok: 2, output_mtok: 8, input_audio_mtok: 5, cache_read_mtok: 0.5 } }],
      releaseDate: '2025-04-14',
      source: 'pi-ai 9.0.0, genai-prices 9.1.0, gpt-tokenizer 9.2.0, tokenlens 9.3.0',
    });
    expect(find('openai/gpt-4.1')?.supportedParameters).not.toContain('reasoning_effort');
  });

  it('tells dated versions apart and dates them by their names', async () => {
    await update();
    expect(find('openai/gpt-4.1-2025-04-14')).toMatchObject({ snapshot: '20250414', releaseDate: '2025-04-14' });
  });

  it('takes a date from the table where no package has one, and says so', async () => {
    await update();
    expect(find('openrouter/deepseek/deepseek-v9')).toMatchObject({
      releaseDate: '2026-10-01',
      source: 'pi-ai 9.0.0, release-dates 2026-11-01',
    });
    expect(find('openai/gpt-4.1')).toMatchObject({ releaseDate: '2025-04-14' });
  });

  it('dates an offer like the model that it is one of', async () => {
    await update();
    expect(find('openrouter/openai/gpt-4.1:free')).toMatchObject({ releaseDate: '2025-04-14' });
    expect(find('openai/o9')).not.toHaveProperty('releaseDate');
  });

  it('says which rows of the table date no model: gone, or dated by a package', async () => {
    await expect(update()).resolves.toBe(0);
    expect(printed.filter((line) => line.startsWith('Unused'))).toEqual([
      'Unused: release-dates.json: "gone-1" dates no model.',
      'Unused: release-dates.json: "gpt-4.1" dates no model.',
    ]);
  });

  it.each([
    [
      'a name that no model can have',
      { 'openai/GPT-9': { date: '2026-10-01', source: 'https://example.com' } },
      /canonical/,
    ],
    ['a day that there is not', { 'gpt-9': { date: '2026-02-30', source: 'https://example.com' } }, /date/],
    ['a date without a day', { 'gpt-9': { date: '2026-02', source: 'https://example.com' } }, /date/],
    ['a source that is none', { 'gpt-9': { date: '2026-10-01', source: 'somebody' } }, /source/],
  ])('fails on a table with %s', async (_what, models, message) => {
    const releaseDates = { asOf: '2026-11-01', sources: {}, models };
    await expect(update([], { releaseDates })).rejects.toThrow(message);
    expect(existsSync(target())).toBe(false);
  });

  it('takes the newer source where prices differ, with its tiers, and says so', async () => {
    await update();
    expect(find('openai/o9')?.prices).toEqual([
      {
        prices: {
          input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] },
          output_mtok: { base: 12, tiers: [{ start: 200_000, price: 24 }] },
          web_searches_kcount: 10,
        },
      },
    ]);
    expect(printed).toContain('Disagree: openai/o9: pi-ai 3/12, genai-prices 1/4, taken from pi-ai');
  });

  it('names efforts as requests do, and knows no limit that cannot be', async () => {
    await update();
    expect(find('openai/o9')?.capabilities).toEqual({
      functionCalling: true,
      responseSchema: true,
      reasoning: true,
      reasoningEfforts: ['low', 'medium', 'high', 'xhigh'],
    });
    expect(find('openai/o9')).not.toHaveProperty('maxOutputTokens');
  });

  it.each(['openai/gpt-4.1-pro', 'cohere/command-old', 'openrouter/openai/gpt-4.1:batch'])(
    'leaves out %s',
    async (id) => {
      await update();
      expect(find(id)).toBeUndefined();
    },
  );

  it('tells free from not known', async () => {
    await update();
    expect(find('openrouter/openai/gpt-4.1:free')?.prices).toEqual([{ prices: { input_mtok: 0, output_mtok: 0 } }]);
    expect(find('openrouter/openrouter/auto')).toBeDefined();
    expect(find('openrouter/openrouter/auto')).not.toHaveProperty('prices');
  });

  it('does not believe a price that no offer has', async () => {
    await update();
    expect(find('openrouter/deepseek/deepseek-v9')).toBeDefined();
    expect(find('openrouter/deepseek/deepseek-v9')).not.toHaveProperty('prices');
    expect(printed).toContain(
      'Disagree: openrouter/deepseek/deepseek-v9: pi-ai 0.006/2, genai-prices not known, taken from none',
    );
  });

  it('takes what is corrected by hand', async () => {
    await update();
    expect(find('cohere/command-a')).toMatchObject({ contextTokens: 256_000, capabilities: { functionCalling: true } });
  });

  it('has the sandbox, marked as a test', async () => {
    await update();
    expect(find('sandbox/tools')).toMatchObject({
      isTest: true,
      source: 'signalbox',
      prices: [{ prices: { input_mtok: 0, output_mtok: 0 } }],
      capabilities: { functionCalling: true },
    });
    expect(find('sandbox/error-500')).toBeUndefined();
  });

  it('writes the same file from the same packages, one line for each model', async () => {
    await update();
    await update([], { name: 'again.json' });
    const text = readFileSync(target(), 'utf8');
    expect(readFileSync(target('again.json'), 'utf8')).toBe(text);
    const { models } = parseShippedCatalog(text);
    expect(text.split('\n').filter((line) => line.includes('"model":'))).toHaveLength(models.length);
  });

  it('says what changes, and nothing when nothing does', async () => {
    await update();
    expect(printed).toContain('Added: openai/gpt-4.1');
    printed = [];
    await update();
    expect(printed.filter((line) => /^(?:Added|Removed|Changed):/.test(line))).toEqual([]);
  });

  it('says which limits and prices changed, and which models are gone', async () => {
    await update();
    const cheaper = changePiAi('openai', '"input": 3, "output": 12', '"input": 2.5, "output": 12');
    await expect(update([], { piAi: cheaper })).resolves.toBe(0);
    expect(printed).toContain(
      'Changed: openai/o9 input_mtok: {"base":3,"tiers":[{"start":200000,"price":6}]} -> {"base":2.5,"tiers":[{"start":200000,"price":6}]}',
    );
    await update([], { plans: plans.filter(({ id }) => id !== 'openrouter') });
    expect(printed).toContain('Removed: openrouter/openrouter/auto');
  });

  it.each([
    ['four times the price', '"input": 12, "output": 48'],
    ['a fourth of the price', '"input": 0.75, "output": 3'],
  ])('refuses %s, and writes nothing', async (_what, price) => {
    await update();
    const before = readFileSync(target(), 'utf8');
    const piAi = changePiAi('openai', '"input": 3, "output": 12', price);
    await expect(update([], { piAi })).resolves.toBe(1);
    expect(printed).toContainEqual(expect.stringMatching(/^Refused, a price that jumps: openai\/o9 input_mtok/));
    expect(readFileSync(target(), 'utf8')).toBe(before);

    await expect(update(['--accept-jump', 'openai/other'], { piAi })).resolves.toBe(1);
    await expect(update(['--accept-jump', 'openai/o9'], { piAi })).resolves.toBe(0);
    expect(readFileSync(target(), 'utf8')).not.toBe(before);
  });

  it('refuses a name that stands for two models', async () => {
    const piAi = changePiAi('openai', '"id": "o9"', '"id": "models/gpt-4.1"');
    await expect(update([], { piAi })).resolves.toBe(1);
    expect(printed).toContain('Refused: openai: "gpt-4.1" is "gpt-4.1" and "models/gpt-4.1".');
    expect(existsSync(target())).toBe(false);
  });

  it('refuses a correction that corrects nothing', async () => {
    await expect(update([], { plans: plans.filter(({ id }) => id !== 'cohere') })).resolves.toBe(1);
    expect(printed).toContainEqual(expect.stringMatching(/^Refused: corrections\.json: cohere has no model/));
  });

  it('writes nothing when it only checks', async () => {
    await expect(update(['--check'])).resolves.toBe(0);
    expect(existsSync(target())).toBe(false);
  });

  it('fails on a package that is not as expected', async () => {
    const piAi = changePiAi('openai', '"output": 12', '"output": -12');
    await expect(update([], { piAi })).rejects.toThrow(/output/);
    expect(existsSync(target())).toBe(false);
  });
});
