import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder, readDocument, readTables } from './documents.ts';

test('docs/architecture.md names every room of src/, and no other', () => {
  const documented = readTables(readDocument('docs/architecture.md'), ['room', 'what it does']).map(([room]) => room);
  expect(documented.sort()).toEqual(readdirSync(join(projectFolder, 'src')).sort());
});
