import { isJsonObject } from '../../core/json.ts';
import type { Capabilities, CatalogModel, Score, ScoreAxis } from '../catalog-model.ts';
import { dropUnknown } from '../drop-unknown.ts';
import { parsePrices } from '../parse-prices.ts';
import type { NamedScores, SyncedCatalog } from './catalog-source.ts';
import { isDate, RowReader } from './row-reader.ts';

/** The form that is written. A document of another one is not read: the source is to be synced again. */
const formatVersion = 1;

/** Writes what a source knows, for the store. */
export function encodeSyncedDocument({ models, scores }: SyncedCatalog): string {
  return JSON.stringify({ version: formatVersion, models, scores });
}

/** A stored document cannot be read. The message says why. */
export class DamagedSyncError extends Error {
  override readonly name = 'DamagedSyncError';
}

/**
 * Reads what {@link encodeSyncedDocument} wrote. All of it is checked, since others may have had their hands in the store.
 *
 * @throws DamagedSyncError when any of it is not as it was written.
 */
export function decodeSyncedDocument(text: string): SyncedCatalog {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DamagedSyncError('it is no JSON', { cause });
  }
  const version = isJsonObject(value) ? value['version'] : undefined;
  if (version !== formatVersion) throw new DamagedSyncError(`it has not the form ${formatVersion}`);
  return { models: readRows(value, 'models', readModel), scores: readRows(value, 'scores', readNamedScores) };
}

function readRows<Row>(document: unknown, key: string, read: (row: RowReader) => Row): Row[] {
  const rows: unknown = isJsonObject(document) ? document[key] : undefined;
  if (!Array.isArray(rows)) throw new DamagedSyncError(`${key} is no list`);
  return rows.map((row: unknown, index) => {
    const path = `${key}[${index}].`;
    if (!isJsonObject(row)) throw new DamagedSyncError(`${path} is no object`);
    return read(new RowReader(row, refuse, path));
  });
}

function refuse(problem: string): never {
  throw new DamagedSyncError(problem);
}

function readModel(row: RowReader): CatalogModel {
  const capabilities = row.object('capabilities');
  const known = dropUnknown<Capabilities>({
    functionCalling: capabilities.flag('functionCalling'),
    responseSchema: capabilities.flag('responseSchema'),
    reasoning: capabilities.flag('reasoning'),
    reasoningEfforts: capabilities.texts('reasoningEfforts'),
    webSearch: capabilities.flag('webSearch'),
    promptCaching: capabilities.flag('promptCaching'),
  });
  return dropUnknown<CatalogModel>({
    provider: requireText(row, 'provider'),
    model: requireText(row, 'model'),
    displayName: row.text('displayName'),
    creator: row.text('creator'),
    inputModalities: row.modalities('inputModalities'),
    outputModalities: row.modalities('outputModalities'),
    contextTokens: row.count('contextTokens'),
    maxOutputTokens: row.count('maxOutputTokens'),
    capabilities: Object.keys(known).length === 0 ? undefined : known,
    supportedParameters: row.texts('supportedParameters'),
    prices: readPrices(row),
    releaseDate: row.date('releaseDate'),
    isDeprecated: row.flag('isDeprecated'),
    source: requireText(row, 'source'),
  });
}

function readPrices(row: RowReader): CatalogModel['prices'] {
  const value = row.raw('prices');
  if (value === undefined) return undefined;
  const parsed = parsePrices(value);
  return 'prices' in parsed ? parsed.prices : refuse('the prices of a model cannot be read');
}

const scoreAxes: readonly ScoreAxis[] = ['intelligence', 'coding', 'math'];

function readNamedScores(row: RowReader): NamedScores {
  const scores = row.object('scores');
  return dropUnknown<NamedScores>({
    name: requireText(row, 'name'),
    releaseDate: row.date('releaseDate'),
    isDated: row.flag('isDated') ?? false,
    scores: Object.fromEntries(
      scoreAxes.flatMap((axis) =>
        scores.raw(axis) === undefined ? [] : [[axis, readScore(scores.object(axis))] as const],
      ),
    ),
  });
}

function readScore(row: RowReader): Score {
  const value = row.raw('value');
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return refuse('a score is no number from 0 to 100');
  const date = requireText(row, 'date');
  if (!isDate(date)) return refuse('the date of a score is no date');
  return { value, source: requireText(row, 'source'), date, isEstimated: row.flag('isEstimated') ?? false };
}

function requireText(row: RowReader, key: string): string {
  return row.text(key) ?? refuse(`${key} is missing`);
}
