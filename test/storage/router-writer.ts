import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('router-writer-process.ts', import.meta.url));

/** A process that writes routers. */
export interface RouterWriter {
  readonly child: ChildProcess;
  /** The writes that were acknowledged, as they come; ends with the process. */
  readonly acknowledged: AsyncIterable<AcknowledgedWrite>;
  readonly closed: Promise<unknown>;
}

export interface AcknowledgedWrite {
  readonly name: string;
  readonly revision: number;
}

/** Starts router-writer-process.ts, which ends with the test at the latest. Call it inside a test. */
export function startRouterWriter(url: string, prefix: string, count?: number): RouterWriter {
  const child = spawn(process.execPath, [program, url, prefix, ...(count === undefined ? [] : [String(count)])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, acknowledged: readWrites(child), closed: once(child, 'close') };
}

async function* readWrites(child: ChildProcess): AsyncIterable<AcknowledgedWrite> {
  if (child.stdout === null) {
    throw new Error('The process was started without a pipe.');
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, revision] = /^(\S+) (\d+)$/.exec(line) ?? [];
    // A line that was cut by the kill acknowledges nothing.
    if (name !== undefined) {
      yield { name, revision: Number(revision) };
    }
  }
}
