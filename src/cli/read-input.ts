import { isUtf8 } from 'node:buffer';
import { describeReadProblem, readBoundedFile } from '../config/read-bounded-file.ts';
import { showName } from '../config/show-name.ts';
import { CliError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { exitCodes } from './exit-code.ts';

/** The longest file or input that is read, in bytes: the server's default for the longest body. */
const maxInputBytes = 10 * 1024 * 1024;

/**
 * Reads a text file, or standard input where the path is `-`.
 *
 * @throws CliError when it cannot be read, is too long, or is not UTF-8.
 */
export async function readInput(path: string, context: Pick<CommandContext, 'openStdin' | 'signal'>): Promise<string> {
  const name = path === '-' ? 'Standard input' : `The file ${showName(path)}`;
  const bytes = path === '-' ? await readStdin(context) : readFile(path, name);
  if (bytes.length > maxInputBytes) {
    throw new CliError(exitCodes.failed, `${name} is longer than ${maxInputBytes} bytes. Split it.`);
  }
  if (!isUtf8(bytes)) throw new CliError(exitCodes.failed, `${name} is not UTF-8. Convert it.`);
  return new TextDecoder('utf-8').decode(bytes);
}

function readFile(path: string, name: string): Uint8Array {
  try {
    return readBoundedFile(path, maxInputBytes);
  } catch (thrown) {
    throw new CliError(exitCodes.failed, `${name} cannot be read: ${describeReadProblem(thrown)}.`);
  }
}

async function readStdin({ openStdin, signal }: Pick<CommandContext, 'openStdin' | 'signal'>): Promise<Uint8Array> {
  const stdin = openStdin();
  const stop = (): void => {
    stdin.destroy(new Error('interrupted'));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of stdin) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      chunks.push(bytes);
      length += bytes.length;
      // Leaving the loop closes the stream.
      if (length > maxInputBytes) break;
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
