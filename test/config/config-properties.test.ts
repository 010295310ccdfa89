import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { describeConfig } from '../../src/config/describe-config.ts';
import { createFileSchema } from '../../src/config/file-schema.ts';
import { listKeys } from '../../src/config/list-keys.ts';
import { load, type Surroundings } from './load-fixture.ts';

/** Loads, or fails with a ConfigError whose problems are lines. Anything else that is thrown fails the test. */
function loadOrRefuse(surroundings: Surroundings): void {
  try {
    describeConfig(load(surroundings));
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    expect(thrown.problems.length).toBeGreaterThan(0);
    for (const problem of thrown.problems) {
      expect(problem).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
      expect(problem).toMatch(/[.?]$/);
    }
  }
}

/** What would break a line, or turn it round. */
const unprintable = 'a\n\u0085\u2028\u2029\u202e\ud800';

const names = [
  ...new Set(
    listKeys(createFileSchema({ env: {}, knownKinds: [], baseFolder: '/', readFile: () => new Uint8Array() })).flatMap(
      ({ path }) => path,
    ),
  ),
  'openai',
  '__proto__',
  'constructor',
  unprintable,
];

const scalar = fc.oneof(
  fc.constantFrom(
    'env:A',
    'env:B',
    'openai',
    'https://a.example',
    '',
    'sqlite:a',
    '-',
    '*x',
    '&x',
    '# c',
    null,
    true,
    0,
  ),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
);

/** Data in the shape of a configuration: its names, at any place. */
const { node: data } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('node'), { maxKeys: 6 }),
  ),
}));

describe('whatever stands in the file', () => {
  test('it loads or is refused in lines', () => {
    fc.assert(
      fc.property(data, (value) => {
        loadOrRefuse({ file: stringify(value), env: { A: 'a' } });
        loadOrRefuse({ file: JSON.stringify(value) ?? '', env: { A: 'a' } });
      }),
      { numRuns: 300 },
    );
  });

  test('whatever text it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'server:',
        'keys:',
        '\n',
        '\n  ',
        ' ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ',',
        ': ',
        '"',
        "'",
        '&a ',
        '*a',
        '!t ',
        '|',
        '>',
        '---\n',
        '%Y\n',
        '? ',
        '#',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => loadOrRefuse({ file: pieces.join('') })),
      { numRuns: 1000 },
    );
  });

  test('whatever bytes it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) =>
        loadOrRefuse({ files: { '/srv/app/signalbox.yaml': bytes } }),
      ),
      { numRuns: 300 },
    );
  });
});

test('whatever flags and variables there are', () => {
  const argument = fc.oneof(
    fc.constantFrom('--config', '--host', '--port', '--check', '--help', '-h', '--', '-', '--port=', '--host=a'),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(unprintable, `--${unprintable}`, `--config=${unprintable}`),
    fc.string().map((text) => `--${text}`),
  );
  const variable = fc.constantFrom('HOST', 'PORT', 'SIGNALBOX_CONFIG', 'SIGNALBOX_API_KEY', 'OPENAI_API_KEY');
  fc.assert(
    fc.property(
      fc.array(argument, { maxLength: 5 }),
      fc.dictionary(variable, fc.string({ unit: 'binary' })),
      (argv, env) => {
        const surroundings = { argv: argv.filter((text) => !/^--?(h|v|help|version)/.test(text)), env };
        loadOrRefuse(surroundings);
      },
    ),
    { numRuns: 500 },
  );
});

test('a secret is not shown, whatever it is', () => {
  const secret = fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 40 }).map((text) => `§${text.trim()}§`);
  fc.assert(
    fc.property(secret, fc.constantFrom('server: 1', 'x: 1', ''), (value, line) => {
      const file = `keys: [{ id: a, secret: ${JSON.stringify(value)} }]\nproviders: { openai: { api_key: ${JSON.stringify(value)} } }\n${line}`;
      let shown: string;
      try {
        const config = load({ file: file.replace(/^providers.*\n/m, ''), env: { SIGNALBOX_API_KEY: `b:${value}` } });
        shown = describeConfig(config) + inspect(config, { depth: null }) + JSON.stringify(config);
      } catch (thrown) {
        shown = inspect(thrown);
      }
      expect(shown).not.toContain('§');
      // A key with a letter outside ASCII cannot be sent, so this one always fails.
      expect(() => load({ file })).toThrow(ConfigError);
      expect(() => load({ file })).not.toThrow('§');
    }),
    { numRuns: 100 },
  );
});
