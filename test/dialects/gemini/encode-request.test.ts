import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { encodeRequest } from '../../../src/dialects/gemini/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { packToolCallId } from '../../../src/dialects/tool-call-memo.ts';

const hello = { role: 'user', content: 'Hello' };
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

function encode(request: JsonObject, model = 'gemini-2.5-flash') {
  const client = { model, messages: [hello], ...request };
  return encodeRequest(decodeRequest(client), { model, source: client, fetched: new Map() });
}

function encodeMessages(...messages: readonly JsonObject[]) {
  return encode({ messages: [...messages] }).body;
}

describe('reasoning', () => {
  it.each([
    ['gemini-2.5-flash', 'none', { includeThoughts: false, thinkingBudget: 0 }],
    ['gemini-2.5-flash', 'minimal', { includeThoughts: true, thinkingBudget: 1024 }],
    ['gemini-2.5-flash', 'low', { includeThoughts: true, thinkingBudget: 1024 }],
    ['gemini-2.5-flash', 'medium', { includeThoughts: true, thinkingBudget: 8192 }],
    ['gemini-2.5-flash', 'high', { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-flash', 'xhigh', { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-pro', 'none', { includeThoughts: true, thinkingBudget: 128 }],
    ['gemini-2.5-pro', 'xhigh', { includeThoughts: true, thinkingBudget: 32_768 }],
    ['gemini-3-pro-preview', 'none', { includeThoughts: true, thinkingLevel: 'LOW' }],
    ['gemini-3-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'HIGH' }],
    ['gemini-3.1-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'MEDIUM' }],
    ['gemini-3-flash-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'MINIMAL' }],
    ['gemini-3-flash-preview', 'medium', { includeThoughts: true, thinkingLevel: 'MEDIUM' }],
    ['gemini-flash-latest', 'low', { includeThoughts: true, thinkingLevel: 'LOW' }],
    ['gemini-4-argon', 'xhigh', { includeThoughts: true, thinkingLevel: 'HIGH' }],
  ])('of %s with effort %s is %j', (model, effort, thinkingConfig) => {
    const { body } = encode({ reasoning_effort: effort }, model);
    expect(body['generationConfig']).toEqual({ thinkingConfig });
  });

  it.each([
    ['gemini-2.5-flash', { max_tokens: 500 }, { includeThoughts: true, thinkingBudget: 500 }, 0],
    ['gemini-2.5-flash', { max_tokens: 99_999 }, { includeThoughts: true, thinkingBudget: 24_576 }, 1],
    ['gemini-2.5-flash-lite', { max_tokens: 10 }, { includeThoughts: true, thinkingBudget: 512 }, 1],
    ['gemini-2.5-flash', { max_tokens: 500, effort: 'high' }, { includeThoughts: true, thinkingBudget: 500 }, 0],
    ['gemini-2.5-flash', { effort: 'low', exclude: true }, { includeThoughts: false, thinkingBudget: 1024 }, 0],
    ['gemini-3-flash-preview', { max_tokens: 500 }, { includeThoughts: true, thinkingBudget: 500 }, 0],
    ['gemini-3-flash-preview', { max_tokens: 5, effort: 'low' }, { includeThoughts: true, thinkingLevel: 'LOW' }, 1],
  ])('of %s with %j is %j', (model, reasoning, thinkingConfig, count) => {
    const { body, warnings } = encode({ extra_body: { reasoning } }, model);
    expect(body['generationConfig']).toEqual({ thinkingConfig });
    expect(warnings).toHaveLength(count);
  });

  it.each(['gemini-2.0-flash', 'gemma-3-27b-it', 'gemini-2.5-flash-image', 'gemini-2.5-flash-preview-tts'])(
    'is not set for %s',
    (model) => {
      expect(encode({}, model)).toEqual({
        body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
        warnings: [],
      });
      expect(encode({ reasoning_effort: 'high' }, model).warnings).toEqual([expect.stringContaining('reasoning')]);
      expect(encode({ reasoning_effort: 'none' }, model).warnings).toEqual([]);
    },
  );
});

describe('messages', () => {
  it('of the system are one instruction, wherever they stand', () => {
    const body = encodeMessages(
      { role: 'system', content: 'Be brief.' },
      hello,
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }] },
      { role: 'user', content: 'Again' },
    );
    expect(body['systemInstruction']).toEqual({ parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] });
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: 'Hello' }, { text: 'Again' }] }]);
  });

  it('of the system alone are what is asked', () => {
    const body = encodeMessages({ role: 'system', content: 'Say hello.' });
    expect(body).toMatchObject({ contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] });
    expect(body).not.toHaveProperty('systemInstruction');
  });

  it('with media carry them', () => {
    const data = 'data:application/pdf;base64,AAAA';
    const body = encodeMessages({
      role: 'user',
      content: [
        { type: 'text', text: '' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
        { type: 'image_url', image_url: { url: 'data:text/plain,a%20b' } },
        { type: 'image_url', image_url: { url: 'gs://bucket/image.png' } },
        { type: 'image_url', image_url: { url: 'data:image/jpg;base64,/9j/' } },
        { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: data } },
        { type: 'file', file: { filename: 'a.csv', file_id: 'files/abc' } },
        { type: 'file', file: { file_data: 'gs://bucket/a.mov' } },
      ],
    });
    expect(body['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'iVBO' } },
          { inlineData: { mimeType: 'text/plain', data: 'YSBi' } },
          { fileData: { fileUri: 'gs://bucket/image.png', mimeType: 'image/png' } },
          { inlineData: { mimeType: 'image/jpeg', data: '/9j/' } },
          { inlineData: { mimeType: 'audio/wav', data: 'UklG' } },
          { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
          { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc', mimeType: 'text/csv' } },
          { fileData: { fileUri: 'gs://bucket/a.mov', mimeType: 'video/mov' } },
        ],
      },
    ]);
  });

  it.each([
    ['REQUEST_UNSUPPORTED', { type: 'smell', smell: 'rose' }],
    ['REQUEST_UNSUPPORTED', { type: 'file', file: { file_id: 'file-1' } }],
    ['PROVIDER_REFUSED', { type: 'file', file: { filename: 'a.pdf' } }],
    ['PROVIDER_REFUSED', { type: 'file', file: { file_data: 'data:application/pdf' } }],
    ['PROVIDER_REFUSED', { type: 'file', file: { filename: 'a.pdf', file_data: 'http://example.com/a.pdf' } }],
    ['PROVIDER_REFUSED', { type: 'image_url', image_url: { url: 'data:image/png;base64' } }],
  ])('that cannot be sent are refused with %s: %j', (reason, part) => {
    expect(() => encodeMessages({ role: 'user', content: [part] })).toThrow(
      expect.objectContaining({
        reason,
        details: expect.objectContaining({ param: 'messages[0].content[0]' }),
      }),
    );
  });

  function call(id: string, name: string, args = '{}'): JsonObject {
    return { id, type: 'function', function: { name, arguments: args } };
  }

  it.each([
    ['by id', 'b', undefined, 'look'],
    ['by name where the id is unknown', 'zz', 'look', 'look'],
    ['in order where neither is known', '', undefined, 'open'],
  ])('with a result find its call %s', (_how, id, name, found) => {
    const body = encodeMessages(
      { role: 'assistant', content: null, tool_calls: [call('a', 'open'), call('b', 'look')] },
      { role: 'tool', tool_call_id: id, content: 'done', ...(name !== undefined && { name }) },
    );
    expect(body['contents']).toMatchObject([
      { role: 'model' },
      { role: 'user', parts: [{ functionResponse: { name: found, response: { output: 'done' } } }] },
    ]);
  });

  it('with results of which only some have an id that a call has keep these with their calls', () => {
    const body = encodeMessages(
      { role: 'assistant', content: null, tool_calls: [call('a', 'open'), call('b', 'look')] },
      { role: 'tool', tool_call_id: 'zz', content: 'looked' },
      { role: 'tool', tool_call_id: 'a', content: 'opened' },
    );
    const response = (id: string, name: string, output: string) => ({
      functionResponse: { id, name, response: { output } },
    });
    expect(body['contents']).toMatchObject([
      {},
      { parts: [response('a', 'open', 'opened'), response('b', 'look', 'looked')] },
    ]);
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    ['[1]', { output: '[1]' }],
    ['40', { output: '40' }],
    ['', { output: '' }],
    ['{"a":', { output: '{"a":' }],
    ['{"id":12345678901234567890}', { output: '{"id":12345678901234567890}' }],
  ])('with the result %s give %j', (content, response) => {
    const body = encodeMessages(
      { role: 'assistant', content: null, tool_calls: [call('a', 'f')] },
      { role: 'tool', tool_call_id: 'a', content },
    );
    expect(body).toMatchObject({ contents: [{}, { parts: [{ functionResponse: { id: 'a', name: 'f', response } }] }] });
  });

  it.each([
    ['', {}, 0],
    ['{"a": 1}', { a: 1 }, 0],
    ['[1]', { arguments: '[1]' }, 1],
    ['{"a":', { arguments: '{"a":' }, 1],
  ])('with arguments %s give %j', (text, args, count) => {
    const { body, warnings } = encode({
      messages: [{ role: 'assistant', content: null, tool_calls: [call('a', 'f', text)] }],
    });
    expect(body).toMatchObject({ contents: [{ parts: [{ functionCall: { id: 'a', name: 'f', args } }] }] });
    expect(warnings).toHaveLength(count);
  });

  it('of another provider get the documented signature on Gemini 3, once for a group', () => {
    const foreign = packToolCallId('toolu_1', 'anthropic:sig');
    const messages = [hello, { role: 'assistant', content: null, tool_calls: [call(foreign, 'f'), call('b', 'g')] }];
    expect(encode({ messages }, 'gemini-3-pro-preview').body).toMatchObject({
      contents: [
        {},
        {
          parts: [
            { functionCall: { id: 'toolu_1' }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { id: 'b' } },
          ],
        },
      ],
    });
    expect(JSON.stringify(encode({ messages }, 'gemini-2.5-pro').body)).not.toContain('thoughtSignature');
  });
});

