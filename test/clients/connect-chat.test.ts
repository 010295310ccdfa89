import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
import type { ChatCompletionSlice } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { startTestServer } from '../support/test-server.ts';
import { connectWires, createConnectClient } from './connect-clients.ts';

const server = await startTestServer();
afterAll(() => server.close());

const messages = [{ role: 'user', content: 'Hello there, you' }];
const usage = { promptTokens: 7, completionTokens: 4, totalTokens: 11 };

describe.each(connectWires)('$protocol over HTTP/$httpVersion in $format', (wire) => {
  const client = createConnectClient(ChatService, server, wire);

  test('answers whole, with the generation id in the header', async () => {
    let header = new Headers();
    const completion = await client.createChatCompletion(
      { model: 'sandbox/echo', messages },
      {
        onHeader: (received) => {
          header = received;
        },
      },
    );
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\d+$/),
      created: expect.any(BigInt),
      model: 'sandbox/echo',
      choices: [{ message: { role: 'assistant', content: 'Hello there, you' }, finishReason: 'stop' }],
      usage,
      metadata: { attempts: [{ model: 'sandbox/echo', success: true }] },
    });
    expect(completion.metadata?.generationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(header.get('x-generation-id')).toBe(completion.metadata?.generationId);
  });

  test('streams a head, deltas and a finish, with the generation id in the header', async () => {
    let header = new Headers();
    const slices: ChatCompletionSlice['slice'][] = [];
    const stream = client.streamChatCompletion(
      { model: 'sandbox/echo', messages },
      {
        onHeader: (received) => {
          header = received;
        },
      },
    );
    for await (const { slice } of stream) slices.push(slice);
    expect(slices).toMatchObject([
      { case: 'head', value: { id: expect.stringMatching(/^chatcmpl-\d+$/), model: 'sandbox/echo' } },
      { case: 'delta', value: { index: 0, content: 'Hello' } },
      { case: 'delta', value: { index: 0, content: ' there' } },
      { case: 'delta', value: { index: 0, content: ',' } },
      { case: 'delta', value: { index: 0, content: ' you' } },
      {
        case: 'finish',
        value: { choices: [{ index: 0, finishReason: 'stop' }], usage, metadata: { attempts: [{ success: true }] } },
      },
    ]);
    const [head] = slices;
    expect(head?.case === 'head' && head.value.generationId).toBe(header.get('x-generation-id'));
  });

  test('goes the round of a tool', async () => {
    const tools = [
      {
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { enum: ['Oslo'] } }, required: ['city'] },
        },
      },
    ];
    const asked = await client.createChatCompletion({ model: 'sandbox/tools', messages, tools });
    const toolCalls = asked.choices[0]?.message?.toolCalls ?? [];
    expect(toolCalls).toMatchObject([{ function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }]);
    const result = { role: 'tool', toolCallId: toolCalls[0]?.id ?? '', content: 'Rain.' };
    const answered = await client.createChatCompletion({
      model: 'sandbox/tools',
      messages: [...messages, { role: 'assistant', toolCalls }, result],
      tools,
    });
    expect(answered.choices[0]).toMatchObject({
      finishReason: 'stop',
      message: { content: expect.stringContaining('Rain.') },
    });
  });

  test('ends a stream that breaks off with an error, after what came', async () => {
    const kinds: (string | undefined)[] = [];
    const read = async (): Promise<void> => {
      for await (const { slice } of client.streamChatCompletion({ model: 'sandbox/cut', messages })) {
        kinds.push(slice.case);
      }
    };
    const error = await read().catch((thrown: unknown) => ConnectError.from(thrown));
    expect(error).toMatchObject({ code: Code.Unavailable });
    expect(kinds).toEqual(['head', ...Array.from({ length: 8 }, () => 'delta')]);
  });
});
