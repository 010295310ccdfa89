import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { describeConfig } from '../../src/config/describe-config.ts';
import { launch, load, problemsOf } from './load-fixture.ts';

const keyFile = 'keys: [{ id: app, secret: "env:APP_SECRET" }]';

describe('a secret', () => {
  test('is taken from the variable that is named, or as it is written', () => {
    const { keys, auth } = load({
      file: 'keys: [{ id: a, secret: "env:A" }, { id: b, secret: "written ö" }]\nauth: { hash_key: "env:HASH" }',
      env: { A: 'from the variable', HASH: '0123456789abcdef0123456789abcdef' },
    });
    expect(keys.map(({ secret }) => [secret.reveal(), secret.variable])).toEqual([
      ['from the variable', 'A'],
      ['written ö', undefined],
    ]);
    expect(auth.hashKey?.reveal()).toBe('0123456789abcdef0123456789abcdef');
  });

  test.each([
    [undefined, 'The environment variable APP_SECRET is not set. Set it, or leave out this line.'],
    ['', 'The environment variable APP_SECRET is not set. Set it, or leave out this line.'],
    ['a\nb', 'The environment variable APP_SECRET holds a line break or control character. Remove it.'],
    ['x'.repeat(513), 'The environment variable APP_SECRET is longer than 512 bytes. Use a shorter one.'],
    ['ö'.repeat(257), 'The environment variable APP_SECRET is longer than 512 bytes. Use a shorter one.'],
  ])('of a caller in a variable that is %.10j is an error', (value, problem) => {
    expect(problemsOf({ file: keyFile, env: { APP_SECRET: value } })).toEqual([
      `signalbox.yaml:1: keys[0].secret: ${problem}`,
    ]);
  });

  test.each(['env:', 'env:1A', 'env:A-B', 'env: A', 'env:$A'])('%s names no variable', (reference) => {
    expect(problemsOf({ file: `keys: [{ id: a, secret: "${reference}" }]` })).toEqual([
      'signalbox.yaml:1: keys[0].secret: After env: comes the name of an environment variable: letters, digits and _.',
    ]);
  });

  test('is not found in what every object inherits', () => {
    expect(problemsOf({ file: 'keys: [{ id: a, secret: "env:constructor" }]' })).toEqual([
      expect.stringContaining('The environment variable constructor is not set.'),
    ]);
  });

  test('that is empty or of another type is an error that does not show it', () => {
    expect(
      problemsOf({ file: 'keys: [{ id: a, secret: "" }, { id: b, secret: 12345678 }, { id: c, secret: [a] }]' }),
    ).toEqual([
      'signalbox.yaml:1: keys[0].secret: It must have at least 1 character.',
      'signalbox.yaml:1: keys[1].secret: It must be text. Put it in quotation marks.',
      'signalbox.yaml:1: keys[2].secret: It must be text, not a list.',
    ]);
  });

  test('of the hash has at least 32 bytes', () => {
    expect(problemsOf({ file: 'auth: { hash_key: short }' })).toEqual([
      'signalbox.yaml:1: auth.hash_key: The value is shorter than 32 bytes. Use a longer one.',
    ]);
  });
});

describe("a provider's key", () => {
  const openai = (file: string, env = {}) => load({ file, env }).providers.find(({ name }) => name === 'openai');

  test('in a variable that is not set keeps the provider from being live, and its name is known', () => {
    expect(openai('providers: { openai: { api_key: "env:MY_KEY", headers: { x-a: "env:MY_HEADER" } } }')).toMatchObject(
      {
        apiKey: { secret: undefined, variable: 'MY_KEY' },
        unsetVariables: ['MY_KEY', 'MY_HEADER'],
      },
    );
  });

  test("comes from the kind's usual variable when the file names none", () => {
    const env = { OPENAI_API_KEY: 'sk-1' };
    for (const file of ['', 'providers: { openai: {} }']) {
      expect(openai(file, env)?.apiKey.secret?.reveal()).toBe('sk-1');
      expect(openai(file)).toMatchObject({
        apiKey: { secret: undefined, variable: 'OPENAI_API_KEY' },
        unsetVariables: [],
      });
    }
    expect(openai('providers: { openai: { api_key: sk-2 } }', env)?.apiKey.secret?.reveal()).toBe('sk-2');
  });

  test.each(['sk-1\n', ' sk-1', 'sk\u00e4'])('%j cannot be sent in a header', (value) => {
    expect(problemsOf({ file: 'providers: { openai: { api_key: "env:K" } }', env: { K: value } })).toEqual([
      expect.stringMatching(
        /^signalbox\.yaml:1: providers\.openai\.api_key: The environment variable K holds something/,
      ),
    ]);
  });
});

