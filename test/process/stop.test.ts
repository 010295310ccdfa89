import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { createFakeUpstream, type FakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { upstreamChunk } from '../wire/rest/chat-rig.ts';
import { type EventStream, readEvents } from '../wire/rest/event-stream.ts';
import { type RunningProgram, readUrl, startProgram } from './program.ts';

interface BusyProgram {
  readonly program: RunningProgram;
  readonly url: string;
  readonly upstream: FakeUpstream;
  /** The rest of a streamed answer whose first token has come. */
  readonly events: EventStream;
}

/** Starts the program, and one call that stays in flight until `hold` resolves. */
async function startBusyProgram(hold: Promise<void>): Promise<BusyProgram> {
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  upstream.respond(
    sseReply([upstreamChunk({ content: 'one' }), hold, upstreamChunk({ content: 'two' }, 'stop'), '[DONE]']),
  );
  const cwd = await createTemporaryFolder();
  const config = `providers: { fake: { kind: openai-compatible, base_url: "${upstream.origin}/v1" } }`;
  await writeFile(join(cwd, 'signalbox.yaml'), config);
  const program = startProgram(['--port', '0'], { cwd, env: { SIGNALBOX_API_KEY: 'a:b' } });
  const url = await readUrl(program);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${btoa('a:b')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake/x', stream: true, messages: [{ role: 'user', content: 'x' }] }),
  });
  const events = readEvents(response);
  await events.next();
  expect(await events.next()).toContain('"one"');
  return { program, url, upstream, events };
}

test('a signal lets answers in flight finish, takes no new calls, and ends with 0', async () => {
  const hold = Promise.withResolvers<void>();
  const { program, url, events } = await startBusyProgram(hold.promise);
  program.kill('SIGTERM');
  expect(
    await program.waitForLogLine('stopping: answers in flight may finish; the signal again ends them'),
  ).toMatchObject({ signal: 'SIGTERM' });
  const readiness = await fetch(`${url}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'draining' }]);
  hold.resolve();
  expect((await events.rest()).at(-1)).toBe('[DONE]');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.stdout.text()).toMatch(
    /"msg":"call answered"[^\n]*\n[^\n]*"cut_connections":0[^\n]*"msg":"stopped"[^\n]*\n$/,
  );
  expect(program.stderr.text()).toBe('');
});

test('a second signal ends it at once', async () => {
  const { program, upstream, events } = await startBusyProgram(new Promise(() => {}));
  const request = await upstream.nextRequest();
  program.kill('SIGTERM');
  await program.waitForLogLine('stopping: answers in flight may finish; the signal again ends them');
  program.kill('SIGINT');
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(program.stdout.text()).toContain('"msg":"stopped at once: answers in flight are cut"');
  await request.closed;
  await expect(events.rest()).rejects.toThrow();
});

test('a signal that comes twice at once, as Ctrl-C does under npm, is one', async () => {
  const hold = Promise.withResolvers<void>();
  const { program, events } = await startBusyProgram(hold.promise);
  program.kill('SIGINT');
  program.kill('SIGINT');
  await program.waitForLogLine('stopping: answers in flight may finish; the signal again ends them');
  hold.resolve();
  expect((await events.rest()).at(-1)).toBe('[DONE]');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
