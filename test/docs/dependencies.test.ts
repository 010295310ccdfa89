import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readDocument, readTables } from './documents.ts';

const page = readDocument('docs/dependencies.md');
const [runtime = '', development = ''] = page.split('## For development');

describe('docs/dependencies.md', () => {
  test.each([
    ['dependencies', runtime, packageJson.dependencies],
    ['devDependencies', development, packageJson.devDependencies],
  ])('has a line for each of the %s', (_name, text, dependencies) => {
    const documented = readTables(text, ['Package', 'For', 'Rather than']);
    expect(documented.map(([name]) => name)).toEqual(Object.keys(dependencies));
    for (const [, purpose] of documented) expect(purpose).not.toBe('');
  });
});
