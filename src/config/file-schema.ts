import { resolve } from 'node:path';
import { z } from 'zod';
import { callsSchema } from './calls-schema.ts';
import { catalogSchema } from './catalog-schema.ts';
import type { ConfigSources } from './config-sources.ts';
import { createInlineRoutersSchema } from './inline-routers.ts';
import { createKeysSchema } from './key-schema.ts';
import { createProvidersSchema } from './provider-schema.ts';
import { bytes, keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';
import { routingSchema } from './routing-schema.ts';
import { plainSecret, requiredSecretField } from './secret-field.ts';
import { createServerSchema } from './server-schema.ts';
import { pathSchema } from './tls-schema.ts';

const { minuteMs, dayMs, kibibyte, mebibyte } = units;

/** The section `upstream`: the HTTP side to providers, named as upstream/ names its options. */
const upstreamSchema = z
  .strictObject({
    connect_timeout_ms: milliseconds(
      { min: 100, max: 5 * minuteMs, default: 10_000 },
      'How long a connection to a provider may take, name look-up and TLS included.',
    ),
    headers_timeout_ms: milliseconds(
      { min: 1000, max: dayMs, default: 10 * minuteMs },
      'How long a provider may take to begin its answer. Answers that are not streamed begin when they are complete.',
    ),
    idle_timeout_ms: milliseconds(
      { min: 1000, max: dayMs, default: 2 * minuteMs },
      'How long a provider may be silent once it has begun its answer.',
    ),
    finish_timeout_ms: milliseconds(
      { min: 100, max: 5 * minuteMs, default: 5000 },
      'How long a streamed answer that is complete may take to add its usage and end.',
    ),
    keep_alive_ms: milliseconds(
      { min: 100, max: 10 * minuteMs, default: 30_000 },
      'How long an idle connection to a provider is kept. The provider may ask for less.',
    ),
    max_connections_per_origin: wholeNumber(
      'calls',
      { min: 1, max: 100_000, default: 1000 },
      'Most calls at a time to one origin (scheme, host and port). One more fails over to the next model at once.',
    ),
    max_header_bytes: bytes(
      { min: 4 * kibibyte, max: mebibyte, default: 64 * kibibyte },
      "Most bytes of an answer's header.",
    ),
    max_buffered_bytes: bytes(
      { min: 16 * kibibyte, max: 64 * mebibyte, default: 256 * kibibyte },
      'What one answer may have waiting for a slow client before its provider is held back.',
    ),
    max_reply_bytes: bytes(
      { min: kibibyte, max: 256 * mebibyte, default: 64 * mebibyte },
      'The longest answer that is not streamed.',
    ),
    max_event_bytes: bytes(
      { min: kibibyte, max: 256 * mebibyte, default: 16 * mebibyte },
      'The longest single event of a streamed answer. An image comes as one event.',
    ),
  })
  .register(keyDescriptions, { description: 'The bounds of what goes to providers, and of what they answer.' });

/** The section `storage`. */
function createStorageSchema({ baseFolder }: ConfigSources) {
  return z
    .strictObject({
      url: pathSchema
        .default('sqlite:./data/signalbox.db')
        .transform((url, context) => {
          const [scheme, path = ''] = /^sqlite:(.*)$/s.exec(url) ?? [];
          if (scheme === undefined || path === '' || path.startsWith('//') || path.endsWith('/')) {
            context.addIssue('Write sqlite: and the path of a file, such as sqlite:./data/signalbox.db.');
            return z.NEVER;
          }
          return path === ':memory:' ? url : `sqlite:${resolve(baseFolder, path)}`;
        })
        .register(keyDescriptions, {
          typeText: 'URL',
          description:
            'The database: sqlite: and the path of a file, which is made if it is not there. sqlite::memory: is gone when the server stops.',
        }),
      busy_timeout_ms: milliseconds(
        { min: 0, max: minuteMs, default: 5000 },
        "How long a write waits for another process's write.",
      ),
    })
    .register(keyDescriptions, { description: 'Where the server keeps what it must not forget.' });
}

/** The section `log`. */
const logSchema = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .register(keyDescriptions, { description: 'The least severe line that is written.' }),
    format: z
      .enum(['json'])
      .default('json')
      .register(keyDescriptions, { description: 'How lines look: one JSON object each.' }),
    max_buffered_bytes: bytes(
      { min: 64 * kibibyte, max: 1024 * mebibyte, default: 8 * mebibyte },
      'Lines that may wait for a slow reader. Further ones are lost, and counted.',
    ),
  })
  .register(keyDescriptions, { description: 'The log, on standard output.' });

/** The section `auth`. */
function createAuthSchema({ env }: ConfigSources) {
  return z
    .strictObject({
      hash_key: requiredSecretField(env, plainSecret(32, 8192), {
        description:
          'The key of the hash that stored API keys are kept under. Set it where several processes share keys: openssl rand -hex 32.',
        defaultText: 'made at the first start and kept in the data folder',
      }).optional(),
    })
    .register(keyDescriptions, { description: 'How keys that are not in this file are kept.' });
}

/** The key `routers_dir`. */
function createRoutersDirSchema({ baseFolder }: ConfigSources) {
  return pathSchema
    .transform((path) => resolve(baseFolder, path))
    .register(keyDescriptions, {
      typeText: 'path',
      description:
        'A folder of routers: every *.yaml, *.yml and *.json in it holds one router, or a list of them. Looked at for changes while the server runs.',
      bounds: 'up to 10000 files of up to 1 MiB',
    });
}

/** What a configuration file holds. An empty section is the section with its defaults. */
export function createFileSchema(sources: ConfigSources) {
  return z.strictObject({
    server: createServerSchema(sources).prefault({}),
    keys: createKeysSchema(sources.env),
    providers: createProvidersSchema(sources).prefault({}),
    local_discovery: z.boolean().default(true).register(keyDescriptions, {
      description:
        'Whether servers of models on this machine are looked for at the start: Ollama on port 11434 and LM Studio on 1234 of 127.0.0.1.',
    }),
    routers_dir: createRoutersDirSchema(sources).optional(),
    routers: createInlineRoutersSchema(sources.locate),
    routing: routingSchema.prefault({}),
    catalog: catalogSchema.prefault({}),
    calls: callsSchema.prefault({}),
    upstream: upstreamSchema.prefault({}),
    storage: createStorageSchema(sources).prefault({}),
    auth: createAuthSchema(sources).prefault({}),
    log: logSchema.prefault({}),
  });
}

/** A configuration file, validated and resolved, under the names that the file has. */
export type FileConfig = z.output<ReturnType<typeof createFileSchema>>;
