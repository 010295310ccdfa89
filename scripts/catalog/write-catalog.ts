import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import { type CatalogFile, type ModelRow, modelRowFields } from '../../src/catalog/shipped-file.ts';
import type { JoinedModel } from './join-models.ts';

/**
 * Makes a row of a joined model: what can be derived is left out, and its packages are named by their places.
 *
 * @param sourceNames - the names of the packages, in the order of the file's list.
 */
export function toModelRow(
  { sources, canonicalName, ...model }: JoinedModel,
  sourceNames: readonly string[],
): ModelRow {
  const isDerived = canonicalName === undefined || canonicalName === canonicaliseModelName(model.model).name;
  return {
    ...model,
    ...(!isDerived && { canonicalName }),
    sources: sources.map((source) => sourceNames.indexOf(source)),
  };
}

/** Writes the file: one line for each model, fields in one order, so that the difference of two versions can be read. */
export function writeCatalog({ sources, providers, models }: CatalogFile): string {
  const lines = (entries: readonly string[], indent: string) => entries.map((entry) => `${indent}${entry}`).join(',\n');
  const lists = Object.entries(models).map(([id, rows]) => {
    const written = rows.map((row) => JSON.stringify(orderFields(row)));
    return `${JSON.stringify(id)}: [\n${lines(written, '      ')}\n    ]`;
  });
  const entries = Object.entries(providers).map(([id, entry]) => `${JSON.stringify(id)}: ${JSON.stringify(entry)}`);
  return [
    '{',
    `  "sources": ${JSON.stringify(sources)},`,
    `  "providers": {\n${lines(entries, '    ')}\n  },`,
    `  "models": {\n${lines(lists, '    ')}\n  }`,
    '}\n',
  ].join('\n');
}

function orderFields(row: ModelRow): object {
  return Object.fromEntries(modelRowFields.flatMap((field) => (row[field] === undefined ? [] : [[field, row[field]]])));
}
