import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { encodeRequest } from '../../../src/dialects/bedrock-converse/encode-request.ts';
import { listRemoteImages } from '../../../src/dialects/bedrock-converse/media.ts';
import { packToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { encode, encodeMessages, plainModel } from './encode.ts';

const hello = { role: 'user', content: [{ text: 'Hi' }] };

function call(id: string, args = '{}') {
  return { id, type: 'function', function: { name: 'now', arguments: args } };
}

describe('a conversation', () => {
  it('has system messages before it in system, and later ones in tags', () => {
    const messages = [
      { role: 'system', content: 'A' },
      { role: 'developer', content: 'B' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'C' },
    ];
    expect(encodeMessages(messages)).toEqual({
      system: [{ text: 'A' }, { text: 'B' }],
      messages: [{ role: 'user', content: [{ text: 'Hi' }, { text: '<system>C</system>' }] }],
    });
  });

  it('of nothing but system messages is the user’s', () => {
    expect(encodeMessages([{ role: 'system', content: 'Hi' }])).toEqual({ messages: [hello] });
  });

  it('begins with a user, and has the roles in turn', () => {
    const messages = [
      { role: 'assistant', content: 'A' },
      { role: 'assistant', content: 'B' },
      { role: 'user', content: ' \n' },
      { role: 'user', content: 'C' },
      { role: 'assistant', content: 'D \n' },
    ];
    expect(encodeMessages(messages)['messages']).toEqual([
      { role: 'user', content: [{ text: '(The assistant speaks first.)' }] },
      { role: 'assistant', content: [{ text: 'A' }, { text: 'B' }] },
      { role: 'user', content: [{ text: 'C' }] },
      { role: 'assistant', content: [{ text: 'D' }] },
    ]);
  });

  it('ends without white space before a mark for the cache too', () => {
    const part = { type: 'text', text: 'So: \n', cache_control: { type: 'ephemeral' } };
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [part] },
    ];
    expect(encodeMessages(messages, 'us.anthropic.claude-3-5-haiku-20241022-v1:0')['messages']).toEqual([
      hello,
      { role: 'assistant', content: [{ text: 'So:' }, { cachePoint: { type: 'default' } }] },
    ]);
  });

  it('has results before what else the user says, and ids that Bedrock takes', () => {
    const long = `call_${'x'.repeat(100)}`;
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [call('a:b', '{"n":1}'), call(long), call('', '[1]')] },
      { role: 'user', content: 'Well?' },
      { role: 'tool', tool_call_id: long, content: '' },
      { role: 'tool', tool_call_id: 'a:b', content: 'one' },
      { role: 'tool', content: 'three', tool_call_id: '' },
    ];
    const cut = long.slice(0, 64);
    const { messages: turns } = encodeMessages(messages);
    expect(turns).toEqual([
      hello,
      {
        role: 'assistant',
        content: [
          { text: 'Let me see.' },
          { toolUse: { toolUseId: 'a_b', name: 'now', input: { n: 1 } } },
          { toolUse: { toolUseId: cut, name: 'now', input: {} } },
          { toolUse: { toolUseId: 'call', name: 'now', input: { arguments: '[1]' } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: cut, content: [{ text: '(no output)' }] } },
          { toolResult: { toolUseId: 'a_b', content: [{ text: 'one' }] } },
          { toolResult: { toolUseId: 'call', content: [{ text: 'three' }] } },
          { text: 'Well?' },
        ],
      },
    ]);
  });
});

