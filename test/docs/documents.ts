import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the project. */
export const projectFolder = join(import.meta.dirname, '../..');

/** Reads a document by its path inside the project. */
export function readDocument(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}

/** Every document that people read, by its path inside the project. */
export function listDocuments(): string[] {
  const docs = readdirSync(join(projectFolder, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CHANGELOG.md', 'third_party/README.md', ...docs.map((path) => join('docs', path))].filter(
    (path) => path.endsWith('.md'),
  );
}

/** The rows of all tables of a document whose header is this, the cells trimmed and without the backticks of code. */
export function readTables(document: string, header: readonly string[]): string[][] {
  const rows: string[][] = [];
  let isInTable = false;
  for (const line of document.split('\n')) {
    if (!line.startsWith('|')) isInTable = false;
    else if (isInTable) rows.push(splitRow(line));
    else isInTable = splitRow(line).join('|') === header.join('|');
  }
  // Each table's second line is its rule.
  return rows.filter(([first = '']) => !/^-+$/.test(first));
}

function splitRow(line: string): string[] {
  const cells = line.split('|').slice(1, -1);
  return cells.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}
