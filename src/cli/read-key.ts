import { apiKeyVariable, type Environment, readVariable } from '../config/environment.ts';
import { describeReadProblem, readBoundedFile } from '../config/read-bounded-file.ts';
import { showName } from '../config/show-name.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';

/** The variable of the key that clients send, as the server shows it when it makes one. */
export const clientKeyVariable = 'SIGNALBOX_KEY';

/** Longer files are not keys. The server takes headers of a kilobyte. */
const maxKeyBytes = 4096;

/**
 * Reads the key to call the server with: from the file, else SIGNALBOX_KEY, else SIGNALBOX_API_KEY. Each may hold either form, `id:secret`
 * or its base64, which has no colon. No flag takes a key, since other users of the machine see command lines.
 *
 * @param file - the path of `--key-file`.
 * @returns base64(id:secret), for the header.
 * @throws CliError when there is none, or what is there cannot be one. The message does not show it.
 */
export function readKey(file: string | undefined, env: Environment): string {
  const found = file === undefined ? readEnvironment(env) : { text: readKeyFile(file), source: showName(file) };
  if (found === undefined) {
    throw new CliError(
      exitCodes.refused,
      `There is no API key. Set ${clientKeyVariable} to the key, or name a file that holds it with --key-file.`,
    );
  }
  const key = found.text.includes(':') ? Buffer.from(found.text, 'utf8').toString('base64') : found.text;
  if (/^[\w+/=-]+$/.test(key)) return key;
  throw new CliError(
    exitCodes.refused,
    `What ${found.source} holds is no API key. A key is ID:SECRET, or the base64 of it that the server showed.`,
  );
}

function readEnvironment(env: Environment): { readonly text: string; readonly source: string } | undefined {
  for (const source of [clientKeyVariable, apiKeyVariable]) {
    const text = readVariable(env, source);
    if (text !== undefined) return { text, source };
  }
  return undefined;
}

function readKeyFile(path: string): string {
  try {
    const bytes = readBoundedFile(path, maxKeyBytes);
    // Editors end the last line.
    if (bytes.length <= maxKeyBytes) return Buffer.from(bytes).toString('utf8').trim();
  } catch (thrown) {
    throw new CliError(
      exitCodes.refused,
      `The key file ${showName(path)} cannot be read: ${describeReadProblem(thrown)}.`,
    );
  }
  throw new CliError(
    exitCodes.refused,
    `The key file ${showName(path)} is longer than a key. Name a file that holds only the key.`,
  );
}
