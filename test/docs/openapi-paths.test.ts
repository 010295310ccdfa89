import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/core/json.ts';
import { version } from '../../src/version.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { find, findOperation, findResponse, openApiDocument } from './openapi-document.ts';

/** Such as `GET /healthz`. */
type Operation = string;

const documented: readonly Operation[] = Object.entries(find('/paths')).flatMap(([path, item]) =>
  Object.keys(isJsonObject(item) ? item : {}).map((method) => `${method.toUpperCase()} ${path}`),
);

/** What a star stands for: a name that has slashes. */
const starNames: Readonly<Record<string, string>> = { '/lro/v1alpha/*': 'operation_name', '/v1/models/*': 'model' };

/** A path of Fastify as OpenAPI writes it. */
function toTemplate(url: string): string {
  return url
    .replace(/::|:(\w+)/g, (colon, name?: string) => (name === undefined ? colon.slice(1) : `{${name}}`))
    .replace(/\*$/, `{${starNames[url]}}`);
}

/** Starts a server, and notes every route that is added to its JSON API. */
async function startObserved(): Promise<{ server: TestServer; routes: Operation[] }> {
  const routes: Operation[] = [];
  const observe = (message: unknown): void => {
    // What Fastify publishes when an instance is made: fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks.
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) routes.push(`${name} ${toTemplate(url)}`);
    });
  };
  subscribe('fastify.initialization', observe);
  try {
    return { server: await startTestServer(), routes };
  } finally {
    unsubscribe('fastify.initialization', observe);
  }
}

describe('openapi.json', () => {
  test('is what the server gives out', async () => {
    await using server = await startTestServer();
    const response = await fetch(`${server.origin}/openapi.json`);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual(openApiDocument);
  });

  test('has the version of the program', () => {
    expect(find('/info')).toMatchObject({ version });
  });

  test('has every path and method that is served, and no other', async () => {
    const { server, routes } = await startObserved();
    await server.close();
    // HEAD is GET without its body, and so described with it.
    const served = routes.filter((operation) => !operation.startsWith('HEAD '));
    expect([...documented].sort()).toEqual(served.sort());
  });

  test.each(documented)('says rightly whether %s needs a key, and what it answers', async (operation) => {
    await using server = await startTestServer();
    const [method = '', path = ''] = operation.split(' ');
    const response = await fetch(server.origin + path, { method });
    expect(response.status).toBe(findOperation(operation)['security'] === undefined ? 200 : 401);

    const [contentType] = response.headers.get('content-type')?.split(';') ?? [];
    const { content } = findResponse(operation, response.status);
    expect(isJsonObject(content) && Object.keys(content)).toContain(contentType);
  });

  test('has no reference that leads nowhere', () => {
    const references = [...JSON.stringify(openApiDocument).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, pointer = '']) => pointer,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const pointer of references) expect(find(pointer)).toBeDefined();
  });

  test('has no security scheme and no schema that nothing uses', () => {
    const text = JSON.stringify(openApiDocument);
    for (const kind of ['schemas', 'responses', 'headers']) {
      for (const name of Object.keys(find(`/components/${kind}`))) {
        expect(text).toMatch(new RegExp(`#/components/${kind}/${name}["/]`));
      }
    }
    const chat = findOperation('POST /v1/chat/completions')['security'];
    const schemes = Array.isArray(chat)
      ? chat.flatMap((scheme) => (isJsonObject(scheme) ? Object.keys(scheme) : []))
      : [];
    expect(schemes.sort()).toEqual(Object.keys(find('/components/securitySchemes')).sort());
  });
});
