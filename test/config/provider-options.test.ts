import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { cwd } from './load-fixture.ts';

const knownKinds = [
  {
    kind: 'azure',
    apiKeyVariable: 'AZURE_KEY',
    baseUrlVariable: 'AZURE_ENDPOINT',
    options: [{ name: 'api_version', variable: 'AZURE_VERSION' }],
    builtIn: true,
  },
  { kind: 'plain', apiKeyVariable: undefined, builtIn: false },
];

function load(file: string, env: Readonly<Record<string, string>> = {}) {
  const launch = loadConfig({
    argv: ['--config', 'signalbox.yaml'],
    cwd,
    env,
    readFile: () => Buffer.from(file),
    knownKinds,
  });
  if (launch.action !== 'serve') throw new Error('it does not serve');
  return launch.config.providers.find(({ name }) => name === 'azure');
}

describe('settings of one kind of provider', () => {
  test('come from its variables when the file does not say them', () => {
    const env = { AZURE_ENDPOINT: 'https://me.openai.azure.com/', AZURE_VERSION: '2024-10-21' };
    for (const file of ['{}', 'providers: { azure: {} }']) {
      expect(load(file, env)).toMatchObject({
        baseUrl: 'https://me.openai.azure.com',
        options: [{ name: 'api_version', value: '2024-10-21' }],
      });
    }
  });

  test('come from the file first', () => {
    const env = { AZURE_ENDPOINT: 'https://other.example.com', AZURE_VERSION: 'preview' };
    const file = 'providers: { azure: { base_url: "https://me.example.com", options: { api_version: "2024-10-21" } } }';
    expect(load(file, env)).toMatchObject({
      baseUrl: 'https://me.example.com',
      options: [{ name: 'api_version', value: '2024-10-21' }],
    });
  });

  test('are not there when nobody says them', () => {
    expect(load('{}', { AZURE_ENDPOINT: '' })).toMatchObject({ baseUrl: undefined, options: [] });
  });

  test.each([
    ['providers: { azure: { options: { version: "1" } } }', {}, /azure.*options.*It has api_version\./s],
    ['providers: { azure: { kind: plain, options: { api_version: "1" } } }', {}, /This kind of provider has none\./],
    ['providers: { azure: { options: { api_version: "" } } }', {}, /api_version/],
    ['{}', { AZURE_ENDPOINT: 'me.openai.azure.com' }, /The environment variable AZURE_ENDPOINT is no base URL\./],
    ['{}', { AZURE_ENDPOINT: 'https://me:pass@example.com' }, /^(?!.*pass@).*AZURE_ENDPOINT/s],
  ])('are refused in %s with %j', (file, env, problem) => {
    expect(() => load(file, env)).toThrow(problem);
  });
});
