import { describe, expect, it } from 'vitest';
import type { Config, ConfiguredProvider } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { describeConfig } from '../../../src/config/describe-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { bedrock } from '../../../src/providers/bedrock/index.ts';

type Variables = Readonly<Record<string, string>>;

function load(file: string, env: Variables): Config {
  const readFile = () => Buffer.from(file);
  const launched = loadConfig({ argv: ['--config', 'c.yaml'], env, cwd: '/srv', readFile, knownKinds: [bedrock] });
  if (!('config' in launched)) throw new Error('there is no configuration');
  return launched.config;
}

/** What a provider is given, by its names: options, its key, and variables that are not set. */
function settingsOf({ options, apiKey, unsetVariables }: ConfiguredProvider): object {
  return {
    ...Object.fromEntries(options.map(({ name, value }) => [name, typeof value === 'string' ? value : value.reveal()])),
    ...(apiKey.secret && { key: apiKey.secret.reveal() }),
    ...(unsetVariables.length > 0 && { unsetVariables }),
  };
}

function find(file: string, env: Variables, name = 'bedrock'): object {
  const provider = load(file, env).providers.find((one) => one.name === name);
  return provider === undefined ? {} : settingsOf(provider);
}

const variables = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-env',
  AWS_SESSION_TOKEN: 'token-of-env',
};

describe('the settings of Bedrock', () => {
  it('are taken from the variables of Amazon’s own tools', () => {
    expect(find('{}', { ...variables, AWS_DEFAULT_REGION: 'eu-west-1', AWS_BEARER_TOKEN_BEDROCK: 'key' })).toEqual({
      region: 'eu-west-1',
      access_key_id: 'AKIDEXAMPLE',
      secret_access_key: 'secret-of-env',
      session_token: 'token-of-env',
      key: 'key',
    });
    expect(find('{}', { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'eu-west-1' })).toEqual({ region: 'us-east-1' });
    expect(find('{}', {})).toEqual({});
  });

  it('are of one identity: where the file says a secret, no variable adds to it', () => {
    const file =
      'providers: { mine: { kind: bedrock, options: { region: us-west-2, access_key_id: AKIDMINE, secret_access_key: "env:MINE" } } }';
    const env = { ...variables, AWS_BEARER_TOKEN_BEDROCK: 'key', AWS_REGION: 'eu-west-1' };
    const own = { region: 'us-west-2', access_key_id: 'AKIDMINE' };
    expect(find(file, { ...env, MINE: 'secret-of-mine' }, 'mine')).toEqual({
      ...own,
      secret_access_key: 'secret-of-mine',
    });
    expect(find(file, env, 'mine')).toEqual({ ...own, unsetVariables: ['MINE'] });
  });

  it('are not shown where they are secret', () => {
    const file =
      'providers: { bedrock: { options: { region: us-west-2, access_key_id: AKIDMINE, secret_access_key: "env:MINE" } } }';
    const shown = describeConfig(load(file, { MINE: 'secret-of-mine' }));
    expect(shown).toContain('region: us-west-2');
    expect(shown).toContain('env:MINE');
    expect(shown).not.toMatch(/AKIDMINE|secret-of-mine/);
    expect(JSON.stringify(load('{}', variables))).not.toMatch(/AKIDEXAMPLE|-of-env/);
  });

  it('that a header cannot carry are refused, and not repeated', () => {
    try {
      load('{}', { ...variables, AWS_SESSION_TOKEN: 'two\nlines' });
      expect.unreachable();
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      expect(thrown.problems.join()).toContain('AWS_SESSION_TOKEN');
      expect(thrown.problems.join()).not.toContain('two\nlines');
    }
  });
});
