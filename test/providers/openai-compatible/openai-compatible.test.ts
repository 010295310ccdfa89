import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { openaiCompatible } from '../../../src/providers/openai-compatible/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';

providerContract(openaiCompatible, openAiChatWire);
openAiChatContract(openaiCompatible);

describe('openai-compatible', () => {
  it('exists only where the configuration names it, with or without a key', () => {
    expect(openaiCompatible).toMatchObject({
      kind: 'openai-compatible',
      baseUrl: undefined,
      apiKeyVariable: undefined,
      builtIn: false,
    });
  });

  it('is sent what the client sent, with the model’s own name', async () => {
    const source: JsonObject = {
      model: 'peer/some/model',
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' }, weight: 2 }],
          mood: 'good',
        },
        { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '12:00' },
      ],
      tools: [{ type: 'function', function: { name: 'now', parameters: {}, cache: true } }],
      max_tokens: 5,
      min_p: 0.1,
      guided_json: { type: 'object' },
    };
    await using peer = await openProviderPeer(openaiCompatible);
    await peer.read({ request: decodeRequest(source), source, stream: false });
    expect((await peer.upstream.nextRequest()).json()).toEqual({ ...source, model: 'some/model' });
  });
});

const call = { id: 'call_1', type: 'function', function: { name: 'now', arguments: '{ "zone" : 1.0 }' }, extra: 'x' };
