import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Looks for grpcurl on the PATH, then where `go install` puts it. */
export function findGrpcurl(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = folders.map((folder) => join(folder, 'grpcurl')).find(isExecutable);
  if (onPath !== undefined) return onPath;
  return [readGoPath(), join(homedir(), 'go')]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'bin', 'grpcurl'))
    .find(isExecutable);
}

function readGoPath(): string | undefined {
  try {
    return execFileSync('go', ['env', 'GOPATH'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // There is no Go here.
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
