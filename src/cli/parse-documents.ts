import { LineCounter, parseAllDocuments } from 'yaml';

/** The documents of a text. */
export interface ParsedDocuments {
  /** Plain data, without those that are empty. */
  readonly values: readonly unknown[];
  /** What is wrong, one line each. When there is any, `values` is empty. */
  readonly problems: readonly string[];
}

/** Parses YAML 1.2, of which JSON is a part: any number of documents. */
export function parseDocuments(text: string): ParsedDocuments {
  const lineCounter = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'error', stringKeys: true });
    const documents = Array.isArray(parsed) ? parsed : [];
    // A warning means that a value is not what the text seems to say.
    const problems = documents
      .flatMap(({ errors, warnings }) => [...errors, ...warnings])
      .map(({ pos: [start], message }) => `line ${lineCounter.linePos(start).line}: ${message}`);
    if (problems.length > 0) return { values: [], problems };
    const values = documents.map((document): unknown => document.toJS());
    return { values: values.filter((value) => value !== null && value !== undefined), problems: [] };
  } catch (thrown) {
    // The package throws ReferenceErrors of aliases that stand for too much, and recursion ends in a RangeError.
    if (thrown instanceof ReferenceError) return { values: [], problems: ['it repeats values by aliases too often'] };
    if (thrown instanceof RangeError) return { values: [], problems: ['it nests values too deeply'] };
    throw thrown;
  }
}
