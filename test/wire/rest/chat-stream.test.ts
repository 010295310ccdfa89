import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { jsonReply, sseReply } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { createManualClock } from '../one-port-harness.ts';
import {
  firstModel,
  postChat,
  startRig,
  upstreamChunk,
  upstreamReply,
  upstreamStream,
  upstreamUsage,
} from './chat-rig.ts';
import { parseChunk, readChunks, readEvents } from './event-stream.ts';

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

/** The choices of each chunk, without the envelope. */
function choicesOf(chunks: readonly JsonObject[]): unknown[] {
  return chunks.map((chunk) => chunk['choices']);
}

describe('a streamed answer', () => {
  test('is the role, the text, the finish with metadata and usage, and the end mark', async () => {
    const { server, first } = await startRig();
    first.respond(sseReply(upstreamStream));
    const response = await postChat(server, { stream: true });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const generationId = response.headers.get('x-generation-id');
    const chunks = await readChunks(response);
    const envelope = {
      id: chunks[0]?.['id'],
      object: 'chat.completion.chunk',
      created: chunks[0]?.['created'],
      model: firstModel,
    };
    expect(chunks).toEqual([
      { ...envelope, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { ...envelope, choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
      { ...envelope, choices: [{ index: 0, delta: { content: '!' }, finish_reason: null }] },
      {
        ...envelope,
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
        usage,
        metadata: {
          attempts: [{ model: firstModel, success: true, time_to_first_token_ms: expect.any(Number) }],
          generation_id: generationId,
          reasoning: `Using specified model: '${firstModel}' - success`,
          total_duration_ms: expect.any(Number),
        },
      },
    ]);
    expect(envelope.id).toMatch(/^chatcmpl-\d+$/);
    expect(envelope.created).toEqual(expect.any(Number));
    expect((await first.nextRequest()).json()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test('has the usage in a chunk of its own, without choices, when asked', async () => {
    const { server, first } = await startRig();
    first.respond(sseReply(upstreamStream));
    const chunks = await readChunks(await postChat(server, { stream: true, stream_options: { include_usage: true } }));
    const [finish, last] = chunks.slice(-2);
    expect(finish).toMatchObject({ choices: [{ finish_reason: 'stop' }], metadata: { attempts: [{ success: true }] } });
    expect(finish).not.toHaveProperty('usage');
    expect(last).toMatchObject({ choices: [], usage, id: finish?.['id'], model: firstModel });
    expect(last).not.toHaveProperty('metadata');
  });

  test('opens and ends each of several choices, with the metadata on the last finish', async () => {
    const { server, first } = await startRig();
    first.respond(
      sseReply([
        upstreamChunk({ content: 'b0' }, null, 1),
        upstreamChunk({ content: 'a0' }, null, 0),
        upstreamChunk({ content: 'b1' }, 'length', 1),
        upstreamChunk({ content: 'a1' }, 'stop', 0),
        upstreamUsage,
        '[DONE]',
      ]),
    );
    const chunks = await readChunks(await postChat(server, { stream: true, n: 2 }));
    expect(choicesOf(chunks)).toEqual([
      [{ index: 1, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ index: 1, delta: { content: 'b0' }, finish_reason: null }],
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ index: 0, delta: { content: 'a0' }, finish_reason: null }],
      [{ index: 1, delta: { content: 'b1' }, finish_reason: null }],
      [{ index: 0, delta: { content: 'a1' }, finish_reason: null }],
      [{ index: 0, delta: {}, finish_reason: 'stop' }],
      [{ index: 1, delta: {}, finish_reason: 'length' }],
    ]);
    expect(chunks.map((chunk) => 'metadata' in chunk)).toEqual([...Array(7).fill(false), true]);
  });

  test('gives the id and the name of a tool call once, then pieces of its arguments', async () => {
    const { server, first } = await startRig();
    const call = (fields: JsonObject): JsonObject => ({ tool_calls: [{ index: 0, ...fields }] });
    first.respond(
      sseReply([
        upstreamChunk(call({ id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } })),
        upstreamChunk(call({ function: { arguments: '{"a"' } })),
        upstreamChunk(call({ function: { arguments: ': 1}' } })),
        upstreamChunk({}, 'tool_calls'),
        '[DONE]',
      ]),
    );
    const chunks = await readChunks(await postChat(server, { stream: true }));
    expect(choicesOf(chunks)).toEqual([
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [
        expect.objectContaining({
          delta: call({ id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }),
        }),
      ],
      [expect.objectContaining({ delta: call({ function: { arguments: '{"a"' } }) })],
      [expect.objectContaining({ delta: call({ function: { arguments: ': 1}' } }) })],
      [{ index: 0, delta: {}, finish_reason: 'tool_calls' }],
    ]);
  });

  test('has the annotations on the finishing chunk', async () => {
    await using server = await startTestServer();
    const chunks = await readChunks(await postChat(server, { model: 'sandbox/citations', stream: true }));
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ delta: { annotations: [{ type: 'url_citation', url_citation: { url: expect.any(String) } }, {}] } }],
    });
    expect(JSON.stringify(chunks.slice(0, -1))).not.toContain('url_citation');
  });

  test('has no reasoning when asked to leave it out', async () => {
    const { server, first } = await startRig();
    const reply = sseReply([
      upstreamChunk({ reasoning_content: 'They greet.' }),
      upstreamChunk({ content: 'Hi' }),
      upstreamChunk({}, 'stop'),
      '[DONE]',
    ]);
    first.respondAlways(reply);
    const plain = await readChunks(await postChat(server, { stream: true }));
    expect(choicesOf(plain)).toContainEqual([expect.objectContaining({ delta: { reasoning_content: 'They greet.' } })]);
    const without = await readChunks(await postChat(server, { stream: true, reasoning: { exclude: true } }));
    expect(choicesOf(without)).toEqual([
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }],
      [{ index: 0, delta: {}, finish_reason: 'stop' }],
    ]);
  });

  test('goes out piece by piece, as it comes in', async () => {
    const { server, first } = await startRig();
    const hold = Promise.withResolvers<void>();
    first.respond(
      sseReply([upstreamChunk({ content: 'one' }), hold.promise, upstreamChunk({ content: 'two' }, 'stop'), '[DONE]']),
    );
    const events = readEvents(await postChat(server, { stream: true }));
    await events.next();
    // The upstream holds the second piece back until the first one is here.
    expect(parseChunk(await events.next())).toMatchObject({ choices: [{ delta: { content: 'one' } }] });
    hold.resolve();
    expect((await events.rest()).at(-1)).toBe('[DONE]');
  });

  test('is a stream too where the upstream answers whole', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const chunks = await readChunks(await postChat(server, { stream: true }));
    expect(choicesOf(chunks)).toEqual([
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ index: 0, delta: { content: 'Hi!' }, finish_reason: null }],
      [{ index: 0, delta: {}, finish_reason: 'stop' }],
    ]);
  });
});

