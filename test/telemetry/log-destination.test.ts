import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { LogDestination } from '../../src/telemetry/log-destination.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/** Only Linux has a file on which every write fails. */
const hasFullDisk = existsSync('/dev/full');

let folder: string;
let openFds: number[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
  openFds = [];
});
afterEach(() => {
  for (const fd of openFds) {
    closeSync(fd);
  }
  rmSync(folder, { recursive: true });
});

function open(path: string, flags: string | number): number {
  const fd = openSync(path, flags);
  openFds.push(fd);
  return fd;
}

function openLogFile(): { path: string; fd: number } {
  const path = join(folder, 'log');
  return { path, fd: open(path, 'a') };
}

/** Both ends of a pipe that neither waits to be read nor to be written. */
function openPipe(): number {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  return open(path, constants.O_RDWR | constants.O_NONBLOCK);
}

function readPipe(fd: number): string {
  const bytes = Buffer.alloc(1024 * 1024);
  return bytes.toString('utf8', 0, readSync(fd, bytes));
}

/** A clock whose timers run when the test says so. */
function createHandClock(): Clock & { readonly scheduled: Promise<void>; runTimers(): void } {
  const scheduled = Promise.withResolvers<void>();
  const timers: (() => void)[] = [];
  return {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after(_delayMs, callback) {
      timers.push(callback);
      scheduled.resolve();
      return () => {};
    },
    scheduled: scheduled.promise,
    runTimers() {
      for (const callback of timers.splice(0)) {
        callback();
      }
    },
  };
}

describe('LogDestination', () => {
  it('writes every line, in order', async () => {
    const { path, fd } = openLogFile();
    const destination = new LogDestination({ fd, clock: systemClock });
    const expected: string[] = [];

    for (let round = 0; round < 3; round += 1) {
      for (let line = 0; line < 100; line += 1) {
        const written = `${round} ${line} ✓\n`;
        expected.push(written);
        destination.write(written);
      }
      await destination.flush();
    }

    expect(readFileSync(path, 'utf8')).toBe(expected.join(''));
    destination.close();
  });

  it('writes nothing before the caller is done', () => {
    const { path, fd } = openLogFile();
    const destination = new LogDestination({ fd, clock: systemClock });

    destination.write('a line\n');

    expect(readFileSync(path, 'utf8')).toBe('');
    destination.close();
    expect(readFileSync(path, 'utf8')).toBe('a line\n');
  });

  it('takes no line after close', async () => {
    const { path, fd } = openLogFile();
    const destination = new LogDestination({ fd, clock: systemClock });

    destination.close();
    destination.write('late\n');
    await destination.flush();

    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('leaves no listener on the process', () => {
    const before = process.listenerCount('exit');
    const destination = new LogDestination({ fd: openLogFile().fd, clock: systemClock });
    expect(process.listenerCount('exit')).toBe(before + 1);

    destination.close();

    expect(process.listenerCount('exit')).toBe(before);
  });

  it('waits for a pipe that is full, without blocking', async () => {
    const fd = openPipe();
    const clock = createHandClock();
    const destination = new LogDestination({ fd, clock });
    const line = `${'x'.repeat(99_999)}\n`;

    destination.write(line);
    await clock.scheduled;
    const first = readPipe(fd);
    clock.runTimers();
    await destination.flush();

    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(line.length);
    expect(first + readPipe(fd)).toBe(line);
    destination.close();
  });

  it('loses what is past its bound, and says how much once there is room', async () => {
    const { path, fd } = openLogFile();
    const destination = new LogDestination({ fd, clock: systemClock, maxBufferedBytes: 250 });
    const logger = createLogger({ level: 'info', destination, clock: systemClock });

    for (let line = 0; line < 10; line += 1) {
      logger.info({ line }, 'x'.repeat(20));
    }
    await destination.flush();
    logger.info('later');
    await destination.flush();

    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ line: 0 }),
      expect.objectContaining({ line: 1 }),
      expect.objectContaining({ level: 'warn', lost_lines: 8 }),
      expect.objectContaining({ msg: 'later' }),
    ]);
    destination.close();
  });

  it.runIf(hasFullDisk)('goes on after a write that failed', async () => {
    const destination = new LogDestination({ fd: open('/dev/full', 'w'), clock: systemClock });

    destination.write('first\n');
    await destination.flush();
    destination.write('second\n');

    await expect(destination.flush()).resolves.toBeUndefined();
    destination.close();
  });
});

describe('a process that logs', () => {
  it.each([
    ['exit', 3],
    ['later', 3],
    ['throw', 1],
    ['return', 0],
  ])('writes every line when it ends by %s', async (ending, expectedCode) => {
    const { code, output } = await runProgram(ending, 2000, 'pipe');

    const lines = output.trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
      Array.from({ length: 2000 }, (_, line) => expect.objectContaining({ line })),
    );
    expect(code).toBe(expectedCode);
  });

  const endings: [string, number][] = [
    ['exit', 3],
    ['later', 3],
    ['return', 0],
  ];
  describe.runIf(hasFullDisk)('on a full disk', () => {
    it.each(endings)('ends by %s', async (ending, code) => {
      const result = await runProgram(ending, 10, open('/dev/full', 'w'));

      expect(result).toEqual({ output: '', complaints: '', code, signal: null });
    });
  });

  it.each(endings)('ends by %s though its reader is gone', async (ending, code) => {
    const path = join(folder, 'abandoned');
    execFileSync('mkfifo', [path]);
    // A pipe can be opened for writing alone once it has a reader.
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = open(path, 'w');
    closeSync(reader);

    const result = await runProgram(ending, 10, writer);

    expect(result).toEqual({ output: '', complaints: '', code, signal: null });
  });
});

/** Runs logging-program.ts and tells how it ended. */
async function runProgram(ending: string, lines: number, stdout: number | 'pipe') {
  const program = join(import.meta.dirname, 'logging-program.ts');
  const child = spawn(process.execPath, [program, ending, String(lines)], {
    stdio: ['ignore', stdout, 'pipe'],
    // One that does not end by itself must not outlive the test.
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  const ended: Promise<unknown[]> = once(child, 'exit');
  const [output, complaints, [code, signal]] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended]);
  return { output, complaints, code, signal };
}

function readAll(stream: Readable | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
