import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

/** The program as people start it. */
export const programFile = join(import.meta.dirname, '../../bin/signalbox.js');

/** Where Node keeps what it compiled, which halves the time of a start. */
const compileCacheFolder = join(tmpdir(), 'signalbox-test-compile-cache');

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a process writes to one of its streams. */
export interface Output {
  /** All so far. */
  text(): string;
  /** Resolves when `pattern` matches what came. Rejects when the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A process of the test's own. */
export interface RunningProgram {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The first line of its log whose `msg` is this, parsed. Rejects when the process ends before. */
  waitForLogLine(message: string): Promise<Readonly<Record<string, unknown>>>;
  kill(signal: NodeJS.Signals): void;
  /** Types something. */
  write(text: string): void;
  readonly exited: Promise<Exit>;
}

/** What a process is started with. */
export interface ProgramOptions {
  /** Its working directory. */
  readonly cwd: string;
  /** Its whole environment, beside PATH and where Node keeps its cache. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a command, which ends with the test at the latest. */
export function startCommand(command: string, args: readonly string[], { cwd, env }: ProgramOptions): RunningProgram {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCacheFolder, ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return watch(child);
}

/** Starts the program under the Node that runs the tests, which ends with the test at the latest. */
export function startProgram(args: readonly string[], options: ProgramOptions): RunningProgram {
  return startCommand(process.execPath, [programFile, ...args], options);
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  options: ProgramOptions,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const program = startProgram(args, options);
  const exit = await program.exited;
  return { ...exit, stdout: program.stdout.text(), stderr: program.stderr.text() };
}

/** Where a program that logs has begun to listen, such as `http://127.0.0.1:1234`. */
export async function readUrl(program: RunningProgram): Promise<string> {
  const { url } = await program.waitForLogLine('listening');
  if (typeof url !== 'string') throw new Error('the line has no URL');
  return url;
}

function watch(child: ChildProcessWithoutNullStreams): RunningProgram {
  // Writing to a process that has ended is no failure of the test's.
  child.stdin.on('error', () => {});
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const stdout = watchOutput(child.stdout, exited);
  return {
    stdout,
    stderr: watchOutput(child.stderr, exited),
    async waitForLogLine(message) {
      const [line] = await stdout.waitFor(new RegExp(`^.*"msg":"${message}".*\\n`, 'm'));
      return JSON.parse(line);
    },
    kill: (signal) => child.kill(signal),
    write: (text) => child.stdin.write(text),
    exited,
  };
}

function watchOutput(stream: Readable, exited: Promise<Exit>): Output {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  return {
    text: () => text,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null) return;
          stream.off('data', look);
          resolve(match);
        };
        stream.on('data', look);
        exited.then(({ code }) => reject(new Error(`it ended with ${code} before ${pattern} came: ${text}`)), reject);
        look();
      }),
  };
}
