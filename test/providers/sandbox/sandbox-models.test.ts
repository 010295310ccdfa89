import { crc32, inflateSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, collectChoice, findError, readEvents } from './collect-reply.ts';

const weatherSchema: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
  required: ['city'],
  additionalProperties: false,
};
const weather = { type: 'function', function: { name: 'get_weather', parameters: weatherSchema } };
const time = { type: 'function', function: { name: 'get_time' } };

describe('echo', () => {
  it('answers with the last user message, a token at a time', async () => {
    const messages = [
      { role: 'user', content: 'First' },
      { role: 'assistant', content: 'Second' },
      { role: 'user', content: 'Third, and last' },
      { role: 'assistant', content: 'Fourth' },
    ];
    const events = await readEvents(await ask('echo', { messages }));
    const contents = events.flatMap((event) => (event.kind === 'delta' ? [event.delta.content] : []));
    expect(contents).toEqual(['Third', ',', ' and', ' last']);
    expect(collectChoice(events)).toMatchObject({ finishReason: 'stop' });
  });

  it('joins parts, and names what is not text', async () => {
    const image = (url: string) => ({ part: { case: 'imageUrl' as const, value: { url } } });
    const contentParts = [
      { part: { case: 'text' as const, value: 'Look:' } },
      image('https://sandbox.example/cat.png'),
      image('data:image/png;base64,AAAA'),
      { part: { case: 'inputAudio' as const, value: { data: 'AAAA', format: 'wav' } } },
      {
        part: {
          case: 'file' as const,
          value: { filename: 'report.pdf', fileData: 'data:application/pdf;base64,AAAA' },
        },
      },
      { type: 'video_url', part: { case: 'other' as const, value: { type: 'video_url' } } },
    ];
    const events = await readEvents(await ask('echo', { messages: [{ role: 'user', contentParts }] }));
    expect(collectChoice(events).content).toBe(
      'Look:\n[image https://sandbox.example/cat.png]\n[image image/png]\n[audio wav]\n[file report.pdf]\n[video_url]',
    );
  });

  it('answers an empty message with an empty text', async () => {
    const events = await readEvents(await ask('echo', { messages: [{ role: 'user', content: '' }] }));
    expect(collectChoice(events)).toMatchObject({ content: '', finishReason: 'stop' });
  });

  it('takes the last message where no user spoke, and none where nobody did', async () => {
    const spoken = await readEvents(await ask('echo', { messages: [{ role: 'system', content: 'Be kind.' }] }));
    expect(collectChoice(spoken).content).toBe('Be kind.');
    const silent = await readEvents(await ask('echo', { messages: [] }));
    expect(collectChoice(silent)).toMatchObject({ content: '', finishReason: 'stop' });
  });
});