describe('reasoning of earlier answers', () => {
  const signed = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'Hm.', signature: 'sig' };
  const encrypted = { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 1, data: 'EqoB' };
  const blocks = [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig' } } },
    { reasoningContent: { redactedContent: Buffer.from('EqoB').toString('base64') } },
  ];
  const toolUse = { toolUse: { toolUseId: 'c', name: 'now', input: {} } };

  function assistantBlocks(message: object, fields: object = { reasoning_effort: 'low' }, model = plainModel) {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', ...message },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ];
    const { body, warnings } = encode(
      { messages, tools: [{ type: 'function', function: { name: 'now' } }], ...fields },
      model,
    );
    const turns = body['messages'];
    return { content: Array.isArray(turns) ? turns[1] : undefined, warnings, body };
  }

  it('goes back before the calls, from its details', () => {
    const { content, warnings } = assistantBlocks({ reasoning_details: [signed, encrypted], tool_calls: [call('c')] });
    expect(content).toEqual({ role: 'assistant', content: [...blocks, toolUse] });
    expect(warnings).toEqual([]);
  });

  it('goes back from the id of the call, as another provider of Claude wrote it', () => {
    const memo = `anthropic-claude-v1${JSON.stringify([['Hm.', 'sig'], ['EqoB']])}`;
    const { content } = assistantBlocks({ tool_calls: [call(packToolCallId('c', memo))] });
    expect(content).toEqual({ role: 'assistant', content: [...blocks, toolUse] });
  });

  it('is left out where the model does not reason now', () => {
    const { content } = assistantBlocks({ reasoning_details: [signed], tool_calls: [call('c')] }, {});
    expect(content).toEqual({ role: 'assistant', content: [toolUse] });
  });

  it.each([
    [{ ...signed, signature: undefined }, plainModel],
    [{ ...signed, format: 'google-gemini-v1' }, plainModel],
    [signed, 'us.amazon.nova-2-lite-v1:0'],
    [{ ...encrypted, format: undefined }, plainModel],
    [{ ...encrypted, format: 'amazon-bedrock-v1/nova' }, plainModel],
    [{ ...signed, format: undefined }, 'us.amazon.nova-2-lite-v1:0'],
    [{ ...signed, format: 'amazon-bedrock-v1/nova' }, 'moonshot.kimi-k2-thinking'],
    [{ ...signed, text: undefined, format: 'amazon-bedrock-v1/nova' }, 'us.amazon.nova-2-lite-v1:0'],
  ])('is left out where the model cannot read it: %j', (detail, model) => {
    const known = JSON.parse(JSON.stringify(detail));
    const { content } = assistantBlocks(
      { reasoning_details: [known], tool_calls: [call('c')] },
      { reasoning_effort: 'low' },
      model,
    );
    expect(content).toEqual({ role: 'assistant', content: [toolUse] });
  });

  it.each([
    ['global.openai.gpt-5.1-v1:0', 'amazon-bedrock-v1/openai'],
    ['us.amazon.nova-2-lite-v1:0', 'amazon-bedrock-v1/nova'],
    ['moonshot.kimi-k2-thinking', 'amazon-bedrock-v1/moonshot'],
  ])('of %s goes back to it whatever is asked of its reasoning', (model, format) => {
    for (const fields of [{}, { reasoning_effort: 'none' }, { reasoning_effort: 'low' }]) {
      const details = [{ ...signed, format }];
      const { content } = assistantBlocks({ reasoning_details: details, tool_calls: [call('c')] }, fields, model);
      expect(content).toEqual({ role: 'assistant', content: [blocks[0], toolUse] });
    }
  });

  it('goes back where the client asks for reasoning in the model’s own fields, which stay as they are', () => {
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    const fields = { additionalModelRequestFields: { thinking }, temperature: 0.2 };
    const { content, body, warnings } = assistantBlocks(
      { reasoning_details: [signed], tool_calls: [call('c')] },
      fields,
    );
    expect(content).toEqual({ role: 'assistant', content: [blocks[0], toolUse] });
    expect(body).toMatchObject({ additionalModelRequestFields: { thinking }, inferenceConfig: { maxTokens: 34_000 } });
    expect(body).not.toHaveProperty('inferenceConfig.temperature');
    expect(warnings).toEqual([expect.stringContaining('temperature')]);
    // What the client asks for itself is not taken from it, though earlier reasoning is lost.
    const lost = assistantBlocks({ tool_calls: [call('c')] }, fields);
    expect(lost.body).toMatchObject({ additionalModelRequestFields: { thinking } });
    expect(lost.body).not.toHaveProperty('inferenceConfig.temperature');
  });

  it('is needed once for each turn of the user’s, before the first calls', () => {
    const messages = [
      { role: 'user', content: 'Go' },
      { role: 'assistant', reasoning_details: [signed], tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: '1', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', tool_calls: [call('b')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
    ];
    const tools = [{ type: 'function', function: { name: 'now' } }];
    const { body, warnings } = encode({ messages, tools, reasoning_effort: 'low' });
    expect(body).toMatchObject({ additionalModelRequestFields: { thinking: { type: 'enabled' } } });
    expect(warnings).toEqual([]);
  });

  it('that is lost ends reasoning with a budget, and is told of', () => {
    const { body, warnings } = assistantBlocks({ tool_calls: [call('c')] });
    expect(body).not.toHaveProperty('additionalModelRequestFields');
    expect(warnings).toEqual([expect.stringContaining('reasoning_details')]);
  });
});

