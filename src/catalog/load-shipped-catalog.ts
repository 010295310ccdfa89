import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Capabilities, CatalogModel, Modality } from './catalog-model.ts';
import type { ModelPrices } from './model-prices.ts';
import { parsePrices } from './parse-prices.ts';
import { RowFields } from './row-fields.ts';
import { modelRowFields, type ShippedCatalog, type ShippedProvider } from './shipped-file.ts';

const modalities: readonly Modality[] = ['text', 'image', 'audio', 'video', 'file'];

const rowFields: ReadonlySet<string> = new Set(modelRowFields);

const capabilityFields: ReadonlySet<string> = new Set([
  'functionCalling',
  'responseSchema',
  'reasoning',
  'reasoningEfforts',
  'webSearch',
  'promptCaching',
]);

/** Fields of a request that only a model with the capability takes. */
const dependentParameters: readonly (readonly [keyof Capabilities, ReadonlySet<string>])[] = [
  ['functionCalling', new Set(['tools', 'tool_choice', 'parallel_tool_calls'])],
  ['reasoning', new Set(['reasoning', 'reasoning_effort'])],
];

/**
 * Reads the catalogue that this version ships with: `catalog.json`, beside this module. It takes some milliseconds and blocks; call it once.
 *
 * @throws Error when the file is not there or damaged.
 */
export function loadShippedCatalog(path: URL = new URL('catalog.json', import.meta.url)): ShippedCatalog {
  return parseShippedCatalog(readFileSync(path, 'utf8'));
}

/**
 * Expands the text of a catalogue and checks all of it, so that what comes out holds what its types say. Lists and rows are frozen.
 *
 * @throws Error when it is damaged. It says where.
 */
export function parseShippedCatalog(text: string): ShippedCatalog {
  const file: JsonValue = JSON.parse(text);
  const whole = isJsonObject(file) ? file : {};
  const sources = new RowFields(whole, 'the file').texts('sources') ?? [];
  const entries = readObject(whole, 'providers');
  const lists = readObject(whole, 'models');

  const providers: ShippedProvider[] = [];
  const models: CatalogModel[] = [];
  const describe = createDescriber(sources);
  for (const [id, entry] of Object.entries(entries)) {
    const fields = new RowFields(isJsonObject(entry) ? entry : {}, `the provider "${id}"`);
    const name = fields.text('name') ?? fields.fail('has no name');
    const baseUrl = fields.text('baseUrl');
    providers.push(Object.freeze({ id, name, ...(baseUrl !== undefined && { baseUrl }) }));
    const narrow = createParameterList(fields.texts('supportedParameters') ?? fields.fail('has no parameters'));
    const rows = lists[id];
    if (!Array.isArray(rows)) return fields.fail('has no list of models');
    for (const row of rows) models.push(readModel(id, row, describe, narrow));
  }
  const stray = Object.keys(lists).find((id) => entries[id] === undefined);
  if (stray !== undefined) new RowFields(whole, 'the file').fail(`has models of "${stray}", which is no provider`);
  return Object.freeze({ providers: Object.freeze(providers), models: Object.freeze(models) });
}

function readObject(whole: JsonObject, field: string): JsonObject {
  const value = whole[field];
  return isJsonObject(value) ? value : new RowFields(whole, 'the file').fail(`has no "${field}"`);
}

