import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StopReason } from '../../core/chat-call.ts';
import type { Clock } from '../../core/clock.ts';
import { ChunkEncoder } from '../../dialects/openai-chat/chunk-encoder.ts';
import { decodeRequest } from '../../dialects/openai-chat/decode-request.ts';
import { encodeCompletion } from '../../dialects/openai-chat/encode-completion.ts';
import { encodeError } from '../../dialects/openai-chat/encode-error.ts';
import type { ChatAnswer } from '../../routing/chat-answer.ts';
import { collectCompletion } from '../../routing/collect-completion.ts';
import type { ChatGateway } from '../chat-gateway.ts';
import { readCaller } from './caller.ts';
import { EventStreamWriter } from './event-stream-writer.ts';
import { readBody } from './read-body.ts';

/** What `POST /v1/chat/completions` is served with. */
export interface ChatPathOptions {
  readonly gateway: ChatGateway;
  readonly clock: Clock;
  readonly keepAliveCommentMs: number;
}

/** Answers one chat completion in OpenAI's JSON, whole or as server-sent events. */
export async function answerChat(
  request: FastifyRequest,
  reply: FastifyReply,
  options: ChatPathOptions,
): Promise<void> {
  const caller = readCaller(request);
  const source = readBody(request);
  const message = decodeRequest(source);
  const stream = message.stream ?? false;
  const { answer, signal, close } = await options.gateway.open({
    ...caller,
    protocol: 'rest',
    request: message,
    source,
    stream,
    onStop: (listener) => watchClient(reply, listener),
  });
  try {
    // Under the second name OpenAI's SDKs show it.
    reply.headers({ 'x-generation-id': answer.head.generationId, 'x-request-id': answer.head.generationId });
    if (stream) {
      const writer = startEventStream(reply, signal, options);
      await writeStream(writer, answer, new ChunkEncoder(message.streamOptions?.includeUsage ?? false));
    } else reply.send(encodeCompletion(await collectCompletion(answer)));
  } catch (thrown) {
    throw answer.fail(thrown);
  } finally {
    await close();
  }
}

/**
 * Tells when the client leaves before the answer was ended: by closing the connection, or by resetting the stream in HTTP/2, where
 * Node then calls the response finished.
 */
function watchClient({ raw: response }: FastifyReply, listener: (reason: StopReason) => void): void {
  response.once('close', () => {
    if (!response.writableEnded) listener('CALL_CANCELLED');
  });
}

function startEventStream(reply: FastifyReply, signal: AbortSignal, options: ChatPathOptions): EventStreamWriter {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...headersOf(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    // nginx would hold events back: nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering.
    'x-accel-buffering': 'no',
  });
  return new EventStreamWriter(response, signal, options);
}

async function writeStream(writer: EventStreamWriter, answer: ChatAnswer, encoder: ChunkEncoder): Promise<void> {
  try {
    // Not "for await", which would end the answer as a cancelled one before the catch says what went wrong.
    for (let next = await answer.next(); next.done !== true; next = await answer.next()) {
      const chunks = encoder.encode(next.value);
      if (chunks.length > 0) await writer.write(...chunks.map((chunk) => JSON.stringify(chunk)));
    }
    await writer.write('[DONE]');
  } catch (thrown) {
    // The status line is out. The error is the last event, and the missing end mark says that the answer is not complete.
    await writer.write(JSON.stringify(encodeError(answer.fail(thrown))));
  } finally {
    writer.end();
  }
}

/** The headers that hooks have set: writeHead on the raw response does not know them. */
function headersOf(reply: FastifyReply): Record<string, number | string | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