describe('tools', () => {
  it('calls the first tool with valid arguments, in fragments', async () => {
    const events = await readEvents(await ask('tools', { tools: [weather, time] }));
    const pieces = events.flatMap((event) => (event.kind === 'delta' ? event.delta.toolCalls : []));
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.filter((piece) => piece.id !== undefined || piece.type !== undefined)).toHaveLength(1);
    const { calls, content, finishReason } = collectChoice(events);
    expect(calls).toEqual([
      { id: expect.stringMatching(/^call_/), name: 'get_weather', arguments: expect.any(String) },
    ]);
    expect(new Ajv2020().validate(weatherSchema, JSON.parse(calls[0]?.arguments ?? ''))).toBe(true);
    expect(content).toBeUndefined();
    expect(finishReason).toBe('tool_calls');
  });

  it('calls the tool that tool_choice names', async () => {
    const toolChoice = { choice: { case: 'function' as const, value: { name: 'get_time' } } };
    const events = await readEvents(await ask('tools', { tools: [weather, time], toolChoice }));
    expect(collectChoice(events).calls).toMatchObject([{ name: 'get_time', arguments: '{}' }]);
  });

  it('calls several tools only when it is told that it may', async () => {
    const several = await readEvents(await ask('tools', { tools: [weather, time], parallelToolCalls: true }));
    const { calls } = collectChoice(several);
    expect(calls.map((call) => call.name)).toEqual(['get_weather', 'get_time']);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    const one = await readEvents(await ask('tools', { tools: [weather, time], parallelToolCalls: false }));
    expect(collectChoice(one).calls).toHaveLength(1);
  });

  it('answers with text once the results are there', async () => {
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', toolCalls: [{ id: 'a', function: { name: 'get_weather', arguments: '{}' } }] },
      { role: 'tool', toolCallId: 'a', content: 'Sunny' },
      { role: 'tool', toolCallId: 'b', content: 'Late' },
    ];
    const toolChoice = { choice: { case: 'mode' as const, value: 'required' } };
    const events = await readEvents(await ask('tools', { messages, tools: [weather], toolChoice }));
    expect(collectChoice(events)).toMatchObject({
      content: 'The tool answered: Sunny\nLate',
      calls: [],
      finishReason: 'stop',
    });
  });

  it('gives the calls of later turns other ids', async () => {
    const user = { role: 'user', content: 'Weather?' };
    const first = collectChoice(await readEvents(await ask('tools', { messages: [user], tools: [weather] })));
    const second = collectChoice(
      await readEvents(await ask('tools', { messages: [user, user, user], tools: [weather] })),
    );
    expect(first.calls[0]?.id).not.toBe(second.calls[0]?.id);
  });

  it.each([
    ['no tools', {}],
    ['tool_choice none', { tools: [weather], toolChoice: { choice: { case: 'mode' as const, value: 'none' } } }],
    ['tools of another type only', { tools: [{ type: 'custom', other: { type: 'custom' } }] }],
  ])('answers with text for %s', async (_, init) => {
    const events = await readEvents(await ask('tools', init));
    expect(collectChoice(events)).toMatchObject({
      content: expect.stringMatching(/./),
      calls: [],
      finishReason: 'stop',
    });
  });

  it('gives an object to a tool whose schema does not ask for one', async () => {
    const open = { type: 'function', function: { name: 'open', parameters: {} } };
    expect(collectChoice(await readEvents(await ask('tools', { tools: [open] }))).calls[0]?.arguments).toBe('{}');
  });

  it('refuses a choice that is not offered, and a schema that nothing fits', async () => {
    const toolChoice = { choice: { case: 'function' as const, value: { name: 'other' } } };
    const missing = await findError(ask('tools', { tools: [weather], toolChoice }));
    expect(missing).toMatchObject({ reason: 'PROVIDER_REFUSED', details: { param: 'tool_choice' } });
    const parameters = { properties: { a: false }, required: ['a'] };
    const impossible = await findError(ask('tools', { tools: [{ function: { name: 'never', parameters } }] }));
    expect(impossible).toMatchObject({ reason: 'PROVIDER_REFUSED', details: { param: 'tools' } });
    expect(impossible.message).toMatch(/the tool never .* allows no value/);
  });
});

describe('json', () => {
  it.each([
    ['no response_format', {}],
    ['json_object', { responseFormat: { type: 'json_object' } }],
    ['a json_schema without a schema', { responseFormat: { type: 'json_schema', jsonSchema: { name: 'any' } } }],
  ])('answers with an object for %s', async (_, init) => {
    const { content, finishReason } = collectChoice(await readEvents(await ask('json', init)));
    expect(JSON.parse(content ?? '')).toEqual({ message: expect.any(String) });
    expect(finishReason).toBe('stop');
  });

  it('answers with what the schema allows', async () => {
    const responseFormat = {
      type: 'json_schema',
      jsonSchema: { name: 'weather', schema: weatherSchema, strict: true },
    };
    const { content } = collectChoice(await readEvents(await ask('json', { responseFormat })));
    expect(JSON.parse(content ?? '')).toEqual({ city: 'text', unit: 'celsius' });
  });

  it('refuses a schema that nothing fits', async () => {
    const responseFormat = { type: 'json_schema', jsonSchema: { name: 'no', schema: { $ref: '#/none' } } };
    const error = await findError(ask('json', { responseFormat }));
    expect(error).toMatchObject({ reason: 'PROVIDER_REFUSED', details: { param: 'response_format' } });
    expect(error.message).toMatch(/"#\/none" leads to nothing/);
  });
});

