import { describe, expect, test } from 'vitest';
import { load, problemsOf } from './load-fixture.ts';

const names = (surroundings: Parameters<typeof load>[0]) => load(surroundings).providers.map(({ name }) => name);

describe('providers', () => {
  test('that are built in are there without an entry, after those of the file', () => {
    expect(names({})).toEqual(['openai', 'sandbox']);
    expect(names({ file: 'providers: { mine: { kind: openai-compatible }, sandbox: {} }' })).toEqual([
      'mine',
      'sandbox',
      'openai',
    ]);
  });

  test('take their kind from their name, or name it', () => {
    const { providers } = load({
      file: 'providers: { openai: { base_url: "https://eu.example/v1" }, eu: { kind: openai } }',
    });
    expect(providers).toMatchObject([
      { name: 'openai', kind: 'openai' },
      { name: 'eu', kind: 'openai' },
      { name: 'sandbox', kind: 'sandbox' },
    ]);
  });

  test('are switched off by enabled: false, which keeps their entry', () => {
    const { providers } = load({ file: 'providers: { sandbox: { enabled: false } }' });
    expect(providers.find(({ name }) => name === 'sandbox')).toMatchObject({ enabled: false });
  });

  test('that are switched off may have a key in the environment that cannot be used', () => {
    const env = { OPENAI_API_KEY: 'a\nb' };
    expect(load({ env, file: 'providers: { openai: { enabled: false } }' }).providers[0]).toMatchObject({
      enabled: false,
    });
    expect(problemsOf({ env })).toEqual([
      expect.stringMatching(
        /^providers\.openai: The environment variable OPENAI_API_KEY holds something that an HTTP header cannot/,
      ),
    ]);
  });

  test.each([
    ['https://api.example.com/v1', 'https://api.example.com/v1'],
    ['https://api.example.com/v1//', 'https://api.example.com/v1'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['http://[::1]:8000/', 'http://[::1]:8000'],
  ])('base_url %s', (text, baseUrl) => {
    expect(load({ file: `providers: { openai: { base_url: "${text}" } }` }).providers[0]).toMatchObject({ baseUrl });
  });

  test.each([
    [
      'api.example.com/v1',
      'Write a whole URL that begins with http:// or https://, such as https://api.example.com/v1.',
    ],
    [
      'ftp://api.example.com',
      'Write a whole URL that begins with http:// or https://, such as https://api.example.com/v1.',
    ],
    ['https://me:hunter2@api.example.com', 'The URL holds a name or password. Use api_key or headers for it.'],
    [
      'https://api.example.com/v1?key=hunter2',
      'The URL holds ? or #. Write only what stands before /chat/completions.',
    ],
    ['https://api.example.com/v1#hunter2', 'The URL holds ? or #. Write only what stands before /chat/completions.'],
    ['https://api.example.com/v1/chat/completions/', 'Leave out /chat/completions at the end of the URL.'],
    ['https://api.example.com/a b', 'The URL holds a space, a line break or a backslash. Remove it.'],
    ['https:\\\\\\\\api.example.com', 'The URL holds a space, a line break or a backslash. Remove it.'],
  ])('base_url %s is refused', (text, problem) => {
    expect(problemsOf({ file: `providers: { openai: { base_url: "${text}" } }` })).toEqual([
      `signalbox.yaml:1: providers.openai.base_url: ${problem}`,
    ]);
  });

  test('headers have names in lower case and values that are secrets', () => {
    const file = 'providers: { openai: { headers: { X-Team: search, x-key: "env:TEAM_KEY" } } }';
    const headers = load({ file, env: { TEAM_KEY: 'k' } }).providers[0]?.headers ?? [];
    expect(headers.map(({ name, secret }) => [name, secret?.reveal()])).toEqual([
      ['x-team', 'search'],
      ['x-key', 'k'],
    ]);
  });

  test.each([
    ['{ Host: a }', 'providers.openai.headers.Host: The server sets this header itself. Remove it.'],
    [
      '{ content-length: "1" }',
      'providers.openai.headers.content-length: The server sets this header itself. Remove it.',
    ],
    ['{ "a:b": c }', 'providers.openai.headers["a:b"]: It is no name of a header.'],
    [
      '{ X-A: a, x-a: b }',
      'providers.openai.headers: A header stands twice, in upper and lower case. Remove one of them.',
    ],
    ['{ x-a: 1 }', 'providers.openai.headers.x-a: It must be text. Put it in quotation marks.'],
    [
      `{ ${Array.from({ length: 51 }, (_, index) => `x-${index}: a`).join(', ')} }`,
      'providers.openai.headers: There are more than 50 headers. Remove some.',
    ],
  ])('headers %.40s are refused', (headers, problem) => {
    expect(problemsOf({ file: `providers: { openai: { headers: ${headers} } }` })).toEqual([
      `signalbox.yaml:1: ${problem}`,
    ]);
  });

  test.each([
    ['opneai: {}', 'providers.opneai.kind: "opneai" is no kind of provider. Did you mean openai?'],
    [
      'mine: { kind: openai-compatable }',
      'providers.mine.kind: "openai-compatable" is no kind of provider. Did you mean openai-compatible?',
    ],
    [
      'my-vllm: { base_url: "http://127.0.0.1:8000/v1" }',
      'providers.my-vllm.kind: "my-vllm" is no kind of provider. Write "kind: openai-compatible" for a server with the API of OpenAI. The kinds are openai, openai-compatible, sandbox.',
    ],
    [
      'router: { kind: openai }',
      'providers.router: The name router stands for saved routers. Give the provider another name.',
    ],
    [
      'a/b: { kind: openai }',
      'providers["a/b"]: A provider has a name of at most 63 lower-case letters, digits, ".", "_" and "-".',
    ],
    [
      'OpenAI: {}',
      'providers.OpenAI: A provider has a name of at most 63 lower-case letters, digits, ".", "_" and "-".',
    ],
    ['openai: sk-1', 'providers.openai: It must be a section with keys, not text.'],
    [
      Array.from({ length: 201 }, (_, index) => `p${index}: { kind: openai }`).join(', '),
      'providers: There are more than 200 providers. Remove some.',
    ],
  ])('%.60s is refused', (entry, problem) => {
    expect(problemsOf({ file: `providers: { ${entry} }` })).toEqual([`signalbox.yaml:1: ${problem}`]);
  });
});
