import { execFile } from 'node:child_process';

/** How a program ended. */
export interface ProgramResult {
  /** 0: it succeeded. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a program may take before it is ended, in milliseconds. */
const timeoutMs = 15_000;

/** Runs a program to its end. Rejects when it cannot be started or has to be ended. */
export function runProgram(file: string, args: readonly string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(error);
    });
  });
}