describe('SIGNALBOX_API_KEY', () => {
  test('adds a key with every scope', () => {
    const { keys } = load({ file: keyFile, env: { APP_SECRET: 's', SIGNALBOX_API_KEY: 'dev:a:b' } });
    expect(keys).toMatchObject([
      { id: 'app', scopes: ['inference', 'router.read'] },
      { id: 'dev', workspace: 'default', scopes: ['inference', 'router.read', 'router.write'] },
    ]);
    expect(keys[1]?.secret.reveal()).toBe('a:b');
  });

  test.each(['hunter2', ':hunter2', 'a b:hunter2', 'hunter2:', 'aHVudGVyMjpodW50ZXIy', 'a:hunter2\n'])(
    '%j is refused without showing it',
    (value) => {
      const problems = problemsOf({ env: { SIGNALBOX_API_KEY: value } });
      expect(problems).toEqual([expect.stringMatching(/^SIGNALBOX_API_KEY: /)]);
      expect(problems[0]).not.toMatch(/hunter2|aHVu/);
    },
  );

  test('must not have the id of a key in the file', () => {
    expect(problemsOf({ file: keyFile, env: { APP_SECRET: 's', SIGNALBOX_API_KEY: 'app:t' } })).toEqual([
      'SIGNALBOX_API_KEY: A key of the configuration file has the same id. Give one of them another.',
    ]);
  });
});

describe('secrets are not shown', () => {
  const secrets = [
    'hunter2-written',
    'hunter2-variable',
    'hunter2-provider',
    'hunter2-header',
    `hunter2-${'h'.repeat(32)}`,
  ];
  const [written, variable, provider, header, hash] = secrets;
  const surroundings = {
    file: `
keys: [{ id: a, secret: ${written} }, { id: b, secret: "env:KEY_B" }]
providers:
  openai: { api_key: "env:KEY_C", headers: { authorization: ${header} } }
auth: { hash_key: ${hash} }
`,
    env: { KEY_B: variable, KEY_C: provider, SIGNALBOX_API_KEY: `c:${variable}` },
  };

  test.each([
    ['describeConfig', describeConfig],
    ['JSON.stringify', (config: object) => JSON.stringify(config)],
    ['inspect', (config: object) => inspect(config, { depth: null, showHidden: true })],
  ])('by %s', (_, show) => {
    const config = load(surroundings);
    expect(config.keys.map(({ secret }) => secret.reveal())).toEqual([written, variable, variable]);
    expect(show(config)).not.toContain('hunter2');
  });

  test.each([
    ['an unknown key', 'log: { x: 1 }'],
    ['a wrong type', 'server: hunter2-1'],
    ['a key twice', 'server: {}\nserver: {}'],
    ['a second document', '---\na: 1'],
    ['a tag', 'server: !hunter2 x'],
    ['an alias', 'server: *hunter2'],
    ['an unfinished value', 'server: "hunter2'],
    ['a reserved character', 'server: @hunter2'],
    ['a secret as a section', 'providers: { openai: hunter2 }'],
    ['a secret on a line of its own', 'hunter2-hunter2'],
  ])('by the error for %s', (_, line) => {
    let thrown: unknown;
    try {
      launch({ ...surroundings, file: `${surroundings.file}${line}\n` });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(inspect(thrown, { depth: null, showHidden: true })).not.toContain('hunter2');
  });
});
