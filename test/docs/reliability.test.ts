import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultRows } from '../faults/fault-rows.ts';
import { outageRow } from '../faults/outage.ts';
import { projectFolder, readDocument, readTables } from './documents.ts';

const path = 'docs/reliability.md';
const page = readDocument(path);
const sufferings = readTables(page, ['what users suffer from', 'the tests that show it absent']);
const faults = readTables(page, ['#', 'fault', 'attempts', 'seconds', 'outcome', 'must', 'good']);

/** The files that a cell links to, inside the project. */
function listFiles(cell: string): string[] {
  return [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => join(dirname(path), target));
}

describe(path, () => {
  test('names the tests of each of the ten sufferings', () => {
    expect(sufferings).toHaveLength(10);
    for (const [suffering, cell = ''] of sufferings) {
      const files = listFiles(cell);
      expect(files, suffering).not.toEqual([]);
      for (const file of files) {
        expect(file, suffering).toMatch(/^test\/.*\.(?:test|contract)\.ts$/);
        expect(existsSync(join(projectFolder, file)), file).toBe(true);
      }
    }
  });

  test('has the faults that the suite has, and what holds of each', () => {
    const rows = [...faultRows, outageRow].map(({ number, fault, good }) => [number, fault, 'yes', good && 'yes']);
    const documented = faults.map(([number, fault, , , , must, good]) => [number, fault, must, good || undefined]);
    expect(documented).toEqual(rows.sort(([a = ''], [b = '']) => Number.parseInt(a, 10) - Number.parseInt(b, 10)));
  });

  test('says how the faults are measured', () => {
    expect(page).toContain('npm run faults');
    expect(existsSync(join(projectFolder, 'scripts/faults.ts'))).toBe(true);
  });
});
