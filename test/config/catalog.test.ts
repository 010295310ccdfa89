import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeConfig } from '../../src/config/describe-config.ts';
import { load, problemsOf } from './load-fixture.ts';

const file = `catalog:
  models:
    my-vllm/Qwen/Qwen3_32B:
      prices:
        - prices:
            input_mtok: 0.1
            cache_write_1h_mtok: 0.2
        - constraint:
            type: time_of_date
            start_time: 16:30:00Z
            end_time: 00:30:00Z
          prices:
            input_mtok: 0.05
      context_tokens: 32768
      scores:
        coding: 41.5
  poll_ms: 1000
`;

describe('the section catalog', () => {
  test('has defaults', () => {
    const { catalog } = load({ file: '' });
    expect(catalog.pollMs).toBe(500);
    expect(catalog.models.models).toEqual({});
  });

  test('leaves the names of models and prices as they are, and freezes all of it', () => {
    const { catalog } = load({ file });
    const entry = catalog.models.models['my-vllm/Qwen/Qwen3_32B'];
    expect(entry).toMatchObject({ context_tokens: 32_768, scores: { coding: 41.5 } });
    expect(entry?.prices).toMatchObject([{ prices: { cache_write_1h_mtok: 0.2 } }, { prices: { input_mtok: 0.05 } }]);
    expect(Object.isFrozen(entry?.prices)).toBe(true);
    expect(Object.isFrozen(entry?.scores)).toBe(true);
  });

  test('is shown as the file would have it', () => {
    const shown = describeConfig(load({ file }));
    expect(parse(shown)['catalog']).toMatchObject(parse(file)['catalog']);
    expect(load({ file: `catalog: ${JSON.stringify(parse(shown)['catalog'])}` }).catalog).toEqual(
      load({ file }).catalog,
    );
  });

  test('is as docs/catalog.md shows it', () => {
    const page = readFileSync(new URL('../../docs/catalog.md', import.meta.url), 'utf8');
    const examples = Array.from(page.matchAll(/```yaml\n(.*?)```/gs), ([, example = '']) => example);
    const own = examples.filter((example) => example.includes('catalog:\n  models:'));
    expect(own.length).toBeGreaterThan(1);
    for (const example of own) expect(Object.keys(load({ file: example }).catalog.models.models).length).toBe(2);
  });

  const at = 'catalog.models["a/b"]';

  test.each([
    ['{ models: { gpt-5: {} } }', /catalog\.models\.gpt-5: Write it as calls name it: the name of a provider, a slash/],
    ['{ models: { "A/b": {} } }', /Write it as calls name it/],
    ['{ models: { "a/ b": {} } }', /Write it as calls name it/],
    ['{ models: { "a/b": { price: {} } } }', `${at}.price: There is no such key. Did you mean prices?`],
    ['{ models: { "a/b": { prices: 5 } } }', `${at}.prices: It must be a table of prices, or a list`],
    ['{ models: { "a/b": { prices: { input: 5 } } } }', `${at}.prices.input: There is no such key.`],
    [
      '{ models: { "a/b": { prices: { imput_mtok: 5 } } } }',
      `imput_mtok: There is no such key. Did you mean input_mtok?`,
    ],
    [
      '{ models: { "a/b": { prices: { input_mtok: -5 } } } }',
      `${at}.prices.input_mtok: It must be a number of USD, from 0 to 1000000.`,
    ],
    ['{ models: { "a/b": { prices: { input_mtok: "5" } } } }', `input_mtok: It must be a number of USD`],
    [
      '{ models: { "a/b": { prices: [{ prices: {} }, { prices: {}, constraint: {} }] } } }',
      `${at}.prices[1].constraint: It must have the type`,
    ],
    ['{ models: { "a/b": { context_tokens: 0 } } }', `${at}.context_tokens: It must be at least 1, not 0.`],
    ['{ models: { "a/b": { input_modalities: [smell] } } }', /input_modalities\[0\]: It must be one of text, image/],
    ['{ models: { "a/b": { scores: { coding: 101 } } } }', `${at}.scores.coding: It must be a number from 0 to 100.`],
    ['{ models: { "a/b": { scores: { coding: "9" } } } }', `${at}.scores.coding: It must be a number from 0 to 100.`],
    ['{ models: { "a/b": { scores: { maths: 1 } } } }', 'Did you mean math?'],
    ['{ models: { "a/b": { release_date: 2026-13-01 } } }', `${at}.release_date: Write a day as "YYYY-MM-DD"`],
    ['{ models: { "a/b": { capabilities: { vision: true } } } }', `${at}.capabilities.vision: There is no such key.`],
    ['{ models: { "a/b": { display_name: "a\\nb" } } }', `${at}.display_name: It holds a control character.`],
    ['{ models: [] }', 'catalog.models: It must be a section with keys, not a list.'],
    ['{ poll_ms: 1 }', 'catalog.poll_ms: It must be at least 50, not 1.'],
  ])('%s is wrong', (section, problem) => {
    const problems = problemsOf({ file: `catalog: ${section}\n` });
    expect(problems).toHaveLength(1);
    if (typeof problem === 'string') expect(problems[0]).toContain(problem);
    else expect(problems[0]).toMatch(problem);
  });

  test('has a bound', () => {
    const models = Object.fromEntries(Array.from({ length: 5001 }, (_, index) => [`a/${index}`, {}]));
    expect(problemsOf({ file: `catalog: { models: ${JSON.stringify(models)} }` })).toEqual([
      expect.stringContaining('There are more than 5000 models.'),
    ]);
  });
});
