import { describe, expect, it } from 'vitest';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { packToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { encode, encodeMessages, functionTool, thinkingModel } from './encode.ts';

const hello = { role: 'user', content: 'Hi' };

function calling(
  calls: readonly (readonly [id: string, name: string, args?: string])[],
  more: JsonObject = {},
): JsonObject {
  const toolCalls = calls.map(([id, name, args = '{}']) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  return { role: 'assistant', content: null, tool_calls: toolCalls, ...more };
}

function result(id: string, content: JsonObject[] | string): JsonObject {
  return { role: 'tool', tool_call_id: id, content };
}

function refusalOf(fields: JsonObject): SignalboxError {
  try {
    encode(fields);
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('system and developer messages', () => {
  it('at the beginning are one system message', () => {
    const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'developer', content: 'Be kind.' }, hello];
    expect(encodeMessages(messages)).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      hello,
    ]);
  });

  it('after others stay where they are, marked', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      hello,
      { role: 'assistant', content: 'Hello!' },
      { role: 'system', content: 'Speak French.' },
      { role: 'user', content: 'How are you?' },
    ];
    expect(encodeMessages(messages)).toEqual([
      { role: 'system', content: 'Be brief.' },
      hello,
      { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: '<system>Speak French.</system>' },
      { role: 'user', content: 'How are you?' },
    ]);
  });

  it('alone are what is asked', () => {
    expect(encodeMessages([{ role: 'system', content: 'Tell a joke.' }])).toEqual([
      { role: 'user', content: 'Tell a joke.' },
    ]);
  });
});