function readModel(
  provider: string,
  row: JsonValue,
  describe: (places: JsonValue | undefined) => string | undefined,
  narrow: (capabilities: Capabilities | undefined) => readonly string[],
): CatalogModel {
  const json = isJsonObject(row) ? row : {};
  const model = json['model'];
  if (typeof model !== 'string' || model === '') {
    return new RowFields(json, `a row of "${provider}"`).fail('has no model');
  }
  const fields = new RowFields(json, `"${provider}/${model}"`);
  fields.refuseOthers(rowFields);
  const capabilities = readCapabilities(json['capabilities'], fields, `"${provider}/${model}"`);
  const read: Draft = {
    provider,
    model,
    supportedParameters: fields.texts('supportedParameters') ?? narrow(capabilities),
    source: describe(json['sources']) ?? fields.fail('does not say where it comes from'),
  };
  note(read, 'displayName', fields.text('displayName'));
  note(read, 'creator', fields.text('creator'));
  note(read, 'canonicalName', fields.text('canonicalName'));
  note(read, 'snapshot', fields.text('snapshot', /^\d{3,8}$/));
  note(read, 'aliases', fields.texts('aliases'));
  note(read, 'inputModalities', fields.words('inputModalities', modalities));
  note(read, 'outputModalities', fields.words('outputModalities', modalities));
  note(read, 'contextTokens', fields.count('contextTokens'));
  note(read, 'maxOutputTokens', fields.count('maxOutputTokens'));
  note(read, 'capabilities', capabilities);
  note(read, 'prices', readPrices(json['prices'], fields));
  note(read, 'releaseDate', fields.text('releaseDate', /^\d{4}-\d{2}-\d{2}$/));
  note(read, 'isDeprecated', fields.flag('isDeprecated'));
  note(read, 'isTest', fields.flag('isTest'));
  return Object.freeze(read);
}

type Draft = { -readonly [Field in keyof CatalogModel]: CatalogModel[Field] };

/** A field that is not known is not there. Conditional spreads would take more time than all the rest. */
function note<Of, Field extends keyof Of>(
  draft: Of,
  field: Field,
  value: Exclude<Of[Field], undefined> | undefined,
): void {
  if (value !== undefined) draft[field] = value;
}

type CapabilityDraft = { -readonly [Field in keyof Capabilities]: Capabilities[Field] };

function readCapabilities(value: JsonValue | undefined, row: RowFields, name: string): Capabilities | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) return row.fail('has capabilities that are no object');
  const fields = new RowFields(value, `${name} in its capabilities`);
  fields.refuseOthers(capabilityFields);
  const read: CapabilityDraft = {};
  note(read, 'functionCalling', fields.flag('functionCalling'));
  note(read, 'responseSchema', fields.flag('responseSchema'));
  note(read, 'reasoning', fields.flag('reasoning'));
  note(read, 'reasoningEfforts', fields.texts('reasoningEfforts'));
  note(read, 'webSearch', fields.flag('webSearch'));
  note(read, 'promptCaching', fields.flag('promptCaching'));
  return Object.freeze(read);
}

function readPrices(value: JsonValue | undefined, row: RowFields): ModelPrices | undefined {
  if (value === undefined) return undefined;
  const parsed = parsePrices(value);
  if ('prices' in parsed) return parsed.prices;
  const [problem] = parsed.problems;
  return row.fail(`has a price that is not right (${problem?.path.join('.') ?? ''}: ${problem?.text ?? ''})`);
}

/** Writes out which packages a row comes from: one text for all rows that come from the same. */
function createDescriber(sources: readonly string[]): (places: JsonValue | undefined) => string | undefined {
  const written = new Map<string, string>();
  return (places) => {
    if (!Array.isArray(places) || places.length === 0) return undefined;
    const key = places.join();
    const known = written.get(key);
    if (known !== undefined) return known;
    const names = places.map((place) => (typeof place === 'number' ? sources[place] : undefined));
    if (names.includes(undefined)) return undefined;
    const text = names.join(', ');
    written.set(key, text);
    return text;
  };
}

/** Leaves out what a model has not the capability for: one list for all models of a provider that lack the same. */
function createParameterList(all: readonly string[]): (capabilities: Capabilities | undefined) => readonly string[] {
  const lists = new Map<string, readonly string[]>();
  return (capabilities = {}) => {
    const lacking = dependentParameters.filter(([capability]) => capabilities[capability] === false);
    const key = lacking.map(([capability]) => capability).join();
    const known = lists.get(key) ?? Object.freeze(all.filter((name) => !lacking.some(([, names]) => names.has(name))));
    lists.set(key, known);
    return known;
  };
}
