import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openrouter } from '../../../src/providers/openrouter/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';
import { openProviderPeer } from '../../contract/provider-peer.ts';
import { jsonReply } from '../../support/fake-upstream.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);

providerContract(openrouter, openAiChatWire);
openAiChatContract(openrouter);

describe('openrouter', () => {
  it.each([
    [{ reasoning_effort: 'high' }, { reasoning: { effort: 'high' } }, 0],
    [{ extra_body: { reasoning: { max_tokens: 100 } } }, { reasoning: { max_tokens: 100 } }, 0],
    [{ extra_body: { reasoning: { effort: 'low', max_tokens: 100 } } }, { reasoning: { max_tokens: 100 } }, 1],
    [{ max_completion_tokens: 5, repetition_penalty: 1.1 }, { max_tokens: 5, repetition_penalty: 1.1 }, 0],
  ])('is asked %j as %j', async (fields, sent, warned) => {
    const { body, warnings } = await sendRequest(openrouter, fields);
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it('is given back what reasoning is made of, and asked to cache', async () => {
    const detail = { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 0 };
    const messages = [
      { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: 'Hello', reasoning_content: 'Hm.', reasoning_details: [detail] },
    ];
    const sent = [messages[0], { role: 'assistant', content: 'Hello', reasoning: 'Hm.', reasoning_details: [detail] }];
    expect((await sendRequest(openrouter, { messages })).body).toEqual({ messages: sent });
  });

  const upstreamError = { error: { type: 'invalid_request_error', message: 'max_tokens is too large' } };
  it.each([
    [
      400,
      { message: 'Provider returned error', code: 400, metadata: { raw: JSON.stringify(upstreamError) } },
      'PROVIDER_REFUSED',
      'max_tokens is too large',
    ],
    [
      502,
      { message: 'Provider returned error', code: 502, metadata: { raw: 'upstream is down' } },
      'PROVIDER_FAILED',
      'Provider returned error: upstream is down',
    ],
    [
      502,
      { message: 'Provider returned error', code: 502, metadata: { raw: '<html>nginx</html>' } },
      'PROVIDER_FAILED',
      'Provider returned error',
    ],
    [
      403,
      { message: 'Your input was flagged', code: 403, metadata: { reasons: ['violence'] } },
      'CONTENT_REFUSED',
      'Your input was flagged',
    ],
    [402, { message: 'Insufficient credits', code: 402 }, 'PROVIDER_FAILED', 'Insufficient credits'],
    [200, { message: 'Upstream error', code: 429 }, 'PROVIDER_RATE_LIMITED', 'Upstream error'],
  ])('answers HTTP %i and %j, which is %s', async (status, error, reason, message) => {
    const read = await readRefusal(openrouter, status, { error });
    expect(read).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(read.message).not.toContain('nginx');
  });

  it.each([
    [429, { 'X-RateLimit-Reset': String(nowMs + 5000) }, 5000],
    [429, { 'X-RateLimit-Reset': nowMs - 5000 }, 0],
    [429, { 'X-RateLimit-Reset': 'soon' }, undefined],
    [503, { 'X-RateLimit-Reset': String(nowMs + 5000) }, undefined],
  ])('answers HTTP %i and the headers %j in its body, which is a wait of %s', async (status, headers, retryAfterMs) => {
    await using peer = await openProviderPeer(openrouter, { clock: { ...systemClock, nowMs: () => nowMs } });
    const error = { message: 'Rate limit exceeded', code: status, metadata: { headers } };
    peer.upstream.respond(jsonReply({ error }, { status }));
    expect((await peer.read({ stream: false })).error?.details.retryAfterMs).toBe(retryAfterMs);
  });
});
