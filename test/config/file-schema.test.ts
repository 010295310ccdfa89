import { describe, expect, test } from 'vitest';
import { toCamelCase, toSnakeCase } from '../../src/config/config.ts';
import { createFileSchema } from '../../src/config/file-schema.ts';
import { anyEntry, listKeys } from '../../src/config/list-keys.ts';
import { load, problemsOf } from './load-fixture.ts';

const keys = listKeys(
  createFileSchema({
    env: {},
    knownKinds: [],
    baseFolder: '/',
    readFile: () => new Uint8Array(),
  }),
);

describe('every key of the file', () => {
  const leaves = keys.filter(
    ({ path, schema }) =>
      schema.properties === undefined && !(path.at(-1) === anyEntry && schema.description === undefined),
  );
  const sections = keys.filter(({ schema }) => schema.properties !== undefined);

  test.each(
    [...leaves, ...sections]
      .filter(({ path }) => !['keys', 'providers', 'headers', 'options', 'models'].includes(path.at(-1) ?? ''))
      .map(({ path, schema }) => [path.join('.'), schema] as const),
  )('%s is described', (_, schema) => {
    expect(schema.description).toMatch(/^["\w].*\.$/s);
  });

  test.each(
    leaves
      .filter(({ schema }) => schema.type === 'integer' || schema.type === 'number')
      .map(({ path, schema }) => [path.join('.'), schema] as const),
  )('%s is a whole number with bounds, its default, if any, inside them, and its unit in its name', (name, schema) => {
    expect(schema.type).toBe('integer');
    const { minimum = Number.NaN, maximum = Number.NaN, default: value = minimum } = schema;
    expect(value).toBeGreaterThanOrEqual(minimum);
    expect(value).toBeLessThanOrEqual(maximum);
    const unit = schema['unit'];
    if (unit === 'ms' || unit === 's' || unit === 'bytes') expect(name).toMatch(new RegExp(`_${unit}$`));
    else expect(name).not.toMatch(/_(ms|s|bytes|seconds)$/);
  });

  test('has a name in snake case that camel case and back leaves as it is', () => {
    for (const name of keys.flatMap(({ path }) => path)) {
      if (name === anyEntry) continue;
      expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$/);
      expect(toSnakeCase(toCamelCase(name))).toBe(name);
    }
  });
});

describe('a value that is wrong', () => {
  test.each([
    ['server: { port: "80" }', 'server.port: It must be a whole number, not text.'],
    ['server: { port: 80.5 }', 'server.port: It must be a whole number, not 80.5.'],
    ['server: { port: .inf }', 'server.port: It must be a whole number, not Infinity.'],
    ['server: { port: -1 }', 'server.port: It must be at least 0, not -1.'],
    ['server: { port: 65536 }', 'server.port: It must be at most 65535, not 65536.'],
    ['server: { host: 127 }', 'server.host: It must be text. Put it in quotation marks.'],
    [
      'server: { host: "http://localhost" }',
      'server.host: Write a host name or an address alone, such as 127.0.0.1, localhost, :: or 0.0.0.0.',
    ],
    ['server: [1]', 'server: It must be a section with keys, not a list.'],
    ['server: yes', 'server: It must be a section with keys, not text.'],
    [
      'server: { cors: { origins: ["https://a.example/"] } }',
      'server.cors.origins[0]: Write an origin, such as https://app.example.com, or "*" for all.',
    ],
    [
      'server: { cors: { origins: ["ftp://a.example"] } }',
      'server.cors.origins[0]: Write an origin, such as https://app.example.com, or "*" for all.',
    ],
    ['server: { cors: { origins: "*" } }', 'server.cors.origins: It must be a list, not text.'],
    [
      'server: { limits: { headers_timeout_ms: 20000, request_timeout_ms: 10000 } }',
      'server.limits.headers_timeout_ms: It is above request_timeout_ms (10000), which counts the header in. Lower it.',
    ],
    ['keys: { id: a }', 'keys: It must be a list, not a section with keys.'],
    ['keys: [{ id: a }]', 'keys[0].secret: It is missing.'],
    [
      'keys: [{ id: "a:b", secret: s }]',
      'keys[0].id: An id has 1 to 128 letters, digits, ".", "_" and "-", and begins with a letter or digit.',
    ],
    [
      'keys: [{ id: a, secret: s, workspace: a/b }]',
      'keys[0].workspace: A workspace has 1 to 63 letters, digits, ".", "_" and "-", and begins with a letter or digit.',
    ],
    ['keys: [{ id: a, secret: s, scopes: [] }]', 'keys[0].scopes: It must have at least 1 entry.'],
    [
      'keys: [{ id: a, secret: s, scopes: [router.wirte] }]',
      'keys[0].scopes[0]: It must be one of inference, router.read, router.write, not "router.wirte". Did you mean router.write?',
    ],
    ['keys: [{ id: a, secret: s }, { id: a, secret: t }]', 'keys[1].id: Another key has this id. Give it its own.'],
    ['keys: [~]', 'keys[0]: It is missing.'],
    [
      'log: { level: information }',
      'log.level: It must be one of debug, info, warn, error, silent, not "information".',
    ],
    ['log: { format: text }', 'log.format: It must be json, not "text".'],
    [
      'storage: { url: "postgres://u:hunter2@h/d" }',
      'storage.url: Write sqlite: and the path of a file, such as sqlite:./data/signalbox.db.',
    ],
    [
      'storage: { url: "sqlite:" }',
      'storage.url: Write sqlite: and the path of a file, such as sqlite:./data/signalbox.db.',
    ],
    [
      'storage: { url: "sqlite:///data/signalbox.db" }',
      'storage.url: Write sqlite: and the path of a file, such as sqlite:./data/signalbox.db.',
    ],
    ['storage: { url: "sqlite:a\\0b" }', 'storage.url: A path cannot hold a NUL character.'],
    ['hello', 'It must be a section with keys, not text.'],
    ['[]', 'It must be a section with keys, not a list.'],
  ])('%s', (file, problem) => {
    const place = file === 'hello' || file === '[]' ? 'signalbox.yaml' : 'signalbox.yaml:1';
    expect(problemsOf({ file })).toEqual([`${place}: ${problem}`]);
  });

  test('is told with the line of its key, or of the section that lacks it', () => {
    const file = 'server:\n  limits:\n    max_header_count: 1\nkeys:\n  - id: a\n    secret: s\n  -\n    id: b\n';
    expect(problemsOf({ file })).toEqual([
      'signalbox.yaml:3: server.limits.max_header_count: It must be at least 16, not 1.',
      'signalbox.yaml:8: keys[1].secret: It is missing.',
    ]);
  });
});

describe('a key that does not exist', () => {
  test.each([
    ['sevrer: {}', 'sevrer: There is no such key. Did you mean server?'],
    ['server: { prot: 1 }', 'server.prot: There is no such key. Did you mean port?'],
    ['server: { maxBodyBytes: 1 }', 'server.maxBodyBytes: There is no such key. Did you mean max_body_bytes?'],
    [
      'server: { limits: { max-connections: 1 } }',
      'server.limits.max-connections: There is no such key. Did you mean max_connections?',
    ],
    ['keys: [{ id: a, secret: s, scope: [] }]', 'keys[0].scope: There is no such key. Did you mean scopes?'],
    ['providers: { openai: { apikey: k } }', 'providers.openai.apikey: There is no such key. Did you mean api_key?'],
    ['port: 80', 'port: There is no such key. Did you mean server.port?'],
    ['nothing_like_it: 1', 'nothing_like_it: There is no such key.'],
    ['constructor: 1', 'constructor: There is no such key.'],
    ['"a b": 1', '["a b"]: There is no such key.'],
    [`${'x'.repeat(65)}: 1`, `["${'x'.repeat(64)}…"]: There is no such key.`],
    ['"": 1', '[""]: There is no such key.'],
  ])('%s', (file, problem) => {
    expect(problemsOf({ file })).toEqual([`signalbox.yaml:1: ${problem}`]);
  });
});

test('bounds themselves are allowed', () => {
  const config = load({ file: 'server: { port: 65535, drain_timeout_ms: 0 }\ncalls: { timeout_ms: 86400000 }' });
  expect(config.server).toMatchObject({ port: 65_535, drainTimeoutMs: 0 });
  expect(config.calls.timeoutMs).toBe(86_400_000);
});