describe('tools', () => {
  it.each([
    [{ tool_choice: 'auto' }, { mode: 'AUTO' }],
    [{ tool_choice: 'none' }, { mode: 'NONE' }],
    [{ tool_choice: 'required' }, { mode: 'ANY' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { mode: 'ANY', allowedFunctionNames: ['f'] }],
    [
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
        },
      },
      { mode: 'VALIDATED', allowedFunctionNames: ['f'] },
    ],
  ])('are chosen: %j', (choice, functionCallingConfig) => {
    expect(encode({ tools: [tool], ...choice }).body['toolConfig']).toEqual({ functionCallingConfig });
  });

  it('that are strict hold calls to their schema', () => {
    const strict = { type: 'function', function: { ...tool.function, strict: true } };
    const mode = (model: string) => encode({ tools: [strict] }, model).body['toolConfig'];
    expect(mode('gemini-2.5-flash')).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
    expect(mode('gemini-2.0-flash')).toBeUndefined();
  });

  it('of other types, and other choices, are refused', () => {
    expect(() => encode({ tools: [{ type: 'custom', custom: { name: 'x' } }] })).toThrow('"custom"');
    expect(() => encode({ tools: [tool], tool_choice: { type: 'mcp' } })).toThrow('tool_choice');
  });

  it('stand beside search where the model can have both', () => {
    const request = { tools: [tool], web_search_options: { search_context_size: 'high' } };
    const newer = encode(request, 'gemini-3-pro-preview');
    expect(newer.body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }],
      toolConfig: { includeServerSideToolInvocations: true },
    });
    expect(newer.warnings).toEqual([expect.stringContaining('search_context_size')]);
    const older = encode(request);
    expect(older.body).toMatchObject({ tools: [{ functionDeclarations: [{ name: 'f' }] }] });
    expect(older.body['tools']).toHaveLength(1);
    expect(older.warnings).toEqual([expect.stringContaining('web_search_options')]);
  });
});

