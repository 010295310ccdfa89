import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { KnownKind } from '../../src/config/config-sources.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import type { LogLevel } from '../../src/telemetry/logger.ts';
import type { UpstreamOptions } from '../../src/upstream/upstream-client.ts';
import type { OnePortLimits } from '../../src/wire/one-port-options.ts';
import { cwd, launch, load, problemsOf } from './load-fixture.ts';

describe('the defaults', () => {
  test('hold with no file, no variable and no flag', () => {
    const config = load({});
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8585, maxBodyBytes: 10_485_760 });
    expect(config.server.tls).toBeUndefined();
    expect(config.server.cors.origins).toEqual([]);
    expect(config.keys).toEqual([]);
    expect(config.storage.url).toBe(`sqlite:${cwd}/data/signalbox.db`);
    expect(config.auth.hashKey).toBeUndefined();
  });

  test('are the same for an empty file, for comments, and for sections without content', () => {
    const defaults = load({});
    for (const file of [
      '',
      '# nothing\n',
      'null',
      '{}',
      '---\n',
      'server:\nkeys:\nproviders:\nupstream: {}\n',
      '\uFEFF',
    ]) {
      expect(load({ file })).toEqual(defaults);
    }
  });

  test('have the names and types that the rest of the server takes', () => {
    expectTypeOf<Config['server']['limits']>().toEqualTypeOf<OnePortLimits>();
    expectTypeOf<Config['upstream']>().toExtend<UpstreamOptions>();
    expectTypeOf<Config['log']['level']>().toEqualTypeOf<LogLevel>();
    expectTypeOf<ProviderKind>().toExtend<KnownKind>();
  });
});

describe('the fixed part of the file', () => {
  const file = `
server:    { host: 127.0.0.1, port: 8585 }
keys:      [ { id: app, secret: "env:APP_SECRET", workspace: default, scopes: [inference, router.read, router.write] } ]
providers:
  openai:  { api_key: "env:OPENAI_API_KEY", base_url: "https://api.openai.com/v1" }
  my-vllm: { kind: openai-compatible, base_url: "http://127.0.0.1:8000/v1" }
storage:   { url: "sqlite:./data/signalbox.db" }
`;

  test('loads', () => {
    const config = load({ file, env: { APP_SECRET: 'app-secret', OPENAI_API_KEY: 'sk-1' } });
    expect(config.keys).toMatchObject([
      { id: 'app', workspace: 'default', scopes: ['inference', 'router.read', 'router.write'] },
    ]);
    expect(config.keys[0]?.secret.reveal()).toBe('app-secret');
    expect(config.providers).toMatchObject([
      { name: 'openai', kind: 'openai', enabled: true, baseUrl: 'https://api.openai.com/v1', unsetVariables: [] },
      { name: 'my-vllm', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000/v1', unsetVariables: [] },
      { name: 'sandbox', kind: 'sandbox' },
    ]);
    expect(config.providers[0]?.apiKey.secret?.reveal()).toBe('sk-1');
  });

  test('gives frozen data at every depth', () => {
    const frozen: unknown[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(value).toSatisfy(Object.isFrozen);
      frozen.push(value);
      for (const inner of Object.values(value)) visit(inner);
    };
    visit(load({ file, env: { APP_SECRET: 'app-secret', OPENAI_API_KEY: 'sk-1' } }));
    expect(frozen.length).toBeGreaterThan(15);
  });
});

describe('what goes before what', () => {
  const file = 'server: { host: file.example, port: 1 }';

  test.each([
    {
      argv: ['--host', 'flag.example', '--port', '3'],
      env: { HOST: 'env.example', PORT: '2' },
      host: 'flag.example',
      port: 3,
    },
    { argv: ['--host=flag.example'], env: { PORT: '2' }, host: 'flag.example', port: 2 },
    { argv: [], env: { HOST: 'env.example', PORT: '2' }, host: 'env.example', port: 2 },
    { argv: [], env: { HOST: '', PORT: '' }, host: 'file.example', port: 1 },
    { argv: ['--port', '0'], env: {}, host: 'file.example', port: 0 },
  ])('address: flags $argv, variables $env', ({ argv, env, host, port }) => {
    expect(load({ file, argv, env }).server).toMatchObject({ host, port });
    expect(load({ argv: ['--host', 'h', '--port', '7'] }).server).toMatchObject({ host: 'h', port: 7 });
  });

  test('a variable that a flag replaces may be anything', () => {
    expect(load({ argv: ['--port', '3'], env: { PORT: 'none' } }).server.port).toBe(3);
  });

  test('file: --config, then SIGNALBOX_CONFIG, then ./signalbox.yaml', () => {
    const files = { '/etc/flag.yaml': 'server: { port: 3 }', [`${cwd}/conf/env.yaml`]: 'server: { port: 2 }' };
    const env = { SIGNALBOX_CONFIG: 'conf/env.yaml' };
    expect(launch({ argv: ['--config', '/etc/flag.yaml'], env, file, files })).toMatchObject({
      configFile: { name: '/etc/flag.yaml', path: '/etc/flag.yaml' },
      config: { server: { port: 3 } },
    });
    expect(launch({ env, file, files })).toMatchObject({
      configFile: { name: 'conf/env.yaml', path: '/srv/app/conf/env.yaml' },
      config: { server: { port: 2 } },
    });
    expect(launch({ env: { SIGNALBOX_CONFIG: '' }, file, files })).toMatchObject({
      configFile: { name: 'signalbox.yaml' },
    });
    expect(launch({ files })).toMatchObject({ configFile: undefined });
  });

  test("relative paths start at the file's folder, absolute ones stay", () => {
    const argv = ['--config', '../etc/signalbox.yaml'];
    const path = '/srv/etc/signalbox.yaml';
    const urlOf = (content: string) => load({ argv, files: { [path]: content } }).storage.url;
    expect(urlOf('storage: { url: "sqlite:db/a.db" }')).toBe('sqlite:/srv/etc/db/a.db');
    expect(urlOf('')).toBe('sqlite:/srv/etc/data/signalbox.db');
    expect(urlOf('storage: { url: "sqlite:/var/a.db" }')).toBe('sqlite:/var/a.db');
    expect(urlOf('storage: { url: "sqlite::memory:" }')).toBe('sqlite::memory:');
  });
});

describe('what the program was started for', () => {
  test.each([
    [[], 'serve'],
    [['--check'], 'check'],
    [['--version', '--check'], 'version'],
    [['-h', '-v'], 'help'],
  ])('%j: %s', (argv, action) => {
    expect(launch({ argv })).toMatchObject({ action });
  });

  test('help and version do not need a configuration that loads', () => {
    expect(launch({ argv: ['--help'], file: '][', env: { PORT: 'x' } })).toEqual({ action: 'help' });
  });
});

describe('problems', () => {
  test('of all sources are told at once', () => {
    expect(problemsOf({ env: { PORT: 'x', SIGNALBOX_API_KEY: 'y' }, file: 'a: 1\nlog: { level: loud }' })).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^SIGNALBOX_API_KEY: /),
      expect.stringMatching(/^signalbox\.yaml:2: log\.level: /),
      expect.stringMatching(/^signalbox\.yaml:1: a: /),
    ]);
  });

  test('are one line each, also where the operator wrote control characters', () => {
    const problems = problemsOf({
      argv: ['--config', 'a\nb'],
      files: { [`${cwd}/a\nb`]: '"x\\ny": 1\nproviders: { "\\e": {} }' },
    });
    expect(problems).toHaveLength(2);
    for (const problem of problems) expect(problem).not.toMatch(/\p{Cc}/u);
  });

  test('are told up to a bound', () => {
    const file = Array.from({ length: 20_000 }, (_, index) => `key${index}: 1`).join('\n');
    const problems = problemsOf({ file });
    expect(problems).toHaveLength(51);
    expect(problems[50]).toBe('There are 19950 more problems of this kind.');
  });

  test.each([
    ['--port', ['--port', '65536'], {}],
    ['--port', ['--port', '0x50'], {}],
    ['--port', ['--port', ' 80'], {}],
    ['--port', ['--port', '80.5'], {}],
    ['PORT', [], { PORT: '-1' }],
    ['PORT', [], { PORT: 'tcp://10.0.0.1:80' }],
    ['--host', ['--host', 'http://localhost'], {}],
    ['--host', ['--host', 'x'.repeat(300)], {}],
    ['HOST', [], { HOST: 'a b' }],
  ])('%s of %j %j', (source, argv, env) => {
    expect(problemsOf({ argv, env })).toEqual([expect.stringMatching(new RegExp(`^${source}: Write a `))]);
  });
});

