import { once } from 'node:events';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { afterAll, describe, expect, test } from 'vitest';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { isJsonObject } from '../../src/core/json.ts';
import { type Scope, scopes } from '../../src/core/principal.ts';
import { connectWires, createConnectClient } from '../clients/connect-clients.ts';
import { find } from '../docs/openapi-document.ts';
import { startTestServer } from '../support/test-server.ts';
import { openSession } from '../wire/one-port-harness.ts';

const server = await startTestServer({
  config: `keys: [${scopes.map((scope) => `{ id: ${scope}, secret: only-one-scope, scopes: [${scope}] }`).join(', ')}]`,
});
afterAll(() => server.close());

/** What needs no key, which docs/threat-model.md explains. */
const publicPaths = ['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json'];
const publicServices = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

const reading: readonly Scope[] = ['router.read', 'inference'];
const writing: readonly Scope[] = ['router.write'];

/** The scopes of which a key must have one, for all that needs a key. Whatever is added has to be added here. */
const scopesOfPath: Readonly<Record<string, readonly Scope[]>> = {
  'POST /v1/chat/completions': ['inference'],
  'GET /v1/models': reading,
  'GET /v1/models/{model}': reading,
  'GET /llm/v1alpha/models': reading,
  'GET /router/v1/routers': reading,
  'POST /router/v1/routers': writing,
  'GET /router/v1/routers/{router_id}': reading,
  'PATCH /router/v1/routers/{router_id}': writing,
  'DELETE /router/v1/routers/{router_id}': writing,
  'POST /router/v1/routers:explain': reading,
  'GET /lro/v1alpha/{operation_name}': reading,
};
const scopesOfMethod: Readonly<Record<string, readonly Scope[]>> = {
  'signalbox.chat.v1.ChatService/CreateChatCompletion': ['inference'],
  'signalbox.chat.v1.ChatService/StreamChatCompletion': ['inference'],
  'signalbox.model.v1.ModelService/ListModels': reading,
  'signalbox.model.v1.ModelService/GetModel': reading,
  'signalbox.router.v1.RouterService/CreateRouter': writing,
  'signalbox.router.v1.RouterService/GetRouter': reading,
  'signalbox.router.v1.RouterService/ListRouters': reading,
  'signalbox.router.v1.RouterService/UpdateRouter': writing,
  'signalbox.router.v1.RouterService/DeleteRouter': writing,
  'signalbox.router.v1.RouterService/WatchRouters': reading,
  'signalbox.router.v1.RouterService/ExplainRouting': reading,
};

const documented = Object.entries(find('/paths')).flatMap(([path, item]) =>
  Object.keys(isJsonObject(item) ? item : {})
    .filter((name) => name !== 'parameters')
    .map((method) => `${method.toUpperCase()} ${path}`),
);

async function requestPath(operation: string, authorization?: string): Promise<number> {
  const [method = '', template = ''] = operation.split(' ');
  const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
  const path = template.replace(/\{\w+\}/g, 'nothing');
  const response = await fetch(server.origin + path, { method, headers, ...(method === 'POST' && { body: '{}' }) });
  await response.text();
  return response.status;
}

/** A message whose first field is there and empty: a router that is to be written, say. */
const emptyFirstField = new Uint8Array([0x0a, 0]);

