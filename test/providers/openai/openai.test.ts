import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { openai } from '../../../src/providers/openai/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';

providerContract(openai, openAiChatWire);
openAiChatContract(openai);

describe('openai', () => {
  it('exists with a key in its usual place', () => {
    expect(openai).toMatchObject({
      kind: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      apiKeyVariable: 'OPENAI_API_KEY',
      builtIn: true,
    });
  });

  it('is asked in the newer terms, without what it refuses', async () => {
    await using peer = await openProviderPeer(openai);
    const request = create(ChatCompletionRequestSchema, {
      maxTokens: 100,
      messages: [
        {
          role: 'user',
          contentParts: [{ type: 'text', part: { case: 'text', value: 'Hi' }, cacheControl: { type: 'ephemeral' } }],
        },
        { role: 'assistant', content: 'Hello', reasoningContent: 'A greeting.' },
      ],
    });
    await peer.read({ request, stream: false });
    expect((await peer.upstream.nextRequest()).json()).toEqual({
      model: 'some/model',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: 'Hello' },
      ],
      max_completion_tokens: 100,
    });
  });
});
