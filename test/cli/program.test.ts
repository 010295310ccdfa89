import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ChatCompletionSliceSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { programFile, runProgram, startProgram } from '../process/program.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { addRouter, startStubServer } from './stub-server.ts';

describe('the program', () => {
  test('calls a server, prints only the result, and ends by itself', async () => {
    const server = await startStubServer();
    addRouter(server, { name: 'a' });
    const options = { cwd: await createTemporaryFolder(), env: server.env };
    expect(await runProgram(['routers', 'list', '--json'], options)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"name": "a"'),
      stderr: '',
    });
    expect(await runProgram(['routers', 'get', 'b'], options)).toMatchObject({ code: 1, stdout: '' });
    expect(await runProgram(['routers', 'gt'], options)).toMatchObject({ code: 2, stdout: '' });
  });

  test.each([[['--bogus']], [['serve', 'extra']], [['--port']], [['--port', 'abc']], [['--check', '--cofnig', 'x']]])(
    'as a server ends with 2 when its command line is wrong: %j',
    async (argv) => {
      const options = { cwd: await createTemporaryFolder() };
      expect(await runProgram(argv, options)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/[.?]\n$/),
      });
    },
  );

  test('ends at Ctrl-C with 130', async () => {
    const head = create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: { content: 'Hel' } } });
    const server = await startStubServer({
      chat: {
        async *streamChatCompletion(_request, { signal }) {
          yield head;
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        },
      },
    });
    const program = startProgram(['chat', 'm', 'x'], { cwd: await createTemporaryFolder(), env: server.env });
    await program.stdout.waitFor(/Hel/);
    program.kill('SIGINT');
    expect(await program.exited).toEqual({ code: 130, signal: null });
    expect(program.stderr.text()).toBe('Interrupted.\n');
  });

  test.skipIf(process.platform === 'win32')('is quiet when its reader leaves (needs a shell)', async () => {
    const server = await startStubServer();
    // More than a pipe holds, so that writing meets the closed end.
    for (let index = 0; index < 40; index += 1) {
      addRouter(server, { name: `router-${index}`, displayName: 'x'.repeat(5000) });
    }
    const script = `{ "$NODE" "$PROGRAM" routers list --json; echo "ended with $?" >&2; } | head -c 1`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script], {
      env: { ...server.env, PATH: process.env['PATH'], NODE: process.execPath, PROGRAM: programFile },
    });
    expect([stdout, stderr]).toEqual(['{', 'ended with 0\n']);
  });
});

describe('chat in the program', () => {
  test.skipIf(process.platform === 'win32')('ends at once when its reader leaves (needs a shell)', async () => {
    const server = await startStubServer({
      chat: {
        async *streamChatCompletion(_request, { signal }) {
          while (!signal.aborted) {
            yield create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: { content: 'x'.repeat(5000) } } });
          }
        },
      },
    });
    const script = `{ "$NODE" "$PROGRAM" chat m x; echo "ended with $?" >&2; } | head -c 1`;
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script], {
      env: { ...server.env, PATH: process.env['PATH'], NODE: process.execPath, PROGRAM: programFile },
    });
    expect([stdout, stderr]).toEqual(['x', 'ended with 0\n']);
  });
});

describe('what a command loads', () => {
  /** The files of src/ that a start of the program loads, and its packages. */
  async function listLoaded(args: readonly string[]): Promise<string> {
    const hook = `
      import { registerHooks } from 'node:module';
      import { writeSync } from 'node:fs';
      registerHooks({ load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); } });
    `;
    const preload = `data:text/javascript,${encodeURIComponent(hook)}`;
    const cwd = await createTemporaryFolder();
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', preload, programFile, ...args], {
      cwd,
    });
    return stderr;
  }

  test('is nothing of the server for a command', async () => {
    const loaded = await listLoaded(['chat', '--help']);
    expect(loaded).toContain('/src/cli/run-cli.ts');
    expect(loaded).not.toMatch(
      /src\/(wire|routing|providers|storage|telemetry|upstream|auth)\/|node_modules\/(fastify|zod|kysely|pino)\//,
    );
  });

  test('is nothing of the client for the server', async () => {
    const loaded = await listLoaded(['--version']);
    expect(loaded).toContain('/src/run-server.ts');
    expect(loaded).not.toContain('/src/cli/');
  });
});
