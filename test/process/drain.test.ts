import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stopChunk, textChunk } from '../clients/upstream-chunks.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { createFakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { createWireCallers, RegisteredError, type WireCaller } from '../support/wire-callers.ts';
import { type RunningProgram, readUrl, startProgram } from './program.ts';

/** In all 203, over seven combinations of protocol and HTTP version. */
const streamsPerWire = 29;

interface DrainRig {
  readonly program: RunningProgram;
  readonly url: string;
  /** Calls over connections of their own. */
  createCallers(): WireCaller[];
  /** What is left of each stream, whose first piece has come. */
  readonly streams: readonly AsyncGenerator<string, void>[];
}

/** Starts the program, and 203 streams that go on when `hold` resolves. */
async function startRig(hold: Promise<unknown>, server = ''): Promise<DrainRig> {
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  upstream.respondAlways(() => sseReply([textChunk('Hello'), hold, textChunk(' there'), stopChunk, '[DONE]']));
  const cwd = await createTemporaryFolder();
  const provider = `{ kind: openai-compatible, base_url: "${upstream.origin}/v1" }`;
  await writeFile(join(cwd, 'signalbox.yaml'), `providers: { fake: ${provider} }\n${server}`);
  const program = startProgram(['--port', '0'], { cwd, env: { SIGNALBOX_API_KEY: 'a:b' } });
  const url = await readUrl(program);

  const createCallers = (): WireCaller[] => {
    const callers = createWireCallers({ origin: url, authorization: `Bearer ${btoa('a:b')}` }, 'fake/some-model');
    onTestFinished(() => {
      for (const caller of callers) caller.close();
    });
    return callers;
  };
  const streams = createCallers().flatMap((caller) => Array.from({ length: streamsPerWire }, () => caller.stream()));
  const firsts = await Promise.all(streams.map((stream) => stream.next()));
  for (const first of firsts) expect(first).toEqual({ done: false, value: 'Hello' });
  return { program, url, createCallers, streams };
}

async function readRest(stream: AsyncGenerator<string, void>): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

async function stop(program: RunningProgram): Promise<void> {
  program.kill('SIGTERM');
  await program.waitForLogLine('stopping: answers in flight may finish; the signal again ends them');
}

/** What the process says of its end. */
async function expectOrderlyEnd(program: RunningProgram): Promise<void> {
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.stdout.text()).toMatch(/"cut_connections":0[^\n]*"msg":"stopped"[^\n]*\n$/);
  expect(program.stderr.text()).toBe('');
}

test('two hundred streams over all protocols finish, and who comes meanwhile hears why it is not served', async () => {
  const hold = Promise.withResolvers<void>();
  const { program, url, createCallers, streams } = await startRig(hold.promise);
  await stop(program);

  const readiness = await fetch(`${url}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'draining' }]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  for (const caller of createCallers()) {
    const refused = await caller.whole().catch((thrown: unknown) => thrown);
    expect(refused, caller.name).toBeInstanceOf(RegisteredError);
    expect(refused, caller.name).toMatchObject({ reason: 'SERVER_DRAINING' });
  }

  hold.resolve();
  const rests = await Promise.all(streams.map(readRest));
  expect(new Set(rests)).toEqual(new Set([' there']));
  await expectOrderlyEnd(program);
});

test('past the limit they end with an error that says why, and none is cut', async () => {
  const never = new Promise(() => {});
  const { program, streams } = await startRig(never, 'server: { drain_timeout_ms: 100 }');
  await stop(program);
  const ends = await Promise.all(streams.map((stream) => readRest(stream).catch((thrown: unknown) => thrown)));
  for (const end of ends) expect(end).toMatchObject({ reason: 'SERVER_DRAINING' });
  await expectOrderlyEnd(program);
});
