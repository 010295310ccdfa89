import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listDocuments, projectFolder, readDocument } from './documents.ts';

interface Link {
  readonly target: string;
  /** Inside the project. */
  readonly path: string;
  /** Empty: the document as a whole. */
  readonly anchor: string;
}

function withoutCode(document: string): string {
  return document.replace(/^ *```.*?^ *```$/gms, '').replace(/`[^`\n]*`/g, '`code`');
}

/** The links of a document that lead into the project. */
function listLinks(documentPath: string): Link[] {
  const targets = [...withoutCode(readDocument(documentPath)).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      const path = file === '' ? documentPath : join(dirname(documentPath), file);
      return { target, path, anchor };
    });
}

/** The anchors of a document's headings, as GitHub makes them: lower case, spaces to hyphens, no punctuation, numbered when repeated. */
function listAnchors(documentPath: string): Set<string> {
  const document = readDocument(documentPath).replace(/^ *```.*?^ *```$/gms, '');
  const counts = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of document.matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

const documents = listDocuments();

describe('links inside the project', () => {
  test('are looked for in every document', () => {
    expect(documents).toEqual(
      expect.arrayContaining(['README.md', 'docs/errors.md', 'docs/decisions/0001-one-port.md']),
    );
    expect(listLinks('README.md').length).toBeGreaterThan(10);
  });

  test.each(documents)('of %s lead somewhere', (document) => {
    const broken = listLinks(document).filter(
      ({ path, anchor }) => !existsSync(join(projectFolder, path)) || (anchor !== '' && !listAnchors(path).has(anchor)),
    );
    expect(broken).toEqual([]);
  });

  test('reach every document from README.md', () => {
    const reached = new Set(['README.md']);
    for (const document of reached) {
      for (const { path } of listLinks(document)) {
        if (documents.includes(path)) reached.add(path);
        // A link to a folder shows what is in it.
        for (const other of documents) if (dirname(other) === path.replace(/\/$/, '')) reached.add(other);
      }
    }
    expect(documents.filter((document) => !reached.has(document))).toEqual([]);
  });
});