describe('content', () => {
  it('of text and images keeps its order, addresses and detail', () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'text', text: 'And why?' },
    ];
    expect(encodeMessages([{ role: 'user', content }])).toEqual([{ role: 'user', content }]);
  });

  it('that says nothing is left out', () => {
    const messages = [
      { role: 'system', content: '' },
      hello,
      { role: 'assistant', content: '' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'Well?' },
        ],
      },
    ];
    expect(encodeMessages(messages)).toEqual([hello, { role: 'user', content: 'Well?' }]);
  });

  it('of a file with text is a document', () => {
    const file = (filename: string, data: string) => ({ type: 'file', file: { filename, file_data: data } });
    const content = [
      { type: 'text', text: 'Compare.' },
      file('a.txt', `data:text/plain;base64,${Buffer.from('Größe: 1').toString('base64')}`),
      file('b.json', 'data:application/json,%7B%22n%22%3A2%7D'),
      file('c.md', Buffer.from('# C').toString('base64')),
      { type: 'document', document: { id: 'd', data: { text: 'D' } } },
    ];
    const { body, warnings } = encode({ messages: [{ role: 'user', content }] });
    expect(body['messages']).toEqual([{ role: 'user', content: 'Compare.' }]);
    expect(body['documents']).toEqual([
      { data: { title: 'a.txt', text: 'Größe: 1' } },
      { data: { title: 'b.json', text: '{"n":2}' } },
      { data: { title: 'c.md', text: '# C' } },
      { id: 'd', data: { text: 'D' } },
    ]);
    expect(warnings).toEqual([]);
  });

  it.each<readonly [string, JsonObject]>([
    ['tools', { tools: [functionTool('now')] }],
    ['a form', { response_format: { type: 'json_object' } }],
  ])('of a file with text is text beside %s, which documents do not go with', (_name, fields) => {
    const file = { filename: 'a.txt', file_data: 'data:text/plain,One' };
    const content = [
      { type: 'text', text: 'Sum up.' },
      { type: 'file', file },
    ];
    const { body } = encode({ ...fields, messages: [{ role: 'user', content }] });
    expect(body['documents']).toBeUndefined();
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Sum up.' },
          { type: 'text', text: 'a.txt:\n\nOne' },
        ],
      },
    ]);
  });

  it('of nothing but a file is the file’s text', () => {
    const file = { file_data: 'data:text/plain,What%20is%20one%20and%20one%3F' };
    expect(encodeMessages([{ role: 'user', content: [{ type: 'file', file }] }])).toEqual([
      { role: 'user', content: 'What is one and one?' },
    ]);
  });

  it('of a file with an image is the image', () => {
    const file = { filename: 'a.png', file_data: 'data:image/png;base64,iVBORw0KGgo=' };
    expect(encodeMessages([{ role: 'user', content: [{ type: 'file', file }] }])).toEqual([
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] },
    ]);
  });

  it.each<readonly [ErrorReason, string, JsonObject]>([
    ['REQUEST_UNSUPPORTED', 'audio', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
    ['REQUEST_UNSUPPORTED', 'a PDF', { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } }],
    ['REQUEST_UNSUPPORTED', 'a file that is kept elsewhere', { type: 'file', file: { file_id: 'file-1' } }],
    ['REQUEST_UNSUPPORTED', 'a file by its address', { type: 'file', file: { file_data: 'https://a.example/a.txt' } }],
    ['REQUEST_UNSUPPORTED', 'an unknown type', { type: 'video_url', video_url: { url: 'https://a.example/a.mp4' } }],
    [
      'REQUEST_UNSUPPORTED',
      'an image in Cloud Storage',
      { type: 'image_url', image_url: { url: 'gs://bucket/a.png' } },
    ],
    ['REQUEST_UNSUPPORTED', 'an image in S3', { type: 'image_url', image_url: { url: 's3://bucket/a.png' } }],
    ['PROVIDER_REFUSED', 'a file without data', { type: 'file', file: { filename: 'a.txt' } }],
    ['PROVIDER_REFUSED', 'a malformed file', { type: 'file', file: { file_data: 'data:text/plain' } }],
    ['PROVIDER_REFUSED', 'an image that is no address', { type: 'image_url', image_url: { url: 'iVBORw0KGgo=' } }],
  ])('that Cohere’s models do not take is refused with %s: %s', (expected, _name, part) => {
    const { reason, details, httpStatus } = refusalOf({ messages: [hello, { role: 'user', content: [part] }] });
    expect([reason, httpStatus]).toEqual([expected, 400]);
    expect(details).toMatchObject({ code: 'unsupported_value', param: 'messages[1].content[0]' });
  });

  it.each(['system', 'assistant', 'tool'])('with an image is refused from %s', (role) => {
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const message = { role, content: [image], ...(role === 'tool' && { tool_call_id: 'a' }) };
    expect(refusalOf({ messages: [hello, message] }).details.param).toBe('messages[1].content[0]');
  });

  it('names the speaker nowhere, and says so', () => {
    const { body, warnings } = encode({ messages: [{ ...hello, name: 'Ada' }] });
    expect(body['messages']).toEqual([hello]);
    expect(warnings).toEqual(['Left out, since the provider does not tell speakers apart: name.']);
  });
});

describe('answers of before', () => {
  it('keep text, calls and arguments byte for byte', () => {
    const args = '{"n": 1.50, "big":12345678901234567890,"s":"\\u00e9"}';
    const messages = [hello, calling([['a', 'add', args]], { content: 'Let me see.' }), result('a', '1')];
    expect(encodeMessages(messages)).toEqual([
      hello,
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: args } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ]);
  });

  it('have their reasoning back as the plan of their calls, whatever the model', () => {
    const messages = [hello, calling([['a', 'now']], { reasoning_content: 'I need the time.' }), result('a', '12:00')];
    expect(encodeMessages(messages)).toEqual([
      hello,
      expect.objectContaining({ role: 'assistant', tool_plan: 'I need the time.' }),
      expect.anything(),
    ]);
  });

  it('have their reasoning back as thinking on models that reason', () => {
    const messages = [hello, { role: 'assistant', content: 'Four.', reasoning_content: '2 + 2' }, hello];
    expect(encodeMessages(messages, {}, thinkingModel)).toEqual([
      hello,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '2 + 2' },
          { type: 'text', text: 'Four.' },
        ],
      },
      hello,
    ]);
    const without = [hello, { role: 'assistant', content: 'Four.' }, hello];
    expect(encodeMessages(messages)).toEqual(without);
    expect(encodeMessages(messages, { reasoning_effort: 'none' }, thinkingModel)).toEqual(without);
  });

  it('keep a refusal as text', () => {
    const messages = [hello, { role: 'assistant', content: null, refusal: 'I will not.' }, hello];
    expect(encodeMessages(messages)).toEqual([hello, { role: 'assistant', content: 'I will not.' }, hello]);
  });

  it('have an object where a call came without arguments', () => {
    const messages = [hello, calling([['a', 'now', '']]), result('a', '12:00')];
    expect(encodeMessages(messages)).toMatchObject([{}, { tool_calls: [{ function: { arguments: '{}' } }] }, {}]);
  });

  it('have calls of custom tools as functions of one text', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'run', input: 'print("é")' } };
    const messages = [hello, { role: 'assistant', content: null, tool_calls: [custom] }, result('a', 'é')];
    expect(encodeMessages(messages)).toMatchObject([
      {},
      {
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'run', arguments: '{"input":"print(\\"é\\")"}' } }],
      },
      {},
    ]);
  });
});

