import { Code } from '@connectrpc/connect';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { BadRequestSchema, ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { ModelService } from '../../../gen/signalbox/model/v1/model_service_pb.ts';
import { catchConnectError } from '../../clients/catch-connect-error.ts';
import { catchServiceError } from '../../clients/catch-service-error.ts';
import { type ConnectWire, connectWires, createConnectClient } from '../../clients/connect-clients.ts';
import { GrpcClient } from '../../clients/grpc-client.ts';
import { flash, listed } from '../listed-models.ts';
import { type RigKey, type RouterRig, startRouterRig } from '../router-rig.ts';

const grpc: ConnectWire = { protocol: 'gRPC', httpVersion: '2', format: 'binary' };

function createModelClient(rig: RouterRig, wire: ConnectWire = grpc, key: RigKey = 'reader') {
  return createConnectClient(ModelService, { origin: rig.origin, authorization: rig.authorize(key) }, wire);
}

describe.each(connectWires)('over $protocol on HTTP/$httpVersion in $format', (wire) => {
  test('models are listed, filtered and read', async () => {
    const client = createModelClient(await startRouterRig({ listed }), wire);
    const { models } = await client.listModels({});
    expect(models.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
      'google-ai-studio/gemini-2.5-flash',
      'own/org/tiny',
      'openai/gpt-audio',
      'openai/gemini-2.5-flash',
    ]);
    const filter = { provider: 'openai', capabilities: ['audio_output', 'functionCalling'] };
    expect((await client.listModels(filter)).models).toEqual([models[2]]);
    expect((await client.listModels({ ...filter, supportedOnly: true })).models).toEqual([]);

    const read = await client.getModel({ name: 'google-ai-studio/gemini-2.5-flash' });
    expect(read).toEqual(models[0]);
    expect(read).toMatchObject({
      isSupported: true,
      pricing: { promptToken: 3e-7, prompt: 3e-7, isVariable: false },
      spec: {
        contextLength: 1_048_576,
        capabilities: {
          vision: true,
          reasoningCapability: { supportedLevels: ['EFFORT_LOW', 'EFFORT_MEDIUM', 'EFFORT_HIGH'] },
        },
        scores: { intelligence: { value: 58.5, estimated: true } },
        performance: { timeToFirstTokenMs: 412.5, weight: 37.5 },
      },
    });
    expect(read.pricing?.promptCacheWriteToken).toBeUndefined();
    expect(models[1]?.pricing).toBeUndefined();
    expect(models[1]?.spec?.performance).toBeUndefined();
  });
});

describe('GetModel', () => {
  test.each([
    ['gemini-2.5-flash', 'google-ai-studio'],
    ['openai/gemini-2.5-flash', 'openai'],
    ['gpt-audio', 'openai'],
  ])('of %s is the model of %s', async (name, provider) => {
    const client = createModelClient(await startRouterRig({ listed }));
    expect(await client.getModel({ name })).toMatchObject({ provider });
  });

  test.each([
    ['', Code.InvalidArgument, 'INVALID_FIELD', /^The field name is invalid: it is required/],
    [
      'gemini-2.5-flush',
      Code.NotFound,
      'MODEL_NOT_FOUND',
      /Did you mean gemini-2\.5-flash or gemini-2\.5-flash-lite\?$/,
    ],
    ['auto', Code.NotFound, 'MODEL_NOT_FOUND', /ModelService\.ListModels/],
  ])('of %j is refused', async (name, code, reason, message) => {
    const client = createModelClient(await startRouterRig({ listed }));
    const error = await catchConnectError(client.getModel({ name }));
    expect([error.code, error.findDetails(ErrorInfoSchema)[0]?.reason]).toEqual([code, reason]);
    expect(error.rawMessage).toMatch(message);
  });
});

test('a filter that nobody knows is refused by its name in the proto', async () => {
  const client = createModelClient(await startRouterRig({ listed }));
  const fieldsOf = async (filter: { provider?: string; capabilities?: string[] }) =>
    (await catchConnectError(client.listModels(filter)))
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  expect(await fieldsOf({ capabilities: ['vision', 'speech'] })).toEqual(['capabilities']);
  expect(await fieldsOf({ provider: 'nobody' })).toEqual(['provider']);
});

test('a key that neither reads routers nor calls models is refused, whatever it asks for', async () => {
  const client = createModelClient(await startRouterRig({ listed }), grpc, 'writer');
  for (const call of [client.listModels({ capabilities: ['speech'] }), client.getModel({})]) {
    const error = await catchConnectError(call);
    expect([error.code, error.rawMessage]).toEqual([Code.PermissionDenied, expect.stringContaining('router.read')]);
  }
});

test('a server that drains says so', async () => {
  const rig = await startRouterRig({ listed });
  const client = createModelClient(rig);
  await client.listModels({});
  rig.state.startDraining();
  expect((await catchConnectError(client.listModels({}))).code).toBe(Code.Unavailable);
});

test("gRPC's own client lists and reads models", async () => {
  const rig = await startRouterRig({ listed });
  using client = new GrpcClient({ port: rig.port, authorization: rig.authorize('chatter') });
  const { listModels, getModel } = ModelService.method;
  const { message } = await client.callUnary(listModels, { capabilities: ['web_search'], supportedOnly: true });
  expect(message.models).toMatchObject([{ model: flash.model, provider: flash.provider }]);
  expect((await client.callUnary(getModel, { name: 'own/org/tiny' })).message).toMatchObject({ model: 'org/tiny' });
  const error = await catchServiceError(client.callUnary(getModel, { name: 'nobody/nothing' }));
  expect(error.code).toBe(status.NOT_FOUND);
});