describe('a file that cannot be read', () => {
  test.each([
    [
      { argv: ['--config', 'no.yaml'] },
      'The configuration file "no.yaml" that --config names cannot be read: there is no such file.',
    ],
    [
      { env: { SIGNALBOX_CONFIG: '/no.yaml' } },
      'The configuration file "/no.yaml" that SIGNALBOX_CONFIG names cannot be read: there is no such file.',
    ],
    [
      { files: { [`${cwd}/signalbox.yaml`]: { code: 'EACCES' } } },
      'The configuration file "signalbox.yaml" cannot be read: this user may not read it.',
    ],
    [
      { files: { [`${cwd}/signalbox.yaml`]: { code: 'EISDIR' } } },
      'The configuration file "signalbox.yaml" cannot be read: it is a folder.',
    ],
    [
      { files: { [`${cwd}/signalbox.yaml`]: { code: 'EIO' } } },
      'The configuration file "signalbox.yaml" cannot be read: the system says EIO.',
    ],
    [{ file: `# ${'x'.repeat(1_048_576)}` }, 'The configuration file "signalbox.yaml" is longer than 1048576 bytes.'],
    [
      { files: { [`${cwd}/signalbox.yaml`]: Uint8Array.of(0x61, 0x3a, 0xff) } },
      'The configuration file "signalbox.yaml" is not UTF-8 text. Save it as UTF-8.',
    ],
    [{ file: 'server: [' }, expect.stringMatching(/^signalbox\.yaml:1: [A-Z].*\.$/)],
  ])('%#: is one clear sentence', (surroundings, problem) => {
    expect(problemsOf(surroundings)).toEqual([problem]);
  });
});
