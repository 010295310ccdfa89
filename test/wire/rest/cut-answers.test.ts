import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type CallRecord, callEnded } from '../../../src/core/events.ts';
import { type FakeReply, sseReply } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { collectReply, connectRaw, openSession } from '../one-port-harness.ts';
import {
  chatBody,
  firstModel,
  postChat,
  readError,
  readJson,
  secondModel,
  startRig,
  upstreamChunk,
  upstreamStream,
} from './chat-rig.ts';
import { parseChunk, readChunks, readEvents } from './event-stream.ts';

const begun = upstreamChunk({ content: 'Half of ' });

/** Streams that break off after a token, and the word that the error has for it. */
const cuts: [what: string, reply: FakeReply][] = [
  ['a connection that is reset', sseReply([begun], { ending: 'reset' })],
  ['a connection that is closed', sseReply([begun], { ending: 'close' })],
  ['an end without a finish', sseReply([begun])],
  ['an event cut in the middle', { ...sseReply([]), body: [`data: ${JSON.stringify(begun)}\n\ndata: {"choi`] }],
  ['an error inside the stream', sseReply([begun, { error: { message: 'ran out of memory', code: 500 } }])],
  [
    'an error inside the stream after which it ends as if whole',
    sseReply([begun, { error: 'no' }, upstreamChunk({}, 'stop'), '[DONE]']),
  ],
  ['an event that is no JSON', sseReply([begun, '{"choices":[', '[DONE]'])],
  ['one of two choices that never ends', sseReply([begun, upstreamChunk({}, 'stop', 1)])],
];

describe('a streamed answer that breaks off', () => {
  test.each(cuts)('by %s ends with an error and without an end mark', async (_what, reply) => {
    const { server, first, second } = await startRig();
    first.respond(reply);
    const response = await postChat(server, { stream: true, models: [secondModel] });
    const events = await readEvents(response).rest();
    expect(events).not.toContain('[DONE]');
    expect(events.slice(0, -1).map(parseChunk)).toMatchObject([
      { choices: [{ delta: { role: 'assistant' }, finish_reason: null }] },
      { choices: [{ delta: { content: 'Half of ' }, finish_reason: null }] },
    ]);
    expect(parseChunk(events.at(-1))).toEqual({
      error: {
        message: expect.stringMatching(/^The answer broke off and is incomplete; ask again\. first /),
        type: 'server_error',
        param: null,
        code: 'stream_cut',
        metadata: {
          attempts: [
            expect.objectContaining({ model: firstModel, success: false, time_to_first_token_ms: expect.any(Number) }),
          ],
          generation_id: response.headers.get('x-generation-id'),
        },
      },
    });
    // After the first token there is no fallback: what was said cannot be taken back.
    expect(second.requests).toEqual([]);
  });

  test('is one record and one log line', async () => {
    const { server, first } = await startRig();
    const records: CallRecord[] = [];
    const unsubscribe = callEnded.subscribe((record) => records.push(record));
    first.respond(sseReply([begun], { ending: 'reset' }));
    await readEvents(await postChat(server, { stream: true })).rest();
    expect(await server.nextLogLine('call failed')).toMatchObject({
      error_reason: 'STREAM_CUT',
      served_model: firstModel,
      attempts: [{ model: firstModel, error_reason: 'PROVIDER_CUT' }],
    });
    await postChat(server, { model: 'sandbox/echo' });
    unsubscribe();
    expect(records.map(({ errorReason, servedModel }) => [errorReason, servedModel])).toEqual([
      ['STREAM_CUT', firstModel],
      [undefined, 'sandbox/echo'],
    ]);
  });

  test('ends its connection in order, so that only the missing end mark tells', async () => {
    await using server = await startTestServer();
    const client = await connectRaw(server.port);
    const body = JSON.stringify(chatBody({ model: 'sandbox/cut', stream: true }));
    client.socket.write(
      [
        'POST /v1/chat/completions HTTP/1.1',
        'host: x',
        `authorization: ${server.authorization}`,
        'content-type: application/json',
        'connection: close',
        `content-length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );
    const received = await client.closed;
    expect(received).toMatch(/data: \{"error":.*\}\n\n\r\n0\r\n\r\n$/s);
    expect(received).not.toContain('[DONE]');
  });

  test('does so over HTTP/2 as well', async () => {
    await using server = await startTestServer();
    const session = openSession(server.origin);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/v1/chat/completions',
      authorization: server.authorization,
      'content-type': 'application/json',
    });
    stream.end(JSON.stringify(chatBody({ model: 'sandbox/cut', stream: true })));
    const { status, body } = await collectReply(stream);
    expect(status).toBe(200);
    expect(body).toMatch(/data: \{"error":.*\}\n\n$/s);
    expect(body).not.toContain('[DONE]');
    session.close();
    await once(session, 'close');
  });
});

describe('a whole answer that breaks off', () => {
  // A whole answer comes from a stream where a first-token timeout is asked for.
  const whole = { fallback: { ttft_timeout: '60s' } };

  test.each(cuts)('by %s is tried elsewhere: nothing was sent yet', async (_what, reply) => {
    const { server, first, second } = await startRig();
    first.respond(reply);
    second.respond(sseReply(upstreamStream));
    const response = await postChat(server, { ...whole, models: [secondModel] });
    expect(response.status).toBe(200);
    expect(await readJson(response)).toMatchObject({
      model: secondModel,
      choices: [{ message: { content: 'Hi!' } }],
      metadata: {
        attempts: [
          { model: firstModel, success: false },
          { model: secondModel, success: true },
        ],
      },
    });
  });

  test('is 502 where there is nothing else', async () => {
    const { server, first } = await startRig();
    first.respond(sseReply([begun], { ending: 'reset' }));
    const response = await postChat(server, whole);
    expect(response.status).toBe(502);
    expect(await readError(response)).toMatchObject({ code: 'attempts_failed' });
  });

  test('does so where the upstream answers in JSON, too', async () => {
    const { server, first, second } = await startRig();
    first.respond({ headers: { 'content-type': 'application/json' }, body: '{"choices":[', ending: 'close' });
    second.respond(sseReply(upstreamStream));
    expect(await readJson(await postChat(server, { models: [secondModel] }))).toMatchObject({
      model: secondModel,
      metadata: { attempts: [{ error_code: 'PROVIDER_CUT' }, { success: true }] },
    });
  });
});

describe('an answer is complete', () => {
  test.each([
    ['with a finish but no end mark', [begun, upstreamChunk({}, 'length')], 'length'],
    ['with an end mark but no finish', [begun, '[DONE]'], 'stop'],
    ['with a finish that stands on the last text', [begun, upstreamChunk({ content: 'it' }, 'stop')], 'stop'],
  ])('%s', async (_what, chunks, finishReason) => {
    const { server, first } = await startRig();
    first.respond(sseReply(chunks));
    expect((await readChunks(await postChat(server, { stream: true }))).at(-1)).toMatchObject({
      choices: [{ finish_reason: finishReason }],
      metadata: { attempts: [{ success: true }] },
    });
  });

  test('with a finish, when the connection breaks only after it', async () => {
    const { server, first } = await startRig();
    first.respond(sseReply([begun, upstreamChunk({}, 'stop')], { ending: 'reset' }));
    expect((await readChunks(await postChat(server, { stream: true }))).at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
    });
  });
});
