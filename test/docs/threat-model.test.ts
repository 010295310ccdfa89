import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFolder, readDocument, readTables } from './documents.ts';

const path = 'docs/threat-model.md';
const page = readDocument(path);

/** The files of tests that a text links to, inside the project. */
function listTests(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => join(dirname(path), target));
  return targets.filter((target) => target.startsWith('test/'));
}

describe(path, () => {
  const rows = ['What they try', 'What happens'].flatMap((first) => readTables(page, [first, 'What holds', 'Tests']));

  test('names tests for all that holds, and they exist', () => {
    expect(rows.length).toBeGreaterThan(20);
    for (const [threat, , cell = ''] of rows) expect(listTests(cell), threat).not.toEqual([]);
    for (const file of listTests(page)) {
      expect(file).toMatch(/^test\/.*\.(?:test|contract)\.ts$/);
      expect(existsSync(join(projectFolder, file)), file).toBe(true);
    }
  });

  test('names every test of test/security', () => {
    const files = readdirSync(join(projectFolder, 'test/security')).filter((name) => name.endsWith('.test.ts'));
    const named = new Set(listTests(page));
    expect(files.filter((name) => !named.has(`test/security/${name}`))).toEqual([]);
  });

  test('says what does not hold', () => {
    expect(page).toContain('## What is not covered');
  });
});
