import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { type EncodedRequest, encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import type { OpenAiChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import { requestWithEverything } from './request-with-everything.ts';

const plain: OpenAiChatQuirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: true,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
};

interface Options {
  readonly quirks?: Partial<OpenAiChatQuirks>;
  readonly stream?: boolean;
  /** Whether the client's JSON is there, as over REST. Default: yes. */
  readonly withSource?: boolean;
}

function encode(fields: JsonObject, { quirks, stream = false, withSource = true }: Options = {}): EncodedRequest {
  const json = { model: 'p/m', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return encodeRequest(decodeRequest(json), {
    model: 'm',
    stream,
    source: withSource ? json : undefined,
    quirks: { ...plain, ...quirks },
  });
}

function encodeBody(fields: JsonObject, options: Options = {}): JsonObject {
  const { model, messages, ...rest } = encode(fields, options).body;
  expect(model).toBe('m');
  return fields['messages'] === undefined ? rest : { messages: messages ?? null, ...rest };
}

describe('encodeRequest', () => {
  it('has a place for every documented field that providers know', () => {
    const { body, warnings } = encode(requestWithEverything, { stream: true });
    const { extra_body: _extra, web_search: _search, max_tokens: _limit, ...sent } = requestWithEverything;
    const [first, ...others] = Array.isArray(sent['messages']) ? sent['messages'] : [];
    expect(first).toHaveProperty('compression');
    expect(body).toEqual({
      ...sent,
      model: 'm',
      messages: [{ role: 'system', content: 'Be brief.', name: 'rules' }, ...others],
      reasoning_effort: 'high',
    });
    expect(warnings).toEqual([expect.stringContaining('reasoning.max_tokens')]);
  });

  it('encodes the same without the client’s JSON, as RPC has none', () => {
    expect(encode(requestWithEverything, { withSource: false })).toEqual(encode(requestWithEverything));
  });

  it.each([
    ['as-sent', { max_tokens: 1 }, { max_tokens: 1 }],
    ['as-sent', { max_completion_tokens: 2 }, { max_completion_tokens: 2 }],
    ['as-sent', { max_tokens: 1, max_completion_tokens: 2 }, { max_completion_tokens: 2 }],
    ['max_tokens', { max_completion_tokens: 2 }, { max_tokens: 2 }],
    ['max_tokens', { max_tokens: 1, max_completion_tokens: 2 }, { max_tokens: 2 }],
    ['max_completion_tokens', { max_tokens: 1 }, { max_completion_tokens: 1 }],
    ['max_completion_tokens', {}, {}],
  ] as const)('names the token limit %s: %j', (tokenLimitField, fields, expected) => {
    expect(encodeBody({ ...fields }, { quirks: { tokenLimitField } })).toEqual(expected);
  });

  it('asks for the usage of a stream where that must be asked for, whatever the client wants', () => {
    const fields = { stream: true, stream_options: { include_usage: false, include_obfuscation: false } };
    expect(encodeBody(fields, { stream: true })).toEqual({
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    });
    expect(encodeBody(fields, { stream: true, quirks: { asksForStreamUsage: false } })).toEqual({ stream: true });
    expect(encodeBody(fields, { stream: false })).toEqual({});
    expect(encodeBody({}, { stream: true })).toEqual({ stream: true, stream_options: { include_usage: true } });
  });

  it('sends cache control where it has a meaning', () => {
    const part = { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } };
    const fields = { messages: [{ role: 'user', content: [part] }] };
    expect(encodeBody(fields)).toEqual(fields);
    expect(encodeBody(fields, { quirks: { sendsCacheControl: false } })).toEqual({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    });
  });

  it.each(['reasoning_content', 'reasoning', undefined] as const)('gives reasoning back as %s', (reasoningField) => {
    const fields = { messages: [{ role: 'assistant', content: 'Hi', reasoning_content: 'Hm.' }] };
    expect(encodeBody(fields, { quirks: { reasoningField } })).toEqual({
      messages: [{ role: 'assistant', content: 'Hi', ...(reasoningField && { [reasoningField]: 'Hm.' }) }],
    });
  });

  it('keeps arguments as the text they are', () => {
    const text = '{ "a" : 1.0, "a": 1e2 }\n';
    const fields = {
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }],
        },
      ],
    };
    expect(encodeBody(fields)).toEqual(fields);
  });

  it('lets the effort of extra_body win', () => {
    expect(encodeBody({ reasoning_effort: 'low' })).toEqual({ reasoning_effort: 'low' });
    expect(encodeBody({ reasoning_effort: 'low', extra_body: { reasoning: { effort: 'high' } } })).toEqual({
      reasoning_effort: 'high',
    });
    expect(encodeBody({ reasoning: { effort: 'minimal' } })).toEqual({ reasoning_effort: 'minimal' });
  });

  it('sends metadata with what is stored, and nowhere else', () => {
    const metadata = { tier: 'premium' };
    expect(encodeBody({ metadata })).toEqual({});
    expect(encodeBody({ metadata, store: false })).toEqual({ store: false });
    expect(encodeBody({ metadata, store: true })).toEqual({ metadata, store: true });
  });

  it('takes web_search_options from either place', () => {
    const options = { search_context_size: 'high' };
    expect(encodeBody({ web_search_options: options })).toEqual({ web_search_options: options });
    expect(encodeBody({ extra_body: { web_search_options: options } })).toEqual({ web_search_options: options });
    expect(encodeBody({ web_search_options: {} })).toEqual({ web_search_options: {} });
  });

  it('sends on what nobody modelled, and says what it leaves out', () => {
    const fields = {
      top_k: 1,
      extra_body: { min_p: 0.5, temperature: 1, reasoning: { enabled: true, max_tokens: 5 } },
    };
    expect(encodeBody(fields)).toEqual({ top_k: 1, min_p: 0.5 });
    expect(encode(fields).warnings).toEqual([
      expect.stringContaining('reasoning.max_tokens'),
      'Left out, since nothing here reads it: extra_body.reasoning.enabled, extra_body.temperature.',
    ]);
    expect(encode({ top_k: 1 }).warnings).toEqual([]);
  });

  it('names ten of many fields that it leaves out', () => {
    const provider = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`x${index}`, 1]));
    const [warning = ''] = encode({ provider }).warnings;
    expect(warning).toMatch(/provider\.x9, and 15 more\.$/);
    expect(warning).not.toContain('provider.x10');
  });
});
