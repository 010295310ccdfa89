import { describe, expect, it } from 'vitest';
import { alibaba } from '../../../src/providers/alibaba/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';

providerContract(alibaba, openAiChatWire);
openAiChatContract(alibaba);

describe('alibaba', () => {
  it.each([
    [{ reasoning_effort: 'none' }, { enable_thinking: false }, 0],
    [{ reasoning_effort: 'low' }, { enable_thinking: true }, 1],
    [{ extra_body: { reasoning: { max_tokens: 100 } } }, { enable_thinking: true, thinking_budget: 100 }, 0],
    [{ repetition_penalty: 1.1, enable_search: true }, { repetition_penalty: 1.1, enable_search: true }, 0],
  ])('is asked %j as %j', async (fields, sent, warned) => {
    const { body, warnings } = await sendRequest(alibaba, fields);
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it.each([
    ['qwen3-32b', {}, { enable_thinking: false }, 0],
    ['qwen3-235b-a22b', { reasoning_effort: 'low' }, { enable_thinking: false }, 2],
    ['qwen3-1.7b', { reasoning_effort: 'none' }, { enable_thinking: false }, 0],
    ['qwen3-max', {}, {}, 0],
    ['qwen3-235b-a22b-instruct-2507', {}, {}, 0],
  ])('has %s think only in streams: %j', async (model, fields, sent, warned) => {
    const { body, warnings } = await sendRequest(alibaba, fields, { model });
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it('leaves thinking to the model in a stream', async () => {
    await using peer = await openProviderPeer(alibaba);
    await peer.read({ model: 'qwen3-32b', stream: true });
    expect((await peer.upstream.nextRequest()).json()).not.toHaveProperty('enable_thinking');
  });

  it.each([
    [{ code: 'data_inspection_failed', message: 'Input data may contain inappropriate content.' }, 'CONTENT_REFUSED'],
    [{ code: 'Arrearage', message: 'Access denied, the account has overdue payments.' }, 'PROVIDER_FAILED'],
    [{ code: 'invalid_parameter_error', message: 'Range of input length should be [1, 30720]' }, 'CONTEXT_TOO_LONG'],
  ])('answers %j, which is %s', async (error, reason) => {
    expect((await readRefusal(alibaba, 400, { error })).reason).toBe(reason);
  });
});