describe('reasoner', () => {
  it('reasons before it answers', async () => {
    const events = await readEvents(await ask('reasoner'));
    const kinds = events.flatMap((event) =>
      event.kind === 'delta' ? [event.delta.reasoningContent === undefined ? 'content' : 'reasoning'] : [],
    );
    expect(kinds.lastIndexOf('reasoning')).toBeLessThan(kinds.indexOf('content'));
    expect(kinds).toContain('reasoning');
  });

  it('reasons the longer the greater the effort', async () => {
    const lengths = await Promise.all(
      ['minimal', 'low', 'medium', 'high', 'xhigh'].map(async (reasoningEffort) => {
        const events = await readEvents(await ask('reasoner', { reasoningEffort }));
        return collectChoice(events).reasoning?.length ?? 0;
      }),
    );
    expect(lengths).toEqual(lengths.toSorted((left, right) => left - right));
    expect(new Set(lengths).size).toBe(5);
  });

  it.each([
    ['reasoning_effort', { reasoningEffort: 'none' }],
    ['extra_body.reasoning, which wins', { reasoningEffort: 'high', extraBody: { reasoning: { effort: 'none' } } }],
  ])('does not reason when %s says none', async (_, init) => {
    const { reasoning, content } = collectChoice(await readEvents(await ask('reasoner', init)));
    expect(reasoning).toBeUndefined();
    expect(content).toMatch(/./);
  });

  it('keeps excluded reasoning back, and cuts it at its budget', async () => {
    const hidden = collectChoice(
      await readEvents(await ask('reasoner', { extraBody: { reasoning: { exclude: true } } })),
    );
    expect(hidden).toMatchObject({ reasoning: undefined, content: expect.stringMatching(/./) });
    const cut = collectChoice(await readEvents(await ask('reasoner', { extraBody: { reasoning: { maxTokens: 2 } } })));
    expect(cut).toMatchObject({ reasoning: 'The question', content: expect.stringMatching(/./), finishReason: 'stop' });
  });
});

describe('image', () => {
  it('answers with a PNG', async () => {
    const { images, content } = collectChoice(await readEvents(await ask('image')));
    expect(content).toMatch(/./);
    const [url = ''] = images;
    expect(url).toMatch(/^data:image\/png;base64,/);
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    const chunks: { type: string; data: Buffer }[] = [];
    for (let at = 8; at < png.length; ) {
      const end = at + 8 + png.readUInt32BE(at);
      expect(png.readUInt32BE(end)).toBe(crc32(png.subarray(at + 4, end)));
      chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, end) });
      at = end + 4;
    }
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'IEND']);
    // 16 rows of a filter byte and 16 bits.
    expect(inflateSync(chunks[1]?.data ?? Buffer.alloc(0))).toHaveLength(16 * 3);
  });
});

describe('citations', () => {
  it('cites pages for the words that they stand behind', async () => {
    const { content = '', annotations } = collectChoice(await readEvents(await ask('citations')));
    expect(annotations).toMatchObject([
      { type: 'url_citation', urlCitation: { url: 'https://sandbox.example/network', title: expect.any(String) } },
      { type: 'url_citation', urlCitation: { url: 'https://sandbox.example/determinism' } },
    ]);
    const spans = annotations.map(({ urlCitation }) => content.slice(urlCitation?.startIndex, urlCitation?.endIndex));
    expect(spans).toEqual(['The sandbox answers without a network.', 'but it always says the same.']);
  });

  it('cites nothing that was cut off', async () => {
    const { annotations } = collectChoice(await readEvents(await ask('citations', { maxTokens: 12 })));
    expect(annotations).toHaveLength(1);
  });
});
