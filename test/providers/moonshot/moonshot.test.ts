import { describe, expect, it } from 'vitest';
import { moonshot } from '../../../src/providers/moonshot/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { encodeChunk, encodeEvent, openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';

providerContract(moonshot, openAiChatWire);
openAiChatContract(moonshot);

describe('moonshot', () => {
  const tools = [{ type: 'function', function: { name: 'now' } }];

  it.each([
    [{ max_tokens: 5 }, { max_completion_tokens: 5 }, 0],
    [{ tools, tool_choice: 'none' }, { tools, tool_choice: 'none' }, 0],
    [{ reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }, 0],
    [{ reasoning_effort: 'medium' }, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }, 1],
  ])('is asked %j as %j', async (fields, sent, warned) => {
    const { body, warnings } = await sendRequest(moonshot, fields);
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it.each(['required', { type: 'function', function: { name: 'now' } }])(
    'is not asked for the forced call %j',
    async (tool_choice) => {
      await expect(sendRequest(moonshot, { tools, tool_choice })).rejects.toMatchObject({
        reason: 'REQUEST_UNSUPPORTED',
        details: { param: 'tool_choice' },
      });
    },
  );

  it('is read for the usage of a stream that stands in its last choice', async () => {
    await using peer = await openProviderPeer(moonshot);
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const body = [
      encodeChunk([{ index: 0, delta: { content: 'Hello' }, finish_reason: null }]),
      encodeChunk([{ index: 0, delta: {}, finish_reason: 'stop', usage }]),
      encodeEvent('[DONE]'),
    ];
    peer.upstream.respond({ headers: openAiChatWire.streamHeaders, body });
    expect((await peer.read()).answer.usage).toEqual({ prompt: 10, completion: 5, total: 15 });
  });

  it.each([
    ['Invalid request: Your request exceeded model token limit: 8192', 'invalid_request_error', 'CONTEXT_TOO_LONG'],
    ['The request was considered high risk', 'content_filter', 'CONTENT_REFUSED'],
  ])('says %s, which is of type %s and %s', async (message, type, reason) => {
    expect((await readRefusal(moonshot, 400, { error: { message, type } })).reason).toBe(reason);
  });
});
