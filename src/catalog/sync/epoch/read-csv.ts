import { SourceFormatError } from '../catalog-source.ts';

/** Most fields of one row. */
const maxFields = 100;

/** Most rows. */
const maxRows = 50_000;

/**
 * Reads comma-separated values (RFC 4180): fields in quotation marks may hold commas, line breaks and doubled quotation marks.
 *
 * @returns the rows, each with its fields by the names of the first row. Further fields than that row has are not taken, nor are rows
 * without any text.
 * @throws SourceFormatError when a field in quotation marks has no end, or there are more rows or fields than a table of models has.
 */
export function readCsv(text: string): ReadonlyMap<string, string>[] {
  const [names = [], ...rows] = readRows(text);
  return rows
    .filter((fields) => fields.some((field) => field !== ''))
    .map((fields) => new Map(names.map((name, index) => [name.trim(), fields[index] ?? ''])));
}

function readRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // A byte order mark is no part of the first name.
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < text.length || row.length > 0) {
    const field = readField(text, position);
    row.push(field.value);
    if (row.length > maxFields) throw new SourceFormatError(`has more than ${maxFields} fields in a row`);
    position = field.end + 1;
    if (text[field.end] === ',') continue;
    if (text.startsWith('\r\n', field.end)) position += 1;
    rows.push(row);
    row = [];
    if (rows.length > maxRows) throw new SourceFormatError(`has more than ${maxRows} rows`);
  }
  return rows;
}

/** A field, and where what ends it stands: a comma, a line break, or the end of the text. */
interface Field {
  readonly value: string;
  readonly end: number;
}

const plainField = /[^",\r\n]*/y;

/** Looks at each character a bounded number of times, and needs no stack, however long the field is. */
function readField(text: string, start: number): Field {
  const field = text[start] === '"' ? readQuoted(text, start + 1) : readPlain(text, start);
  if (field.end === text.length || /[,\r\n]/.test(text[field.end] ?? '')) return field;
  throw new SourceFormatError('is no CSV: it has text beside a field in quotation marks');
}

function readPlain(text: string, start: number): Field {
  plainField.lastIndex = start;
  const [value = ''] = plainField.exec(text) ?? [];
  return { value, end: start + value.length };
}

function readQuoted(text: string, start: number): Field {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 2)) {
    if (text[quote + 1] !== '"') return { value: text.slice(start, quote).replaceAll('""', '"'), end: quote + 1 };
  }
  throw new SourceFormatError('is no CSV: a field in quotation marks has no end');
}