describe('ids of calls', () => {
  it('come without what other providers put into them', () => {
    const id = packToolCallId('a', 'gemini:signature');
    expect(encodeMessages([hello, calling([[id, 'now']]), result(id, '12:00')])).toMatchObject([
      {},
      { tool_calls: [{ id: 'a' }] },
      { tool_call_id: 'a' },
    ]);
  });

  it('that are missing are made, and results find their calls in order', () => {
    const calls = calling([
      ['', 'now'],
      ['', 'then'],
    ]);
    expect(encodeMessages([hello, calls, result('', '1'), result('', '2')])).toMatchObject([
      {},
      { tool_calls: [{ id: 'call' }, { id: 'call_1' }] },
      { tool_call_id: 'call', content: '1' },
      { tool_call_id: 'call_1', content: '2' },
    ]);
  });

  it('that come again are told apart, and results belong to the last', () => {
    const turn = [calling([['call_0', 'now']]), result('call_0', '12:00')];
    expect(encodeMessages([hello, ...turn, ...turn])).toMatchObject([
      {},
      { tool_calls: [{ id: 'call_0' }] },
      { tool_call_id: 'call_0' },
      { tool_calls: [{ id: 'call_0_1' }] },
      { tool_call_id: 'call_0_1' },
    ]);
  });
});

describe('results of tools', () => {
  it('are text as it came, however it looks', () => {
    const json = '[ {"url":"https://example.com","n":1.0} ]';
    expect(encodeMessages([hello, calling([['a', 'search']]), result('a', json)])).toMatchObject([
      {},
      {},
      { role: 'tool', tool_call_id: 'a', content: json },
    ]);
  });

  it('may be documents of Cohere’s own form', () => {
    const document = { type: 'document', document: { id: '1', data: { url: 'https://example.com' } } };
    const text = { type: 'text', text: 'Found:' };
    expect(encodeMessages([hello, calling([['a', 'search']]), result('a', [text, document])])).toMatchObject([
      {},
      {},
      { content: [text, document] },
    ]);
  });

  it('that say nothing are sent nevertheless', () => {
    const expected = [{}, {}, { role: 'tool', tool_call_id: 'a', content: '' }];
    expect(encodeMessages([hello, calling([['a', 'save']]), result('a', '')])).toMatchObject(expected);
  });

  it('stand right behind their calls, before what was said between them', () => {
    const messages = [
      hello,
      calling([
        ['a', 'save'],
        ['b', 'save'],
      ]),
      { role: 'system', content: 'Be brief.' },
      result('a', '1'),
      { role: 'user', content: 'Well?' },
      result('b', '2'),
    ];
    expect(encodeMessages(messages)).toMatchObject([
      {},
      {},
      { tool_call_id: 'a' },
      { tool_call_id: 'b' },
      { role: 'user', content: '<system>Be brief.</system>' },
      { role: 'user', content: 'Well?' },
    ]);
  });
});
