import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { breakAdapter, callForms, startIsolationRig } from '../faults/isolation-rig.ts';
import { readUrl, runProgram, startProgram } from '../process/program.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { createFakeUpstream, jsonReply, type RecordedRequest, sseReply } from '../support/fake-upstream.ts';
import { singleTries } from '../support/single-tries.ts';
import { collectReply, openSession } from '../wire/one-port-harness.ts';

/**
 * Secrets that nothing else looks like, in every place that can hold one. Some have signs that URL encoding changes, the others are words, as
 * most keys are.
 */
const secrets = Object.fromEntries(
  [
    'ofTheCaller',
    'ofTheAdmin',
    'ofTheHash',
    'ofOpenai',
    'ofAHeader',
    'ofACookie',
    'ofAnthropic',
    'ofGemini',
    'ofCohere',
    'ofAzure',
    'ofBedrock',
    'ofTheAccessKey',
    'ofTheSecretAccessKey',
    'ofTheSession',
    'ofVertex',
  ].map((name, index) => [name, index % 2 === 0 ? `Marked+${name}/7f=3a9c51e0d2b8` : `Marked-${name}-7f-3a9c51e0d2b8`]),
);

function secret(name: string): string {
  const value = secrets[name];
  if (value === undefined) throw new Error(`there is no secret ${name}`);
  return value;
}

/** The secret in every form in which it could slip through. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // Within a longer text, base64 is another at each offset of three; what stands in the middle of it is the same.
  const within = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset, 'x'), bytes]).toString('base64');
    return padded.slice(offset === 0 ? 0 : 4, -4);
  });
  const middle = value.slice(7, -13);
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    middle,
    ...within,
  ];
}

/** What stands in a text that must not. */
function findSecrets(text: string): string[] {
  return Object.entries(secrets).flatMap(([name, value]) =>
    formsOf(value).some((form) => text.includes(form)) ? [name] : [],
  );
}

function createConfig(origin: string): string {
  const upstream = (path: string): string => `base_url: "${origin}/${path}"`;
  return `
log: { level: debug }
auth: { hash_key: "${secret('ofTheHash')}" }
keys: [{ id: caller, secret: "env:CALLER_SECRET", scopes: [inference] }]
${singleTries}
providers:
  openai-like: { kind: openai-compatible, ${upstream('openai')}, api_key: "${secret('ofOpenai')}", headers: { x-extra: "Bearer ${secret('ofAHeader')}", cookie: "${secret('ofACookie')}" } }
  anthropic: { ${upstream('anthropic')}, api_key: "env:CLAUDE_KEY" }
  gemini: { kind: google-ai-studio, ${upstream('gemini')}, api_key: "${secret('ofGemini')}" }
  cohere: { ${upstream('cohere')}, api_key: "${secret('ofCohere')}" }
  azure: { ${upstream('azure')}, api_key: "${secret('ofAzure')}" }
  bedrock-key: { kind: bedrock, ${upstream('bedrock')}, api_key: "${secret('ofBedrock')}", options: { region: us-east-1 } }
  bedrock: { ${upstream('bedrock')}, options: { region: us-east-1, access_key_id: "${secret('ofTheAccessKey')}", secret_access_key: "${secret('ofTheSecretAccessKey')}", session_token: "${secret('ofTheSession')}" } }
  google-vertex: { ${upstream('vertex')}, options: { project: some-project, location: global, access_token: "${secret('ofVertex')}" } }
`;
}

const env = {
  CALLER_SECRET: secret('ofTheCaller'),
  SIGNALBOX_API_KEY: `admin:${secret('ofTheAdmin')}`,
  CLAUDE_KEY: secret('ofAnthropic'),
};

const models = [
  'openai-like/m',
  'anthropic/claude-x',
  'gemini/m',
  'cohere/m',
  'azure/m',
  'bedrock-key/m',
  'bedrock/m',
  'google-vertex/gemini-x',
  'google-vertex/claude-x',
];

const statuses = [200, 400, 401, 404, 422, 429, 500];

/** An error that repeats what came with the request: in every field all headers, or the first secret alone, as if it were a word. */
function echoSecrets(status: number, { headers }: RecordedRequest, isWord: boolean) {
  const held = Object.values(secrets).filter((value) => JSON.stringify(headers).includes(value));
  const said = isWord ? held[0] : [...Object.values(headers), ...held].join(' ');
  const error = { message: said, type: said, code: said, param: said, status: said, details: [{ reason: said }] };
  return { error, message: said, type: 'error', __type: said, code: said, id: 'x', status };
}