describe('the form of the answer', () => {
  const format = {
    type: 'json_schema',
    json_schema: { name: 'x', schema: { type: 'object', properties: { kind: { const: 'a' } } } },
  };

  it('is JSON, with a schema in words that Gemini knows', () => {
    expect(encode({ response_format: { type: 'json_object' } }, 'gemini-2.0-flash').body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
    });
    expect(encode({ response_format: format }, 'gemini-2.0-flash').body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { kind: { enum: ['a'] } } },
    });
  });

  it('is told in words beside tools that rule it out', () => {
    const { body, warnings } = encode({ response_format: format, tools: [tool] });
    expect(JSON.stringify(body['generationConfig'])).not.toContain('responseMimeType');
    expect(JSON.stringify(body['systemInstruction'])).toContain('JSON Schema');
    expect(warnings).toEqual([expect.stringContaining('response_format')]);
    const newer = encode({ response_format: format, tools: [tool] }, 'gemini-3-pro-preview');
    expect(newer.body).toMatchObject({ generationConfig: { responseMimeType: 'application/json' } });
    expect(newer.warnings).toEqual([]);
  });
});

it('encodes sampling, choices, images and log probabilities', () => {
  const request = {
    n: 2,
    seed: 7,
    stop: ['END'],
    max_tokens: 5,
    max_completion_tokens: 9,
    temperature: 0,
    top_p: 0.5,
    presence_penalty: 1,
    frequency_penalty: -1,
    logprobs: true,
    top_logprobs: 3,
    modalities: ['text', 'image'],
    image_config: { aspect_ratio: '16:9', image_size: '2K' },
  };
  expect(encode(request, 'gemini-2.5-flash-image')).toMatchObject({
    body: {
      generationConfig: {
        candidateCount: 2,
        seed: 7,
        stopSequences: ['END'],
        maxOutputTokens: 9,
        temperature: 0,
        topP: 0.5,
        presencePenalty: 1,
        frequencyPenalty: -1,
        responseLogprobs: true,
        logprobs: 3,
        responseModalities: ['TEXT', 'IMAGE'],
        imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
      },
    },
    warnings: [],
  });
});