describe('content', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  const user = (...content: object[]) =>
    encodeMessages([{ role: 'user', content: content.map((one) => ({ ...one })) }])['messages'];
  const file = (fields: object) => ({ type: 'file', file: fields });
  const words = { type: 'text', text: 'Hi' };

  it.each([
    [{ type: 'image_url', image_url: { url: png } }, { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }],
    [
      { type: 'image_url', image_url: { url: 'DATA:image/JPG;base64,AAAA' } },
      { image: { format: 'jpeg', source: { bytes: 'AAAA' } } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { audio: { format: 'mp3', source: { bytes: 'AAAA' } } },
    ],
    [
      file({ filename: 'my_report (final).v2.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }),
      { document: { name: 'my report (final) v2', format: 'pdf', source: { bytes: 'JVBERi0=' } } },
    ],
    [
      file({ file_data: 'JVBERi0xLjQK' }),
      { document: { name: 'document', format: 'pdf', source: { bytes: 'JVBERi0xLjQK' } } },
    ],
    [
      file({ file_data: 'data:,a%20%F0%9F%91%8D', filename: 'a.md' }),
      { document: { name: 'a', format: 'md', source: { bytes: 'YSDwn5GN' } } },
    ],
    [
      file({ file_data: 'data:text/x-python;base64,AAAA' }),
      { document: { name: 'document', format: 'txt', source: { bytes: 'AAAA' } } },
    ],
    [file({ file_data: 'data:video/mp4;base64,AAAA' }), { video: { format: 'mp4', source: { bytes: 'AAAA' } } }],
    [
      file({ filename: 'a.xlsx', file_data: 'data:application/octet-stream;base64,AAAA' }),
      { document: { name: 'a', format: 'xlsx', source: { bytes: 'AAAA' } } },
    ],
  ])('%j is %j', (part, block) => {
    expect(user(words, part)).toEqual([{ role: 'user', content: [{ text: 'Hi' }, block] }]);
  });

  it('names each document once, and puts words beside it', () => {
    const pdf = file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' });
    expect(user(pdf, pdf)).toMatchObject([
      { content: [{ document: { name: 'a' } }, { document: { name: 'a (2)' } }, { text: '(See the document.)' }] },
    ]);
  });

  it.each([
    ['REQUEST_UNSUPPORTED', { type: 'image_url', image_url: { url: 'data:image/tiff;base64,AAAA' } }],
    ['REQUEST_UNSUPPORTED', file({ file_id: 'file-1' })],
    ['REQUEST_UNSUPPORTED', file({ file_data: 's3://bucket/a.pdf' })],
    ['REQUEST_UNSUPPORTED', file({ file_data: 'https://example.com/a.pdf' })],
    ['REQUEST_UNSUPPORTED', file({ file_data: 'data:application/zip;base64,AAAA' })],
    ['REQUEST_UNSUPPORTED', { type: 'document', document: {} }],
    ['REQUEST_UNSUPPORTED', { type: 'image_url', image_url: { url: 's3://bucket/image.png' } }],
    ['REQUEST_UNSUPPORTED', { type: 'image_url', image_url: { url: 'gs://bucket/image.png' } }],
    ['PROVIDER_REFUSED', { type: 'image_url', image_url: { url: 'ftp://example.com/image.png' } }],
    ['PROVIDER_REFUSED', { type: 'image_url', image_url: { url: 'data:image/png;base64' } }],
    ['PROVIDER_REFUSED', { type: 'image_url', image_url: { url: 'https://example.com/not-fetched.png' } }],
    ['PROVIDER_REFUSED', file({ filename: 'a.pdf' })],
    ['PROVIDER_REFUSED', file({ file_data: 'data:application/pdf' })],
  ])('that Bedrock does not take is refused with %s: %j', (reason, part) => {
    expect(() => user(words, part)).toThrow(
      expect.objectContaining({
        reason,
        httpStatus: 400,
        details: expect.objectContaining({ param: 'messages[0].content[1]' }),
      }),
    );
  });

  it('of system messages and of results is not audio', () => {
    const audio = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } };
    expect(() => encodeMessages([{ role: 'system', content: [audio] }])).toThrow(/only text/);
    expect(() => encodeMessages([{ role: 'tool', tool_call_id: 'c', content: [audio] }])).toThrow(/no audio/);
  });

  it('at an address is fetched once', () => {
    const url = 'https://example.com/a.png';
    const part = { part: { case: 'imageUrl', value: { url } } } as const;
    const request = create(ChatCompletionRequestSchema, { messages: [{ role: 'user', contentParts: [part, part] }] });
    expect(listRemoteImages(request)).toEqual([{ url, param: 'messages[0].content[0].image_url.url' }]);
    const fetched = new Map([[url, { mimeType: 'image/webp', data: 'AAAA' }]]);
    const image = { image: { format: 'webp', source: { bytes: 'AAAA' } } };
    expect(encodeRequest(request, { model: plainModel, source: undefined, fetched }).body['messages']).toEqual([
      { role: 'user', content: [image, image] },
    ]);
  });
});
