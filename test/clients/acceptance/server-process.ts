import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCredential } from '../../../src/auth/credential.ts';
import { type RunningProgram, readUrl, startProgram } from '../../process/program.ts';
import type { ServerPlace } from './api-client.ts';

/** A server that is a process of its own, and ends with the test at the latest. */
export interface ServerProcess extends ServerPlace {
  readonly program: RunningProgram;
}

/** Writes the configuration of all servers that are started in a folder. Their database is in the folder too. */
export async function writeConfig(folder: string, yaml: string): Promise<void> {
  await writeFile(join(folder, 'signalbox.yaml'), `${yaml}\nstorage: { url: "sqlite:routers.db" }\n`);
}

/** Starts a server as people do, in a folder that {@link writeConfig} has written to. Call it inside a test. */
export async function startServerProcess(folder: string): Promise<ServerProcess> {
  const env = { SIGNALBOX_API_KEY: 'test:secret' };
  const program = startProgram(['--port', '0'], { cwd: folder, env });
  return { program, origin: await readUrl(program), authorization: `Bearer ${formatCredential('test', 'secret')}` };
}
