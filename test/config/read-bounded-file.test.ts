import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeReadProblem, readBoundedFile } from '../../src/config/read-bounded-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
afterAll(() => rmSync(folder, { recursive: true }));

function problemOf(path: string): string {
  try {
    readBoundedFile(path, 10);
  } catch (thrown) {
    return describeReadProblem(thrown);
  }
  return 'none';
}

describe('readBoundedFile', () => {
  test.each([0, 1, 9, 10])('gives a file of %i bytes whole', (length) => {
    const path = join(folder, 'short');
    writeFileSync(path, 'x'.repeat(length));
    expect(Buffer.from(readBoundedFile(path, 10)).toString()).toBe('x'.repeat(length));
  });

  test('stops one byte past the bound, also in what never ends', () => {
    const path = join(folder, 'long');
    writeFileSync(path, 'x'.repeat(200_000));
    expect(readBoundedFile(path, 10)).toHaveLength(11);
    expect(readBoundedFile(path, 150_000)).toHaveLength(150_001);
    expect(readBoundedFile('/dev/zero', 100_000)).toHaveLength(100_001);
  });

  test('says why it cannot', () => {
    expect(problemOf(join(folder, 'none'))).toBe('there is no such file');
    expect(problemOf(join(folder, 'long', 'inside'))).toBe('there is no such file');
    expect(problemOf(folder)).toBe('it is a folder');
    expect(describeReadProblem(new Error('x'))).toBe('it is not readable');
  });
});