/** Calls a method over gRPC with a message that says nothing, and gives the status, wherever it stands. */
async function callMethod(method: string, authorization?: string): Promise<number> {
  const stream = openSession(server.origin).request({
    ':method': 'POST',
    ':path': `/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(authorization !== undefined && { authorization }),
  });
  const header = once(stream, 'response');
  const trailer = once(stream, 'trailers').catch(() => [{}]);
  stream.end(encodeEnvelope(0, emptyFirstField));
  stream.resume();
  const [head] = await header;
  const [tail] = head['grpc-status'] === undefined ? await trailer : [{}];
  return Number(head['grpc-status'] ?? tail['grpc-status']);
}

function keyOf(scope: Scope): string {
  return `Bearer ${formatCredential(scope, 'only-one-scope')}`;
}

/** Every method of every service, as gRPC reflection lists them. */
async function listMethods(): Promise<string[]> {
  const [wire] = connectWires;
  if (wire === undefined) throw new Error('there is no wire');
  const client = createConnectClient(ServerReflection, server, wire, { authorization: null });
  async function ask(messageRequest: { case: 'listServices' | 'fileContainingSymbol'; value: string }) {
    for await (const { messageResponse } of client.serverReflectionInfo(
      (async function* () {
        yield { messageRequest };
      })(),
    )) {
      return messageResponse;
    }
    throw new Error('reflection says nothing');
  }
  const list = await ask({ case: 'listServices', value: '' });
  if (list.case !== 'listServicesResponse') throw new Error('reflection lists no services');
  const methods: string[] = [];
  for (const { name } of list.value.service) {
    const files = await ask({ case: 'fileContainingSymbol', value: name });
    if (files.case !== 'fileDescriptorResponse') throw new Error(`reflection does not know ${name}`);
    for (const bytes of files.value.fileDescriptorProto) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      const service = file.service.find((candidate) => `${file.package}.${candidate.name}` === name);
      for (const method of service?.method ?? []) methods.push(`${name}/${method.name}`);
    }
  }
  return methods;
}

const methods = await listMethods();
const isPublic = (method: string): boolean => publicServices.some((service) => method.startsWith(`${service}/`));

test('what needs a key, and what does not, is all that there is', () => {
  expect(documented.toSorted()).toEqual([...publicPaths, ...Object.keys(scopesOfPath)].toSorted());
  expect(methods.filter((method) => !isPublic(method)).toSorted()).toEqual(Object.keys(scopesOfMethod).toSorted());
  for (const service of publicServices) expect(methods.some((method) => method.startsWith(`${service}/`))).toBe(true);
});

describe.each(Object.entries(scopesOfPath))('%s', (operation, allowed) => {
  test('is 401 without a key, and with HEAD', async () => {
    expect(await requestPath(operation)).toBe(401);
    expect(await requestPath(operation, `Bearer ${formatCredential('nobody', 'x')}`)).toBe(401);
    if (operation.startsWith('GET ')) expect(await requestPath(operation.replace('GET', 'HEAD'))).toBe(401);
  });

  test.each(scopes)('with the scope %s alone is 403 unless that is enough', async (scope) => {
    const status = await requestPath(operation, keyOf(scope));
    if (allowed.includes(scope)) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  });
});

describe.each(Object.entries(scopesOfMethod))('%s', (method, allowed) => {
  test('is UNAUTHENTICATED without a key', async () => {
    expect(await callMethod(method)).toBe(Code.Unauthenticated);
    expect(await callMethod(method, `Bearer ${formatCredential('nobody', 'x')}`)).toBe(Code.Unauthenticated);
  });

  test.each(scopes.filter((scope) => !allowed.includes(scope)))(
    'with the scope %s alone is PERMISSION_DENIED',
    async (scope) => {
      expect(await callMethod(method, keyOf(scope))).toBe(Code.PermissionDenied);
    },
  );
});

test('methods that no path has are refused without a key, and do nothing', async () => {
  for (const path of ['/v1/chat/completions', '/router/v1/routers', '/metrics', '/nothing']) {
    for (const method of ['PUT', 'OPTIONS', 'TRACE'] as const) {
      // fetch does not send TRACE.
      const stream = openSession(server.origin).request({ ':method': method, ':path': path });
      const header = once(stream, 'response');
      stream.end().resume();
      const [head] = await header;
      expect([404, 405], `${method} ${path}`).toContain(head[':status']);
    }
  }
});

test('CORS opens no credentials, for the origins that it allows either', async () => {
  await using open = await startTestServer({ config: 'server: { cors: { origins: ["*"] } }' });
  for (const method of ['OPTIONS', 'POST']) {
    const response = await fetch(`${open.origin}/v1/chat/completions`, {
      method,
      headers: { origin: 'https://page.test', 'access-control-request-method': 'POST' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    if (method === 'POST') expect(response.status).toBe(401);
  }
});
