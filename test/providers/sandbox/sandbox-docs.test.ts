import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { maxPatternLength } from '../../../src/providers/sandbox/pattern/parse-pattern.ts';
import { sandboxModels } from '../../../src/providers/sandbox/sandbox-models.ts';
import { defaultSchemaLimits } from '../../../src/providers/sandbox/schema/schema-limits.ts';

/** The page, without the spaces that line its tables up. */
const page = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8').replaceAll(/ {2,}/g, ' ');

describe('docs/sandbox.md', () => {
  it('lists the models, in their order', () => {
    const rows = Array.from(page.matchAll(/^\| `([^`]+)` \|/gm), ([, name]) => name);
    expect(rows).toEqual(Array.from(sandboxModels.keys()));
  });

  it.each([
    ['steps of each of four tries', defaultSchemaLimits.maxWork],
    ['depth of the value', defaultSchemaLimits.maxDepth],
    ['items of an array, properties of an object', defaultSchemaLimits.maxItems],
    ['length of a text', defaultSchemaLimits.maxTextLength],
    ['length of a `pattern`', maxPatternLength],
  ])('has the bound: %s', (name, bound) => {
    expect(page).toMatch(new RegExp(`^\\| ${name} \\| ${bound.toLocaleString('en-US')}( characters)? \\|$`, 'm'));
  });
});
