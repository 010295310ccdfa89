import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../../src/dialects/anthropic-messages/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { packToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { encode, encodeMessages, plainModel } from './encode.ts';

const text = (value: string) => ({ type: 'text', text: value });
const call = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'f', arguments: args } });
const use = (id: string, input: object = {}) => ({ type: 'tool_use', id, name: 'f', input });

describe('turns', () => {
  it('of one role in a row are one', () => {
    const said = (role: string, content: string) => ({ role, content });
    expect(
      encodeMessages([
        said('user', 'a'),
        said('user', 'b'),
        said('assistant', 'c'),
        said('assistant', 'd'),
        said('user', 'e'),
      ]),
    ).toEqual({
      messages: [
        { role: 'user', content: [text('a'), text('b')] },
        { role: 'assistant', content: [text('c'), text('d')] },
        { role: 'user', content: [text('e')] },
      ],
    });
  });

  it('have the results of tools before everything else', () => {
    expect(
      encodeMessages([
        { role: 'user', content: 'Go' },
        { role: 'assistant', tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'user', content: 'And now?' },
        { role: 'tool', tool_call_id: 'b', content: [text('2'), text('3')] },
      ]),
    ).toEqual({
      messages: [
        { role: 'user', content: [text('Go')] },
        { role: 'assistant', content: [use('a'), use('b')] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: '1' },
            { type: 'tool_result', tool_use_id: 'b', content: [text('2'), text('3')] },
            text('And now?'),
          ],
        },
      ],
    });
  });

  it('give results without ids to the calls in order, and ids that the provider takes', () => {
    const { messages } = encodeMessages([
      { role: 'user', content: 'Go' },
      { role: 'assistant', tool_calls: [call('functions.f:0'), call('functions.f_0'), call('')] },
      { role: 'tool', tool_call_id: 'functions.f:0', content: '1' },
      { role: 'tool', content: '2' },
      { role: 'tool', content: '3' },
    ]);
    const ids = JSON.stringify(messages).match(/"(?:id|tool_use_id)":"[^"]*"/g) ?? [];
    expect(ids.map((id) => id.split('"')[3])).toEqual([
      'functions_f_0',
      'functions_f_0_1',
      'call',
      'functions_f_0',
      'functions_f_0_1',
      'call',
    ]);
  });

  it('keep arguments that are no object as text', () => {
    const { body, warnings } = encode({
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', tool_calls: [call('a', '{"x":'), call('b', '[1]')] },
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      { content: [use('a', { arguments: '{"x":' }), use('b', { arguments: '[1]' })] },
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('leave out texts without a character to read', () => {
    expect(
      encodeMessages([
        { role: 'user', content: [text(''), text('a'), text(' \n')] },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'b' },
      ]),
    ).toEqual({ messages: [{ role: 'user', content: [text('a'), text('b')] }] });
  });

  it('begin with a user, and do not end in white space', () => {
    expect(encodeMessages([{ role: 'assistant', content: 'Well, \n' }])).toEqual({
      messages: [
        { role: 'user', content: [text('(The assistant speaks first.)')] },
        { role: 'assistant', content: [text('Well,')] },
      ],
    });
  });
});

describe('system messages', () => {
  const [system, developer, user, assistant] = ['system', 'developer', 'user', 'assistant'].map((role) => ({
    role,
    content: role,
  }));
  const all = [system, developer, user, assistant].flatMap((message) => message ?? []);

  it('at the beginning are the system prompt', () => {
    expect(encodeMessages(all)).toEqual({
      system: [text('system'), text('developer')],
      messages: [
        { role: 'user', content: [text('user')] },
        { role: 'assistant', content: [text('assistant')] },
      ],
    });
  });

  it('between others stay there, as the model takes them', () => {
    const later = [...all, ...all.slice(2, 3), { role: 'system', content: 'Now in French.' }];
    expect(encodeMessages(later, 'claude-opus-4-8')['messages']).toMatchObject([
      {},
      {},
      { role: 'user', content: [text('user')] },
      { role: 'system', content: [text('Now in French.')] },
    ]);
    expect(encodeMessages(later)['messages']).toMatchObject([
      {},
      {},
      { role: 'user', content: [text('user'), text('<system>Now in French.</system>')] },
    ]);
  });

  it('that a user follows are the user’s, whatever the model takes', () => {
    const later = [...all.slice(2), { role: 'system', content: 'Now in French.' }, { role: 'user', content: 'Hello' }];
    expect(encodeMessages(later, 'claude-opus-4-8')['messages']).toMatchObject([
      {},
      {},
      { role: 'user', content: [text('<system>Now in French.</system>'), text('Hello')] },
    ]);
  });

  it('alone are what is answered', () => {
    expect(encodeMessages([{ role: 'system', content: 'Say hello.' }])).toEqual({
      messages: [{ role: 'user', content: [text('Say hello.')] }],
    });
  });
});

describe('content', () => {
  const encodePart = (part: object) => {
    const parts = JSON.parse(JSON.stringify([part]));
    const { body, betas } = encode({ messages: [{ role: 'user', content: parts }] });
    const [turn] = Array.isArray(body['messages']) ? body['messages'] : [];
    return { turn, betas };
  };
  const image = (url: string) => ({ type: 'image_url', image_url: { url } });
  const file = (fields: object) => ({ type: 'file', file: fields });

  it.each([
    [
      image('data:image/PNG;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      image('data:image/jpg;base64,AAAA'),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    ],
    [image('https://a.example/b.png'), { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } }],
    [
      file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
    ],
    [
      file({ file_data: 'JVBERi0=' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
    ],
    [
      file({ filename: 'a.txt', file_data: 'data:text/plain;base64,R3LDvMOfZQ==' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' }, title: 'a.txt' },
    ],
    [
      file({ file_data: 'data:,a%20b', filename: 'a.txt' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a b' }, title: 'a.txt' },
    ],
    [
      file({ file_data: 'https://a.example/b.pdf' }),
      { type: 'document', source: { type: 'url', url: 'https://a.example/b.pdf' } },
    ],
  ])('%j is %j', (part, expected) => {
    expect(encodePart(part)).toEqual({ turn: { role: 'user', content: [expected] }, betas: [] });
  });

  it('that was uploaded is asked for by its id', () => {
    expect(encodePart(file({ file_id: 'file_1' }))).toEqual({
      turn: { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] },
      betas: ['files-api-2025-04-14'],
    });
  });

  it.each([
    ['REQUEST_UNSUPPORTED', 'audio', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
    ['REQUEST_UNSUPPORTED', 'a video', { type: 'video_url', video_url: { url: 'https://a.example/b.mp4' } }],
    ['REQUEST_UNSUPPORTED', 'a file of another type', file({ file_data: 'data:application/zip;base64,AAAA' })],
    ['REQUEST_UNSUPPORTED', 'a file of a type that nothing tells', file({ file_data: 'AAAA' })],
    ['REQUEST_UNSUPPORTED', 'an image in Cloud Storage', image('gs://bucket/a.png')],
    ['REQUEST_UNSUPPORTED', 'an image in S3', image('S3://bucket/a.png')],
    ['REQUEST_UNSUPPORTED', 'an image in Google’s Files API', image('files/abc')],
    ['PROVIDER_REFUSED', 'a file of nothing', file({})],
    ['PROVIDER_REFUSED', 'a malformed file', file({ filename: 'a.pdf', file_data: 'data:application/pdf' })],
    ['PROVIDER_REFUSED', 'an image that is nowhere', image('ftp://a.example/b.png')],
    ['PROVIDER_REFUSED', 'a malformed image', image('data:image/png;base64')],
  ])('is refused with %s: %s', (reason, _name, part) => {
    expect(() => encodePart(part)).toThrow(
      expect.objectContaining({
        reason,
        details: expect.objectContaining({ param: 'messages[0].content[0]' }),
      }),
    );
  });
});

describe('earlier thinking', () => {
  const signed = { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 };
  const hidden = { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format: 'anthropic-claude-v1', index: 1 };
  const conversation = (fields: object) => [
    { role: 'user', content: 'Go' },
    { role: 'assistant', content: 'So:', tool_calls: [call('a')], ...fields },
    { role: 'tool', tool_call_id: 'a', content: '1' },
  ];
  const encodeAnswer = (fields: object, more: object = { reasoning_effort: 'low' }) => {
    const { body, warnings } = encode(
      JSON.parse(JSON.stringify({ messages: conversation(fields), ...more })),
      plainModel,
    );
    const turns = Array.isArray(body['messages']) ? body['messages'] : [];
    return { answer: turns[1], thinking: body['thinking'], warnings };
  };

  it('stands before what was said, unchanged', () => {
    expect(encodeAnswer({ reasoning_details: [signed, hidden] })).toEqual({
      answer: {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'ZGF0YQ==' },
          text('So:'),
          use('a'),
        ],
      },
      thinking: { type: 'enabled', budget_tokens: 2048 },
      warnings: [],
    });
  });

  it('is taken from the id of the call where a client kept only the last piece of a stream', () => {
    const { text: _, ...signature } = signed;
    const id = packToolCallId('a', 'anthropic-claude-v1[["Hm.","c2ln"]]');
    const calls = { tool_calls: [call(id)], reasoning_details: [signature] };
    expect(encodeAnswer(calls).answer).toMatchObject({
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, {}, { id: 'a' }],
    });
  });

  it('is lost where a client kept only the last piece of what it was shown', () => {
    const { text: _, ...signature } = signed;
    const { thinking, warnings } = encodeAnswer({ reasoning_details: [signature] });
    expect(thinking).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('is not in the messages')]);
  });

  it('goes back without its text where it was not shown: the signature has it', () => {
    const { text: _, ...signature } = signed;
    const { answer, thinking, warnings } = encodeAnswer(
      { reasoning_details: [signature] },
      { reasoning: { effort: 'low', exclude: true } },
    );
    expect(answer).toMatchObject({ content: [{ type: 'thinking', thinking: '', signature: 'c2ln' }, {}, {}] });
    expect(thinking).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it('is of several blocks where several signatures or encrypted ones have one index', () => {
    const details = [
      { ...signed, text: 'A', signature: 'S1' },
      { ...signed, text: 'B', signature: 'S2' },
      { ...hidden, index: 0, data: 'D1' },
      { ...hidden, index: 0, data: 'D2' },
    ];
    expect(encodeAnswer({ reasoning_details: details }).answer).toMatchObject({
      content: [
        { thinking: 'A', signature: 'S1' },
        { thinking: 'B', signature: 'S2' },
        { type: 'redacted_thinking', data: 'D1' },
        { type: 'redacted_thinking', data: 'D2' },
        {},
        {},
      ],
    });
  });

  it('is needed once for each turn of the user’s, before the first calls', () => {
    const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: '1' });
    const loop = (first: object, more: readonly object[] = []) =>
      JSON.parse(
        JSON.stringify({
          reasoning_effort: 'low',
          messages: [
            { role: 'user', content: 'Go' },
            { role: 'assistant', tool_calls: [call('a')], ...first },
            result('a'),
            ...more,
            { role: 'assistant', tool_calls: [call('b')] },
            result('b'),
          ],
        }),
      );
    const { body, warnings } = encode(loop({ reasoning_details: [signed] }));
    expect(body).toMatchObject({
      thinking: { type: 'enabled' },
      messages: [{}, { content: [{ type: 'thinking' }, {}] }, {}, {}, {}],
    });
    expect(warnings).toEqual([]);
    expect(encode(loop({})).body).not.toHaveProperty('thinking');
    const asked = [
      { role: 'assistant', content: 'So.' },
      { role: 'user', content: 'On' },
    ];
    expect(encode(loop({ reasoning_details: [signed] }, asked)).body).not.toHaveProperty('thinking');
  });

  it('is joined where a client left it in pieces', () => {
    const { text: _, ...signature } = { ...signed };
    const pieces = [{ ...signed, text: 'H', signature: null }, { ...signed, text: 'm.', signature: null }, signature];
    expect(encodeAnswer({ reasoning_details: pieces }).answer).toMatchObject({
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, {}, {}],
    });
  });

  it('is encoded again as it was, for the next candidate', () => {
    const pieces = [
      { ...signed, text: 'H' },
      { ...signed, text: 'm.' },
    ];
    const source = JSON.parse(JSON.stringify({ model: 'a/b', messages: conversation({ reasoning_details: pieces }) }));
    const request = decodeRequest({ ...source, reasoning_effort: 'low' });
    const encodeOnce = () => encodeRequest(request, { model: plainModel, stream: false, source: undefined }).body;
    expect(encodeOnce()).toEqual(encodeOnce());
  });

  it.each([
    ['is not there', {}],
    ['has no signature', { reasoning_content: 'Hm.', reasoning_details: [{ ...signed, signature: null }] }],
    ['is of another provider', { reasoning_details: [{ ...signed, format: 'google-gemini-v1' }] }],
    ['is in an id that was changed', { tool_calls: [call(packToolCallId('a', 'anthropic-claude-v1[['))] }],
    ['is in an id of another provider', { tool_calls: [call(packToolCallId('a', 'signature'))] }],
  ])('that %s turns thinking off for the call', (_name, fields) => {
    const { answer, thinking, warnings } = encodeAnswer(fields);
    expect(answer).toEqual({ role: 'assistant', content: [text('So:'), use('a')] });
    expect(thinking).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('reasoning_details')]);
  });

  it('is not sent where nothing is to be thought', () => {
    expect(encodeAnswer({ reasoning_details: [signed] }, {})).toEqual({
      answer: { role: 'assistant', content: [text('So:'), use('a')] },
      thinking: undefined,
      warnings: [],
    });
  });
});