describe('while a model is silent', () => {
  test('comments show that the connection lives, as often as configured', async () => {
    const clock = createManualClock();
    const { server, first } = await startRig({ clock, config: 'server: { keep_alive_comment_ms: 2000 }' });
    const hold = Promise.withResolvers<void>();
    first.respond(
      sseReply([upstreamChunk({ content: 'one' }), hold.promise, upstreamChunk({ content: 'two' }, 'stop'), '[DONE]']),
    );
    const events = readEvents(await postChat(server, { stream: true }));
    await events.next();
    await events.next();
    clock.advance(1999);
    clock.advance(1);
    expect(await events.next()).toBe(': keep-alive');
    clock.advance(2000);
    expect(await events.next()).toBe(': keep-alive');
    hold.resolve();
    const rest = await events.rest();
    expect(rest.filter((event) => event.startsWith(':'))).toEqual([]);
    expect(rest.at(-1)).toBe('[DONE]');
  });

  test('nothing is written before the first token, which another model may still give', async () => {
    const clock = createManualClock();
    const { server, first, second } = await startRig({ clock });
    first.respond({ drop: 'hang' });
    second.respond(sseReply(upstreamStream));
    const answer = postChat(server, { stream: true, models: ['second/x'], fallback: { ttft_timeout: '60s' } });
    await first.nextRequest();
    clock.advance(59_999);
    clock.advance(1);
    const events = await readEvents(await answer).rest();
    expect(events.filter((event) => event.startsWith(':'))).toEqual([]);
    expect(parseChunk(events[0])).toMatchObject({ model: 'second/x' });
  });
});
