import { type CatalogSource, type NamedScores, SourceFormatError } from '../catalog-source.ts';
import { isDate, isShortLine } from '../row-reader.ts';
import { WarningList } from '../warning-list.ts';
import { readCsv } from './read-csv.ts';
import { scaleIndex } from './scale-index.ts';

/** The columns that are read (https://epoch.ai/data/eci-documentation). Others are not looked at. */
const columns = { model: 'Model', index: 'eci', released: 'date' } as const;

/**
 * The Epoch Capabilities Index: one number for each model, from the results of dozens of benchmarks, by Epoch AI under CC BY 4.0. It is the
 * only index that Epoch publishes for each model; those of coding and of math are computed on its page. So it gives the axis intelligence.
 */
export const epoch: CatalogSource = {
  name: 'epoch',
  defaultUrl: 'https://epoch.ai/data/eci_scores.csv',

  decode(text, today) {
    const rows = readCsv(text);
    const [first] = rows;
    if (first === undefined || !first.has(columns.model) || !first.has(columns.index)) {
      throw new SourceFormatError(`has no rows with the columns ${columns.model} and ${columns.index}`);
    }
    const warnings = new WarningList();
    const scores = rows.flatMap((row, index) => {
      const decoded = decodeRow(row, today);
      if (typeof decoded !== 'string') return [decoded];
      warnings.add(`Row ${index + 2} is left out: ${decoded}.`);
      return [];
    });
    return { models: [], scores, warnings: warnings.end() };
  },
};

/** @returns what is wrong with the row, as the end of a sentence, or what it says. */
function decodeRow(row: ReadonlyMap<string, string>, today: string): NamedScores | string {
  const fullName = (row.get(columns.model) ?? '').trim();
  if (fullName === '' || !isShortLine(fullName)) return 'it names no model';
  const index = (row.get(columns.index) ?? '').trim();
  if (!/^-?\d+(?:\.\d+)?$/.test(index)) return `its ${columns.index} is no number`;
  // "GPT-4o (Nov 2024)" is a version of GPT-4o. Other remarks, such as "(MoE-236B)", are no part of the name either.
  const [, name = fullName, remark] = /^(.+?)\s*\(([^()]*)\)$/.exec(fullName) ?? [];
  const released = (row.get(columns.released) ?? '').trim();
  return {
    name,
    ...(isDate(released) && { releaseDate: released }),
    isDated: remark !== undefined && /\b(?:19|20)\d{2}\b/.test(remark),
    scores: { intelligence: { value: scaleIndex(Number(index)), source: 'epoch', date: today, isEstimated: false } },
  };
}
