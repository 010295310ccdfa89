import { z } from 'zod';
import type { ConfigSources } from './config-sources.ts';
import { overloadSchema } from './overload-schema.ts';
import { bytes, keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';
import { tlsSchema } from './tls-schema.ts';

const { minuteMs, hourMs, dayMs, kibibyte, mebibyte } = units;

/** What to do about an unusable host. */
export const hostAdvice = 'Write a host name or an address alone, such as 127.0.0.1, localhost, :: or 0.0.0.0.';

/** `server.host`. Names and addresses are told apart by the system; this only keeps out what is neither, such as a URL. */
export const hostSchema = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._:%-]+$/, hostAdvice)
  .default('127.0.0.1')
  .register(keyDescriptions, {
    description: 'The address to listen on. 0.0.0.0 takes calls from everywhere by IPv4, :: by IPv6 as well.',
    bounds: 'a host name or an address, up to 253 characters',
  });

/** `server.port`. */
export const portSchema = z
  .int()
  .min(0)
  .max(65_535)
  .default(8585)
  .register(keyDescriptions, { description: 'The port to listen on, for every protocol. 0 takes any free one.' });

const corsSchema = z
  .strictObject({
    origins: z
      .array(z.string().max(300).refine(isOrigin, 'Write an origin, such as https://app.example.com, or "*" for all.'))
      .max(100)
      .default([])
      .register(keyDescriptions, {
        typeText: 'list of origins',
        description:
          'The web pages that browsers let call this server: scheme, host and port, without a path. "*" allows all. None: no page of another origin may.',
      }),
    preflight_max_age_s: wholeNumber(
      's',
      { min: 0, max: 86_400, default: 7200 },
      'How long a browser may keep the answer to a preflight request.',
    ),
  })
  .register(keyDescriptions, {
    description: 'Calls from web pages of other origins. Browsers ask before they make one.',
  });

function isOrigin(text: string): boolean {
  if (text === '*') return true;
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === text;
}

/** `server.limits`: the bounds of the port, named as wire/one-port-options.ts names them. */
const limitsSchema = z
  .strictObject({
    max_connections: wholeNumber(
      'connections',
      { min: 1, max: 1_000_000, default: 10_000 },
      'Most connections at a time. Further ones are closed as they come.',
    ),
    preface_timeout_ms: milliseconds(
      { min: 100, max: 5 * minuteMs, default: 10_000 },
      'How long a new connection may take to show what it speaks, and before that, to complete its TLS handshake.',
    ),
    headers_timeout_ms: milliseconds(
      { min: 100, max: 10 * minuteMs, default: 15_000 },
      'How long the header of an HTTP/1 request may take to arrive. At most request_timeout_ms.',
    ),
    request_timeout_ms: milliseconds(
      { min: 100, max: hourMs, default: minuteMs },
      'How long a request may take to arrive whole, body included. The answer may take longer.',
    ),
    keep_alive_timeout_ms: milliseconds(
      { min: 1000, max: hourMs, default: 75_000 },
      'How long an HTTP/1 connection may idle between requests. Set it above the idle time of a load balancer in front.',
    ),
    http2_idle_timeout_ms: milliseconds(
      { min: 1000, max: dayMs, default: 5 * minuteMs },
      'How long an HTTP/2 connection may be without a call. Pings do not count.',
    ),
    linger_timeout_ms: milliseconds(
      { min: 10, max: minuteMs, default: 2000 },
      'How long a client may take to close a connection that this side has ended, or to stop a request that is answered.',
    ),
    max_header_bytes: bytes(
      { min: kibibyte, max: 256 * kibibyte, default: 16 * kibibyte },
      "Most bytes of a request's header.",
    ),
    max_header_count: wholeNumber('fields', { min: 16, max: 2000, default: 200 }, "Most fields of a request's header."),
    max_concurrent_streams: wholeNumber(
      'calls',
      { min: 1, max: 100_000, default: 256 },
      'Most calls at a time on one HTTP/2 connection.',
    ),
    stream_reset_burst: wholeNumber(
      'resets',
      { min: 1, max: 1_000_000, default: 1000 },
      'Calls that a client may cancel in a burst on one HTTP/2 connection before the connection is ended.',
    ),
    stream_resets_per_second: wholeNumber(
      'resets per second',
      { min: 1, max: 100_000, default: 33 },
      'How fast a client earns back what stream_reset_burst allows.',
    ),
    stream_window_bytes: bytes(
      { min: 65_535, max: 64 * mebibyte, default: mebibyte },
      'What a client may send ahead of the reader in one HTTP/2 call.',
    ),
    session_window_bytes: bytes(
      { min: 65_535, max: 256 * mebibyte, default: 4 * mebibyte },
      'What a client may send ahead of the readers on one HTTP/2 connection, all calls together.',
    ),
    max_session_memory_bytes: bytes(
      { min: 1_000_000, max: 1_000_000_000, default: 10_000_000 },
      'Memory of the queues of one HTTP/2 connection past which it takes no new call. Counts in steps of 1,000,000.',
    ),
  })
  .superRefine(({ headers_timeout_ms: headersMs, request_timeout_ms: requestMs }, context) => {
    if (headersMs <= requestMs) return;
    context.addIssue({
      code: 'custom',
      path: ['headers_timeout_ms'],
      message: `It is above request_timeout_ms (${requestMs}), which counts the header in. Lower it.`,
    });
  })
  .register(keyDescriptions, { description: 'The bounds of connections and requests on the port.' });

/** The section `server`. */
export function createServerSchema(sources: ConfigSources) {
  return z
    .strictObject({
      host: hostSchema,
      port: portSchema,
      max_body_bytes: bytes(
        { min: kibibyte, max: 256 * mebibyte, default: 10 * mebibyte },
        'The longest request body, in every protocol. A longer one is answered with 413 (gRPC: RESOURCE_EXHAUSTED).',
      ),
      drain_timeout_ms: milliseconds(
        { min: 0, max: hourMs, default: 30_000 },
        'How long answers in flight may take to finish after SIGTERM. What is left then ends with an error.',
      ),
      drain_delay_ms: milliseconds(
        { min: 0, max: hourMs, default: 0 },
        'How long calls are taken as ever after SIGTERM, while /readyz says no, so that load balancers can look elsewhere first. drain_timeout_ms begins after it.',
      ),
      keep_alive_comment_ms: milliseconds(
        { min: 1000, max: 10 * minuteMs, default: 15_000 },
        'How long a streamed answer may be silent before a comment line shows proxies that it lives.',
      ),
      tls: tlsSchema(sources).optional(),
      cors: corsSchema.prefault({}),
      limits: limitsSchema.prefault({}),
      overload: overloadSchema.prefault({}),
    })
    .register(keyDescriptions, { description: 'Where the server listens, and what it takes from clients.' });
}
