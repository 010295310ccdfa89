import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { perplexity } from '../../../src/providers/perplexity/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';
import { jsonReply } from '../../support/fake-upstream.ts';

providerContract(perplexity, openAiChatWire);
openAiChatContract(perplexity);

describe('perplexity', () => {
  const tools = [{ type: 'function', function: { name: 'now' } }];

  it('is asked for what it has', async () => {
    const { body, warnings } = await sendRequest(perplexity, {
      ...{
        max_completion_tokens: 5,
        tools,
        tool_choice: 'none',
        stop: ['a'],
        seed: 1,
        search_domain_filter: ['example.com'],
      },
      reasoning_effort: 'none',
    });
    expect(body).toEqual({ max_tokens: 5, search_domain_filter: ['example.com'] });
    expect(warnings).toHaveLength(3);
  });

  it.each([{}, { tool_choice: 'auto' }, { tool_choice: 'required' }])(
    'is not asked to call tools: %j',
    async (fields) => {
      await expect(sendRequest(perplexity, { tools, ...fields })).rejects.toMatchObject({
        reason: 'REQUEST_UNSUPPORTED',
        details: { param: 'tools' },
      });
    },
  );

  it('tells the pages of a whole answer as annotations', async () => {
    await using peer = await openProviderPeer(perplexity);
    peer.upstream.respond(
      jsonReply({
        citations: ['https://example.com/a'],
        search_results: [{ title: 'A', url: 'https://example.com/a', snippet: 'About a.' }],
        choices: [{ index: 0, message: { content: 'A[1]' }, finish_reason: 'stop' }],
      }),
    );
    const events: ChatEvent[] = [];
    for await (const event of (await peer.start({ stream: false })).events) events.push(event);
    const urlCitation = { url: 'https://example.com/a', title: 'A', content: 'About a.' };
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'annotations',
        annotations: [expect.objectContaining({ urlCitation: expect.objectContaining(urlCitation) })],
      }),
    );
  });
});