test('no secret is in anything that a server puts out', { timeout: 60_000 }, async () => {
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  const seen = new Set<string>();
  const cwd = await createTemporaryFolder();
  await writeFile(join(cwd, 'signalbox.yaml'), createConfig(upstream.origin));
  const program = startProgram(['--port', '0'], { cwd, env });
  const origin = await readUrl(program);
  const authorization = `Bearer ${formatCredential('admin', secret('ofTheAdmin'))}`;
  const output: string[] = [];

  async function send(path: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(origin + path, init);
    output.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  }

  async function sendGrpc(model: string): Promise<void> {
    const request = create(ChatCompletionRequestSchema, { model, messages: [{ role: 'user', content: 'Hello!' }] });
    const stream = openSession(origin).request({
      ':method': 'POST',
      ':path': '/signalbox.chat.v1.ChatService/CreateChatCompletion',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization,
    });
    stream.on('response', (headers) => output.push(JSON.stringify(headers)));
    stream.end(encodeEnvelope(0, toBinary(ChatCompletionRequestSchema, request)));
    const { body, trailers } = await collectReply(stream);
    const details = Buffer.from(String(trailers['grpc-status-details-bin'] ?? ''), 'base64').toString('latin1');
    output.push(body, JSON.stringify(trailers), decodeURIComponent(String(trailers['grpc-message'] ?? '')), details);
  }

  const json = { authorization, 'content-type': 'application/json' };
  const chat = (model: string, stream: boolean): Promise<number> =>
    send('/v1/chat/completions', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello!' }] }),
    });
  for (const [status, isWord] of statuses.flatMap((code) => [false, true].map((word) => [code, word] as const))) {
    upstream.respondAlways((request) => {
      for (const name of findSecrets(JSON.stringify(request.headers))) seen.add(name);
      const echoed = echoSecrets(status, request, isWord);
      const headers = { 'x-echo': JSON.stringify(request.headers), 'retry-after': '0' };
      return request.headers.accept?.includes('event-stream') === true && status === 200
        ? sseReply([echoed], { headers })
        : jsonReply(echoed, { status, headers });
    });
    for (const model of models) {
      await chat(model, false);
      await chat(model, true);
      await sendGrpc(model);
    }
  }
  // What is no JSON, and a connection that breaks.
  upstream.respondAlways(({ headers }) => ({ status: 500, body: `<html>${JSON.stringify(headers)}</html>` }));
  for (const model of models) await chat(model, false);
  upstream.respondAlways({ drop: 'reset' });
  for (const model of models) await chat(model, true);

  // Keys that are sent where, or as, they should not be.
  for (const wrong of [
    `Bearer ${secret('ofTheAdmin')}`,
    `Basic admin:${secret('ofTheAdmin')}`,
    `Bearer ${formatCredential('caller', secret('ofTheAdmin'))}`,
    `Digest ${secret('ofTheCaller')}`,
  ]) {
    expect(await send('/v1/models', { headers: { authorization: wrong } })).toBe(401);
  }
  await send('/v1/models', { headers: { 'x-api-key': secret('ofTheAdmin') } });
  await send(`/v1/models?api_key=${encodeURIComponent(secret('ofTheAdmin'))}`);

  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json']) expect(await send(path)).toBe(200);
  for (const path of ['/v1/models', '/llm/v1alpha/models', '/router/v1/routers']) {
    expect(await send(path, { headers: json })).toBe(200);
  }
  const explained = { method: 'POST', headers: json, body: '{"model":"openai-like/m","messages":[]}' };
  await send('/router/v1/routers:explain', explained);

  // The commands, which have the key from the environment.
  const commands = [
    ['--check'],
    ['models', 'list', '--url', origin],
    ['explain', 'openai-like/m', '--url', origin],
    ['routers', 'get', 'nothing', '--url', origin],
    ['routers', 'list', '--url', 'http://127.0.0.1:1'],
    ['--check', '--port', 'none'],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await runProgram(command, { cwd, env });
    output.push(stdout, stderr);
  }
  await writeFile(join(cwd, 'broken.yaml'), `${createConfig(upstream.origin)}\nkeyz: ["${secret('ofOpenai')}"]\n  x`);
  const broken = await runProgram(['--check', '--config', 'broken.yaml'], { cwd, env });
  output.push(broken.stdout, broken.stderr);

  program.kill('SIGTERM');
  await program.exited;
  output.push(program.stdout.text(), program.stderr.text());

  // Of the secrets, the providers got those that they are to get, and echoed them.
  const kept = ['ofTheCaller', 'ofTheAdmin', 'ofTheHash', 'ofTheSecretAccessKey'];
  expect([...seen].sort()).toEqual(
    Object.keys(secrets)
      .filter((name) => !kept.includes(name))
      .sort(),
  );
  expect(program.stdout.text()).toContain('call failed');
  // Of each secret that got out, one place where it did.
  const leaks = new Map(output.flatMap((text) => findSecrets(text).map((name) => [name, text.slice(0, 300)] as const)));
  expect(Object.fromEntries(leaks)).toEqual({});
});

test('nor is it when an adapter throws something that holds them', async () => {
  const config = 'providers: { broken: { kind: openai-compatible, base_url: "http://127.0.0.1:1/v1" } }';
  const rig = await startIsolationRig(config);
  const request = { headers: { authorization: `Bearer ${secret('ofOpenai')}` } };
  breakAdapter(rig.server, 'broken', () => {
    const cause = Object.assign(new Error(`cannot send "${secret('ofOpenai')}"`), { request, config: request });
    throw Object.assign(new TypeError(`Invalid value '${secret('ofAHeader')}'`, { cause }), { request });
  });
  const outcomes = [];
  for (const form of callForms) outcomes.push(await rig.call('broken/m', form));
  expect(rig.failures()).toHaveLength(callForms.length);
  expect(findSecrets(JSON.stringify([outcomes, rig.server.log]))).toEqual([]);
});
