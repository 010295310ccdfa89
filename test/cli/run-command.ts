import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { InputStream } from '../../src/cli/command.ts';
import type { EndSignal } from '../../src/cli/exit-code.ts';
import type { OutputStream } from '../../src/cli/output.ts';
import { runCli } from '../../src/cli/run-cli.ts';

/** How a command of a test runs. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What comes on standard input. Default: nothing. */
  readonly input?: string;
  /** Which of the streams are a terminal. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[];
  /** Called with all of standard output whenever something is written to it. */
  readonly onOutput?: (text: string, command: RunningCommand) => void;
}

/** What a test can do to a command while it runs. */
export interface RunningCommand {
  signal(name: EndSignal): void;
  /** The reader of standard output leaves. */
  closeOutput(): void;
}

/** What a command did. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, with streams of its own. */
export async function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env = {}, input = '', terminals = [], onOutput } = options;
  const signals = new EventEmitter();
  const written = { stdout: '', stderr: '' };
  let isClosed = false;
  const command: RunningCommand = {
    signal: (name) => signals.emit(name, name),
    closeOutput: () => {
      isClosed = true;
    },
  };
  const createStream = (name: 'stdout' | 'stderr'): OutputStream => ({
    isTTY: terminals.includes(name),
    write(text, callback) {
      if (name === 'stdout' && isClosed) {
        callback(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      written[name] += text;
      if (name === 'stdout') onOutput?.(written.stdout, command);
      callback();
    },
    on() {},
  });
  const stdin: InputStream = Object.assign(Readable.from(input === '' ? [] : [Buffer.from(input)]), {
    isTTY: terminals.includes('stdin'),
  });
  const code = await runCli({
    argv,
    env,
    stdout: createStream('stdout'),
    stderr: createStream('stderr'),
    openStdin: () => stdin,
    signals,
  });
  return { code, ...written };
}
