import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeConfig } from '../../src/config/describe-config.ts';
import { load } from './load-fixture.ts';

const tls = join(import.meta.dirname, '../fixtures/tls');
const surroundings = {
  file: `
server:
  host: "::"
  tls: { cert_file: cert.pem, key_file: key.pem }
  cors: { origins: ["*"] }
keys:
  - { id: app, secret: "env:APP_SECRET", workspace: team, scopes: [router.read] }
providers:
  my-vllm: { kind: openai-compatible, base_url: "http://127.0.0.1:8000/v1", headers: { X-Team: "env:TEAM" } }
  sandbox: { enabled: false }
calls: { timeout_ms: 1000 }
auth: { hash_key: "env:HASH" }
`,
  env: { APP_SECRET: 'app-secret', TEAM: 'search', HASH: 'h'.repeat(32), PORT: '0' },
  files: {
    '/srv/app/cert.pem': readFileSync(join(tls, 'cert.pem')),
    '/srv/app/key.pem': readFileSync(join(tls, 'key.pem')),
  },
};

describe('describeConfig', () => {
  test('gives a file that loads to the same configuration', () => {
    const config = load(surroundings);
    const described = load({
      ...surroundings,
      file: describeConfig(config),
      env: { ...surroundings.env, PORT: undefined },
    });
    expect(described).toEqual(config);
    expect(described.providers.map(({ headers }) => headers.map(({ secret }) => secret?.reveal()))).toEqual([
      ['search'],
      [],
      [],
    ]);
  });

  test('gives the defaults as well, every key once, as one YAML document', () => {
    const described: unknown = parse(describeConfig(load({})));
    expect(described).toMatchObject({
      server: { host: '127.0.0.1', port: 8585, max_body_bytes: 10_485_760, limits: { http2_idle_timeout_ms: 300_000 } },
      keys: [],
      providers: { openai: { kind: 'openai', api_key: null }, sandbox: { kind: 'sandbox' } },
      storage: { url: 'sqlite:/srv/app/data/signalbox.db' },
    });
  });

  test('says which variables are not set, and which key came from one', () => {
    const text = describeConfig(
      load({
        file: 'providers: { openai: { headers: { x-a: "env:TEAM" } } }\nkeys: [{ id: a, secret: written }]',
        env: { SIGNALBOX_API_KEY: 'dev:secret' },
      }),
    );
    expect(text).toContain('api_key: null # OPENAI_API_KEY is not set\n');
    expect(text).toContain('x-a: env:TEAM # TEAM is not set\n');
    expect(text).toContain('id: dev # from SIGNALBOX_API_KEY\n');
    expect(describeConfig(load({ file: 'providers: { openai: { api_key: "env:K" } }' }))).toContain(
      'api_key: env:K # K is not set\n',
    );
    expect(text.match(/secret: "\*\*\*"\n/g)).toHaveLength(2);
    expect(describeConfig(load({ env: { OPENAI_API_KEY: 'sk-1' } }))).toContain('api_key: env:OPENAI_API_KEY\n');
  });
});
