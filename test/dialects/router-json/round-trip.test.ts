import { equals } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeRouter } from '../../../src/dialects/router-json/decode-router.ts';
import { decodeUpdateMask } from '../../../src/dialects/router-json/decode-update-mask.ts';
import { encodeRouter } from '../../../src/dialects/router-json/encode-router.ts';
import { generatedRouters } from './generated-routers.ts';

function renameKeys(json: JsonValue, rename: (key: string) => string): JsonValue {
  if (Array.isArray(json)) return json.map((item) => renameKeys(item, rename));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [rename(key), renameKeys(value, rename)]));
}

function toCamelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toSnakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

describe('a router that is encoded and decoded', () => {
  test('is the same, through JSON text too', () => {
    fc.assert(
      fc.property(generatedRouters(), (router) => {
        const json: JsonObject = JSON.parse(JSON.stringify(encodeRouter(router)));
        const decoded = decodeRouter(json);
        expect(decoded.violations).toEqual([]);
        expect(equals(RouterSchema, decoded.router, router)).toBe(true);
        expect(encodeRouter(decoded.router)).toEqual(json);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['camelCase', toCamelCase],
    ['snake_case', toSnakeCase],
  ])('is the same when all names are in %s', (_name, rename) => {
    fc.assert(
      fc.property(generatedRouters(), (router) => {
        const json = renameKeys(encodeRouter(router), rename);
        const decoded = decodeRouter(isJsonObject(json) ? json : {});
        expect(decoded.violations).toEqual([]);
        expect(equals(RouterSchema, decoded.router, router)).toBe(true);
      }),
    );
  });
});

describe('decodeRouter', () => {
  const names = fc.constantFrom(
    ...['name', 'displayName', 'display_name', 'defaults', 'routes', 'route', 'defaultRoute', 'variants', 'variant'],
    ...['weight', 'model_selection', 'sort', 'metric', 'text_generation_config', 'max_tokens', 'maxNewTokens', 'seed'],
    ...['message_templates', 'tool_calls', 'args', 'stop_sequences', '__proto__', 'constructor', 'toString', '', 'x y'],
  );
  const leaves = fc.oneof(
    fc.constantFrom<JsonValue[]>(
      null,
      '',
      [],
      {},
      Number.NaN,
      1e300,
      -1,
      2 ** 31,
      2 ** 63,
      'NaN',
      '9'.repeat(19),
      '\ud800',
    ),
    fc.oneof(fc.string(), fc.double(), fc.boolean()),
  );
  const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 8 },
      leaves,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.array(fc.tuple(names, tie('json')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  test('never throws, and says the path of whatever it does not take', () => {
    fc.assert(
      fc.property(json, (value) => {
        const decoded = decodeRouter(isJsonObject(value) ? value : { routes: value });
        for (const { field, description } of decoded.violations) {
          expect(field).not.toBe('');
          expect(description).toMatch(/[^.]$/);
        }
        expect(() => encodeRouter(decoded.router)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

test('decodeUpdateMask never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { paths, violations } = decodeUpdateMask(text);
      expect(paths.length + violations.length).toBeLessThanOrEqual(text.split(',').length);
    }),
  );
});
