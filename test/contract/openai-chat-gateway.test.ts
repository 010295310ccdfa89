import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatCompletionSlice } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { isOpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { type ConnectWire, createConnectClient } from '../clients/connect-clients.ts';
import { createFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { readRecordedAnswer } from './recorded-answer.ts';

/** The whole way: what a provider answered, as a client of the gateway gets it. */

const kinds = providerKinds.filter(isOpenAiChatKind).map(({ kind }) => kind);
const wire: ConnectWire = { protocol: 'gRPC', httpVersion: '2', format: 'binary' };
const messages = [{ role: 'user', content: 'Hello' }];

function configure(origin: string): string {
  const entries = kinds.map((kind) => `  ${kind}: { base_url: "${origin}/v1", api_key: "provider-key" }`);
  return `providers:\n${entries.join('\n')}\n`;
}

/** What the gateway's own answer holds, read as recordings of its format are. */
function readOwn(recorded: RecordedCase, text: string): ReturnType<typeof readRecordedAnswer> {
  return readRecordedAnswer({ ...recorded, readBody: () => Buffer.from(text) });
}

/** What a stream said of its one choice. */
interface StreamedChoice {
  content: string;
  reasoning: string;
  finishReasons: string[];
  usage: number | undefined;
}

async function collectStream(stream: AsyncIterable<ChatCompletionSlice>): Promise<StreamedChoice> {
  const said: StreamedChoice = { content: '', reasoning: '', finishReasons: [], usage: undefined };
  for await (const { slice } of stream) {
    if (slice.case === 'delta') {
      said.content += slice.value.content ?? '';
      said.reasoning += slice.value.reasoningContent ?? '';
    }
    if (slice.case !== 'finish') continue;
    said.finishReasons = slice.value.choices.map(({ finishReason }) => finishReason);
    said.usage = slice.value.usage?.totalTokens;
  }
  return said;
}

describeRecordedTraffic('recorded answers, through the gateway', 'chat/completions', (all) => {
  const cases = all.filter(({ provider }) => kinds.includes(provider));
  const single = cases.filter(
    (recorded) => recorded.readRequest()?.['n'] === undefined && !recorded.features.has('n>1'),
  );
  const isWhole = (recorded: RecordedCase) => readRecordedAnswer(recorded).errorMessage === undefined;
  let upstream: FakeUpstream;
  let server: TestServer;
  beforeAll(async () => {
    upstream = await createFakeUpstream();
    server = await startTestServer({ config: configure(upstream.origin) });
  });
  afterAll(async () => {
    await server.close();
    await upstream.close();
  });

  function respond(recorded: RecordedCase): string {
    upstream.respond({ status: recorded.httpStatus, headers: recorded.headers, body: recorded.readBody() });
    return `${recorded.provider}/some-model`;
  }

  async function post(recorded: RecordedCase): Promise<Response> {
    const stream = recorded.kind === 'stream';
    const options = stream ? { stream, stream_options: { include_usage: true } } : {};
    return fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ model: respond(recorded), messages, ...options }),
    });
  }

  it('are there in numbers', () => {
    expect(new Set(single.map(({ provider }) => provider)).size).toBeGreaterThan(15);
    expect(single.filter((recorded) => !isWhole(recorded)).length).toBeGreaterThan(15);
  });

  describe('over REST', () => {
    it.each(single.filter(isWhole).map((recorded) => [recorded.name, recorded] as const))('%s', async (_, recorded) => {
      const response = await post(recorded);
      expect(response.status).toBe(200);
      expect(readOwn(recorded, await response.text())).toEqual(readRecordedAnswer(recorded));
    });

    const errors = single.filter((recorded) => !isWhole(recorded));
    it.each(errors.map((recorded) => [recorded.name, recorded] as const))('%s', async (_, recorded) => {
      const { errorMessage = '', answer } = readRecordedAnswer(recorded);
      const response = await post(recorded);
      const text = await response.text();
      const isBegun = answer.choices.length > 0;
      expect(response.status === 200).toBe(isBegun);
      expect(text).not.toContain('[DONE]');
      // What is wrong with the operator's key is not for callers.
      if (recorded.httpStatus === 401) expect(text).not.toContain(errorMessage);
      else
        expect(readOwn({ ...recorded, kind: isBegun ? 'stream' : 'unary' }, text).errorMessage).toContain(errorMessage);
    });
  });

  describe('over gRPC', () => {
    it.each(single.filter(isWhole).map((recorded) => [recorded.name, recorded] as const))('%s', async (_, recorded) => {
      const client = createConnectClient(ChatService, server, wire);
      const { answer } = readRecordedAnswer(recorded);
      const [choice] = answer.choices;
      const request = { model: respond(recorded), messages };
      if (recorded.kind === 'stream') {
        expect(await collectStream(client.streamChatCompletion(request))).toEqual({
          content: choice?.content,
          reasoning: choice?.reasoning,
          finishReasons: [choice?.finishReason],
          usage: answer.usage?.total,
        });
        return;
      }
      const { choices, usage } = await client.createChatCompletion(request);
      const { message, finishReason } = choices[0] ?? {};
      const calls = message?.toolCalls.map(({ id, function: fn }) => ({
        id,
        name: fn?.name,
        arguments: fn?.arguments,
      }));
      expect(message?.content ?? '').toBe(choice?.content);
      expect(message?.reasoningContent ?? '').toBe(choice?.reasoning);
      expect(calls).toEqual(choice?.toolCalls);
      expect(finishReason).toBe(choice?.finishReason);
      expect(usage?.totalTokens).toBe(answer.usage?.total);
    });
  });
});
