import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Model, ModelSchema } from '../../gen/signalbox/model/v1/model_pb.ts';
import type { ListModelsRequest } from '../../gen/signalbox/model/v1/model_service_pb.ts';
import { createError } from '../../src/core/errors.ts';
import { encodeModel } from '../../src/dialects/model-json/encode-model.ts';
import { encodeRpcError } from '../../src/wire/rpc/rpc-error.ts';
import { listed } from '../wire/listed-models.ts';
import { startRouterRig } from '../wire/router-rig.ts';
import { runCommand } from './run-command.ts';
import { type StubServer, startStubServer } from './stub-server.ts';

const full: MessageInitShape<typeof ModelSchema> = {
  provider: 'openai',
  model: 'gpt-large',
  isSupported: true,
  pricing: { promptToken: 0.075e-6, completionToken: 10e-6, isVariable: true },
  spec: {
    contextLength: 128_000,
    scores: { intelligence: { value: 51.6, estimated: true } },
    performance: { timeToFirstTokenMs: 411.6, timeToFirstTokenP50Ms: 900, weight: 9 },
  },
};
const measured: MessageInitShape<typeof ModelSchema> = {
  provider: 'own',
  model: 'a\u001b[31mb',
  pricing: { promptToken: 0, completionToken: 0.1e-6 },
  spec: { scores: { intelligence: { value: 70 } }, performance: { timeToFirstTokenMs: 500, weight: 2 } },
};
/** It failed each time, so that nothing of its speed was measured. */
const bare: MessageInitShape<typeof ModelSchema> = {
  provider: 'own',
  model: 'tiny',
  spec: { performance: { failureRate: 1, weight: 3 } },
};

/** Starts a server with models, which notes the requests for lists of them. */
async function startServer(
  ...inits: readonly MessageInitShape<typeof ModelSchema>[]
): Promise<{ server: StubServer; requests: ListModelsRequest[]; models: Model[] }> {
  const models = inits.map((init) => create(ModelSchema, init));
  const requests: ListModelsRequest[] = [];
  const server = await startStubServer({
    models: {
      listModels(request) {
        requests.push(request);
        return { models };
      },
      getModel({ name }) {
        const found = models.find(({ provider, model }) => name === `${provider}/${model}`);
        if (found === undefined) {
          throw encodeRpcError(createError('MODEL_NOT_FOUND', { model: name, hint: 'Did you mean own/tiny?' }));
        }
        return found;
      },
    },
  });
  return { server, requests, models };
}

describe('models list', () => {
  test('prints what can be called as a table', async () => {
    const { server, requests } = await startServer(full, measured, bare);
    expect(await runCommand(['models', 'list'], { env: server.env })).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'MODEL             IN      OUT  CONTEXT  SCORE  FIRST TOKEN',
        'openai/gpt-large  0.075+  10+  128000   ~52    412 ms',
        'own/a\\u{1b}[31mb  0       0.1  -        70     500 ms',
        'own/tiny          -       -    -        -      -',
        '',
      ].join('\n'),
    });
    expect(requests).toMatchObject([{ provider: '', capabilities: [], supportedOnly: true }]);
  });

  test('asks for what the flags say, and tells with --all what can be called', async () => {
    const { server, requests } = await startServer(full, bare);
    const flags = ['--provider', 'own', '--capability', 'vision', '--capability', 'reasoning', '--all'];
    const { stdout } = await runCommand(['models', 'list', ...flags], { env: server.env });
    expect(requests).toMatchObject([{ provider: 'own', capabilities: ['vision', 'reasoning'], supportedOnly: false }]);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual(['LIVE', 'yes', 'no', '']);
  });

  test('with --json prints them as the API does', async () => {
    const { server, models } = await startServer(full, bare);
    const { stdout } = await runCommand(['models', 'list', '--json'], { env: server.env });
    expect(JSON.parse(stdout)).toEqual({ models: models.map(encodeModel) });
  });

  test.each([
    [[], 'There are no such models that can be called now. --all lists the others.\n'],
    [['--all'], 'There are no such models.\n'],
  ])('with %j says when there are none', async (flags, stderr) => {
    const { server } = await startServer();
    expect(await runCommand(['models', 'list', ...flags], { env: server.env })).toEqual({
      code: 0,
      stdout: '',
      stderr,
    });
  });
});

describe('models get', () => {
  test('prints one model, as YAML or JSON', async () => {
    const { server, models } = await startServer(full);
    const [model] = models;
    if (model === undefined) throw new Error('there is no model');
    const yaml = await runCommand(['models', 'get', 'openai/gpt-large'], { env: server.env });
    expect([yaml.code, yaml.stderr, parse(yaml.stdout)]).toEqual([0, '', encodeModel(model)]);
    const json = await runCommand(['models', 'get', 'openai/gpt-large', '--json'], { env: server.env });
    expect([json.code, JSON.parse(json.stdout)]).toEqual([0, encodeModel(model)]);
  });

  test('leaves out for a person how a model can be asked to reason when it cannot', async () => {
    const capabilities = { reasoning: false, reasoningCapability: { supported: false } };
    const levels = { reasoning: true, reasoningCapability: { supported: true, supportedLevels: ['EFFORT_LOW'] } };
    const { server } = await startServer(
      { provider: 'a', model: 'b', spec: { capabilities } },
      { provider: 'a', model: 'c', spec: { capabilities: levels } },
    );
    const get = async (...args: string[]): Promise<string> =>
      (await runCommand(['models', 'get', ...args], { env: server.env })).stdout;
    expect(parse(await get('a/b'))).toMatchObject({ spec: { capabilities: { reasoning: false } } });
    expect(await get('a/b')).not.toContain('reasoningCapability');
    expect(JSON.parse(await get('a/b', '--json'))).toMatchObject({ spec: { capabilities } });
    expect(parse(await get('a/c'))).toMatchObject({ spec: { capabilities: levels } });
  });

  test('of one that is not there ends with 1 and what may be meant', async () => {
    const { server } = await startServer(bare);
    expect(await runCommand(['models', 'get', 'own/tine'], { env: server.env })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The model own/tine is not listed here. Did you mean own/tiny?\n',
    });
  });
});

test('a real server lists, filters and refuses', async () => {
  const rig = await startRouterRig({ listed });
  const env = { SIGNALBOX_URL: rig.origin, SIGNALBOX_KEY: rig.authorize('reader').replace('Bearer ', '') };
  const { stdout } = await runCommand(['models', 'list'], { env });
  expect(stdout).toMatch(/^google-ai-studio\/gemini-2\.5-flash +0\.3 +2\.5 +1048576 +~59 +413 ms$/m);
  expect(stdout).not.toContain('openai');
  const refused = await runCommand(['models', 'list', '--capability', 'speech'], { env });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('it takes function_calling, ') });
  const { stdout: one } = await runCommand(['models', 'get', 'gemini-2.5-flash'], { env });
  expect(parse(one)).toMatchObject({ provider: 'google-ai-studio', pricing: { prompt: 3e-7 } });
});
