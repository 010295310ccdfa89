import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import { computeCost } from '../../src/catalog/compute-cost.ts';
import { estimateTokens } from '../../src/catalog/estimate-tokens.ts';
import { priceKeys } from '../../src/catalog/model-prices.ts';
import { parsePrices } from '../../src/catalog/parse-prices.ts';
import { CandidateSpeed } from '../../src/catalog/speed/candidate-speed.ts';
import { encodeSpeed, parseSpeed } from '../../src/catalog/speed/speed-document.ts';
import { type CatalogSource, SourceFormatError } from '../../src/catalog/sync/catalog-source.ts';
import { catalogSources } from '../../src/catalog/sync/source-list.ts';
import {
  DamagedSyncError,
  decodeSyncedDocument,
  encodeSyncedDocument,
} from '../../src/catalog/sync/synced-document.ts';
import type { JsonValue } from '../../src/core/json.ts';
import { decodeFile, readSourceFile, today } from '../catalog/sync/source-files.ts';
import { createFuzzTarget, type FuzzTarget } from './fuzz-target.ts';
import { damaged } from './odd-bytes.ts';
import { anyJson, mutated } from './odd-json.ts';

/** Takes what a source sends, or refuses all of it; what is taken is stored and read again as it is. */
function checkSource(source: CatalogSource, text: string): void {
  let decoded: ReturnType<CatalogSource['decode']>;
  try {
    decoded = source.decode(text, today);
  } catch (thrown) {
    if (!(thrown instanceof SourceFormatError)) throw thrown;
    return;
  }
  const stored = encodeSyncedDocument(decoded);
  const read = decodeSyncedDocument(stored);
  assert.deepEqual(read, { models: decoded.models, scores: decoded.scores });
}

function createSourceTarget(source: CatalogSource): FuzzTarget {
  const file = readSourceFile(source.name);
  const inputs = source.name === 'epoch' ? [] : [mutated(fc.constant<JsonValue>(JSON.parse(file))).map(toText)];
  return createFuzzTarget({
    name: `catalog-${source.name}`,
    inputs: fc.oneof(
      ...inputs,
      damaged(fc.constant(Buffer.from(file))).map((bytes) => Buffer.from(bytes).toString('utf8')),
      anyJson.map(toText),
      fc.string({ unit: 'binary' }),
    ),
    run: (text) => checkSource(source, text),
    shortRuns: 40,
  });
}

function toText(value: JsonValue): string {
  return JSON.stringify(value);
}

const syncs = fc
  .constantFrom(...catalogSources)
  .map((source): JsonValue => JSON.parse(encodeSyncedDocument(decodeFile(source))));

const price = fc.oneof(
  fc.double({ min: 0, max: 1000, noNaN: true }),
  fc.record({
    base: fc.double({ min: 0, max: 1000, noNaN: true }),
    tiers: fc.array(fc.record({ start: fc.nat(1_000_000), price: fc.double({ min: 0, max: 1000, noNaN: true }) }), {
      maxLength: 3,
    }),
  }),
);
const prices = fc
  .dictionary(fc.constantFrom(...priceKeys), price, { maxKeys: 6 })
  .map((table): JsonValue => JSON.parse(JSON.stringify([{ prices: table }])));
const count = fc.oneof(fc.nat(1_000_000), fc.constantFrom(-1, 2 ** 31 - 1, 0));
const usage = fc
  .record(
    {
      promptTokens: count,
      completionTokens: count,
      promptTokensDetails: fc.record(
        { cachedTokens: count, cacheWriteTokens: count, audioTokens: count, imageTokens: count },
        { requiredKeys: [] },
      ),
      completionTokensDetails: fc.record({ reasoningTokens: count, audioTokens: count }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .map((init) => create(UsageSchema, init));

const spans = {
  recent: { halfLifeMs: 60_000, windowCalls: 20, outcomeWindowCalls: 50 },
  usual: { halfLifeMs: 3_600_000, windowCalls: 200, outcomeWindowCalls: 500 },
};
const speeds = fc
  .array(
    fc.record({
      firstTokenMs: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined }),
      outcome: fc.constantFrom('success' as const, 'failure' as const, undefined),
      failureMs: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined }),
    }),
    { maxLength: 10 },
  )
  .map((samples): JsonValue => {
    const speed = new CandidateSpeed(spans, 1000);
    for (const [index, sample] of samples.entries()) speed.add(sample, 1000 + index * 500);
    return JSON.parse(encodeSpeed(speed));
  });

const nameParts = fc.constantFrom(
  ...[
    'gpt',
    '4o',
    'claude',
    '3',
    '5',
    'sonnet',
    'llama',
    'v3p1',
    'latest',
    'v1',
    '20250514',
    '2025',
    '05',
    '14',
    '0613',
    '001',
  ],
  ...[
    '-',
    '/',
    ':',
    '.',
    '_',
    '@',
    ' ',
    'meta',
    'us',
    'anthropic',
    'maas',
    'free',
    '20b',
    'preview',
    '__proto__',
    'İ',
    '\uD800',
  ],
);
const modelNames = fc.oneof(
  fc.array(nameParts, { maxLength: 14 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.tuple(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.nat(5000)).map(([part, times]) => part.repeat(times)),
);

/** Everything that reads what is known of models. */
export const catalogTargets: readonly FuzzTarget[] = [
  ...catalogSources.map(createSourceTarget),
  createFuzzTarget({
    name: 'synced-document',
    inputs: fc.oneof({ weight: 4, arbitrary: mutated(syncs).map(toText) }, anyJson.map(toText), fc.string()),
    run(text) {
      try {
        const document = decodeSyncedDocument(text);
        assert.deepEqual(decodeSyncedDocument(encodeSyncedDocument(document)), document);
      } catch (thrown) {
        if (!(thrown instanceof DamagedSyncError)) throw thrown;
      }
    },
    shortRuns: 40,
  }),
  createFuzzTarget({
    name: 'prices',
    inputs: fc.tuple(fc.oneof({ weight: 4, arbitrary: mutated(prices) }, prices, anyJson), usage, fc.nat(2 ** 31)),
    run([value, spent, atS]) {
      const parsed = parsePrices(value);
      if ('problems' in parsed) {
        assert.ok(parsed.problems.length > 0);
        return;
      }
      const cost = computeCost(spent, parsed.prices, atS * 1000);
      assert.ok(cost === undefined || (Number.isFinite(cost) && cost >= 0), `${cost}`);
    },
  }),
  createFuzzTarget({
    name: 'model-name',
    inputs: modelNames,
    run(name) {
      const canonical = canonicaliseModelName(name);
      assert.equal(canonicaliseModelName(canonical.name).name, canonical.name);
      if (name.trim() !== '') assert.notEqual(canonical.name, '');
    },
  }),
  createFuzzTarget({
    name: 'tokens',
    inputs: texts,
    run(text) {
      const tokens = estimateTokens(text);
      // Control characters are counted twice.
      assert.ok(tokens >= 0 && tokens <= 2 * Buffer.byteLength(text) + 1, `${tokens}`);
    },
  }),
  createFuzzTarget({
    name: 'speed-document',
    inputs: fc.oneof(mutated(speeds).map(toText), speeds.map(toText), fc.string()),
    run(text) {
      const parsed = parseSpeed(text, spans);
      if (parsed.kind !== 'speed') return;
      const again = parseSpeed(encodeSpeed(parsed.speed), spans);
      assert.equal(again.kind, 'speed');
    },
  }),
];
