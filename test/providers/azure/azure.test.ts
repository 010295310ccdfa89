import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { azure } from '../../../src/providers/azure/index.ts';
import { createProviders } from '../../../src/providers/create-providers.ts';
import { UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer, providerKey } from '../../contract/provider-peer.ts';
import { upstreamOptions } from '../../upstream/upstream-options.ts';

providerContract(azure, openAiChatWire);
openAiChatContract(azure, { path: '/openai/v1/chat/completions', keyHeader: ['api-key', providerKey] });

describe('azure', () => {
  const options = { api_version: '2024-10-21' };

  it.each([
    [{}, '/v1/openai/v1/chat/completions'],
    [{ api_version: 'v1' }, '/v1/openai/v1/chat/completions'],
    [{ api_version: 'preview' }, '/v1/openai/v1/chat/completions?api-version=preview'],
    [options, '/v1/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21'],
    [
      { api_version: '2025-04-01-preview' },
      '/v1/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01-preview',
    ],
  ])('is called with the options %j at %s', async (chosen, path) => {
    expect((await sendRequest(azure, {}, { model: 'my-gpt', settings: { options: chosen } })).path).toBe(path);
  });

  it.each(['/openai', '/openai/v1', '/openai/deployments'])('takes a base URL that ends in %s', async (end) => {
    await using upstream = await openProviderPeer(azure);
    const baseUrl = `${upstream.upstream.origin}${end}`;
    await using peer = await openProviderPeer(azure, { settings: { baseUrl } });
    await peer.read();
    expect((await upstream.upstream.nextRequest()).path).toBe('/openai/v1/chat/completions');
  });

  it.each(['..', '.', ''])('knows that %j is no deployment', async (model) => {
    await using peer = await openProviderPeer(azure, { settings: { options } });
    expect((await peer.read({ model })).error).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      details: { param: 'model' },
    });
    expect(peer.upstream.requests).toHaveLength(0);
  });

  it('keeps a deployment’s name in its place', async () => {
    const { path } = await sendRequest(azure, {}, { model: 'a/../b?c', settings: { options } });
    expect(path).toBe('/v1/openai/deployments/a%2F..%2Fb%3Fc/chat/completions?api-version=2024-10-21');
  });

  it('says which variables it needs', () => {
    const bounds = { headers: {}, maxReplyBytes: 1, maxEventBytes: 1, finishTimeoutMs: 1, unsetVariables: [] };
    const declaration = { id: 'azure', kind: 'azure', enabled: true, apiKey: undefined, baseUrl: undefined, ...bounds };
    const dependencies = { upstream: new UpstreamClient(upstreamOptions), clock: systemClock };
    const remedyOf = (more: object) => createProviders([{ ...declaration, ...more }], [azure], dependencies).list();
    expect(remedyOf({})).toMatchObject([{ live: false, remedy: expect.stringContaining('AZURE_OPENAI_ENDPOINT') }]);
    expect(remedyOf({ baseUrl: 'https://example.openai.azure.com' })).toMatchObject([
      { live: false, remedy: expect.stringContaining('AZURE_OPENAI_API_KEY') },
    ]);
    expect(remedyOf({ baseUrl: 'https://example.openai.azure.com', apiKey: providerKey })).toMatchObject([
      { live: true },
    ]);
  });

  const filter = { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } };
  it.each([
    [
      400,
      { message: 'The prompt was filtered.', code: 'content_filter', status: 400, innererror: filter },
      'CONTENT_REFUSED',
    ],
    [401, { message: 'Access denied.', code: '401' }, 'PROVIDER_CREDENTIALS'],
    [404, { message: 'There is no such deployment.', code: 'DeploymentNotFound' }, 'PROVIDER_REFUSED'],
    [429, { message: 'Slow down.', code: '429' }, 'PROVIDER_RATE_LIMITED'],
    [200, { message: 'Filtered.', code: 'content_filter', status: 400 }, 'CONTENT_REFUSED'],
  ])('answers HTTP %i and %j, which is %s', async (status, error, reason) => {
    expect((await readRefusal(azure, status, { error })).reason).toBe(reason);
  });
});