it('names what it leaves out inside of messages and tools', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
  const { warnings } = encode({
    messages: [
      { ...hello, foo: 1 },
      { role: 'assistant', content: 'x', images: [image], audio: { id: 'a' } },
      { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] },
    ],
    tools: [{ type: 'function', function: { name: 'f', bar: 1 } }],
  });
  expect(warnings).toEqual([
    'Left out, since Gemini does not have it: messages.foo, messages.images, messages.audio, tools.function.bar.',
  ]);
});

it('takes more parts than the stack holds', () => {
  const content = Array.from({ length: 130_000 }, () => ({ type: 'text', text: 'a' }));
  const body = encodeMessages(
    { role: 'system', content },
    { role: 'user', content },
    { role: 'user', content },
    { role: 'tool', tool_call_id: 'x', content },
  );
  expect(body).toMatchObject({ contents: [{ parts: { length: 260_000 } }, { parts: { length: 1 } }] });
});

it('names what it leaves out', () => {
  const { warnings } = encode({
    logit_bias: { 1: 5 },
    seed: 2 ** 40,
    verbosity: 'low',
    store: true,
    service_tier: 'flex',
    parallel_tool_calls: false,
    shiny_new_field: 1,
    messages: [{ ...hello, name: 'Ada' }],
  });
  expect(warnings).toEqual([
    expect.stringContaining('messages[0].name'),
    expect.stringContaining('parallel_tool_calls'),
    expect.stringContaining('seed'),
    'Left out, since Gemini does not have it: logit_bias, service_tier, store, verbosity, shiny_new_field.',
  ]);
});
