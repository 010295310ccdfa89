import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { formatCredential } from '../../src/auth/credential.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { type MetricFamily, parsePrometheusText } from '../telemetry/prometheus-text.ts';

/** The server as a process of its own, as people start it. */
export interface SoakServer {
  /** Such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** Of a key with all scopes. */
  readonly authorization: string;
  readMetrics(): Promise<MetricFamily[]>;
  /** How many files, sockets and pipes it has open. `undefined`: this machine does not tell. */
  countHandles(): Promise<number | undefined>;
  /** What was left of its heap after each full garbage collection so far. */
  readonly collections: readonly HeapCollection[];
  /** What it has written to standard error so far. */
  readonly errorOutput: () => string;
  /**
   * Lets it end in order, and kills it when it does not within `timeoutMs`.
   *
   * @returns its exit code. `null`: it was killed, or had ended by a signal.
   */
  stop(timeoutMs: number): Promise<number | null>;
}

/** A full garbage collection of the server. */
export interface HeapCollection {
  /** Since the server started. */
  readonly atMs: number;
  /** What was still in use. */
  readonly liveBytes: number;
}

/** Where the server starts, and who reads its log. */
export interface SoakServerOptions {
  /** The folder with its `signalbox.yaml`. */
  readonly folder: string;
  readonly onLogLine: (line: JsonObject) => void;
}

const program = join(import.meta.dirname, '../../bin/signalbox.js');
/** V8 writes a line to standard output for each collection: a full one as `[1:0x1]  1532 ms: Mark-Compact 79.2 (200.5) -> 11.2 (141.1) MB, ...`. */
const flags = ['--trace-gc'];
const collectionPattern = /^\[\d+:0x[\da-f]+\]\s+(\d+) ms: ([\w-]+)(?: \(.*?\))? [\d.]+ \([\d.]+\) -> ([\d.]+) /;
const fullCollection = 'Mark-Compact';
const bytesPerMebibyte = 2 ** 20;

const key = { id: 'soak', secret: 'the secret of the soak' };

/** Starts a server, and resolves when it listens. Rejects when it ends before. */
export async function startSoakServer({ folder, onLogLine }: SoakServerOptions): Promise<SoakServer> {
  const child = spawn(process.execPath, [...flags, program, '--host', '127.0.0.1', '--port', '0'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      // So that a soak can bound the heap: what is left then is what the server keeps.
      NODE_OPTIONS: process.env['NODE_OPTIONS'],
      SIGNALBOX_API_KEY: `${key.id}:${key.secret}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece;
  });
  const collections: HeapCollection[] = [];
  const listening = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, atMs, kind, liveMebibytes] = collectionPattern.exec(line) ?? [];
    if (kind === fullCollection) {
      collections.push({ atMs: Number(atMs), liveBytes: Number(liveMebibytes) * bytesPerMebibyte });
    }
    if (kind !== undefined) return;
    const json = parseLine(line);
    const { msg, url } = json;
    if (msg === 'listening' && typeof url === 'string') listening.resolve(url);
    onLogLine(json);
  });
  child.once('exit', (code) =>
    listening.reject(new Error(`the server ended with ${code} before it listened: ${errors}`)),
  );
  const origin = await listening.promise;
  return {
    origin,
    authorization: `Bearer ${formatCredential(key.id, key.secret)}`,
    readMetrics: async () => parsePrometheusText(await getText(`${origin}/metrics`)),
    countHandles: () => countHandles(child),
    collections,
    errorOutput: () => errors,
    stop: (timeoutMs) => stop(child, timeoutMs),
  };
}

/** A line that is no JSON object is not the log's: it is told as one that is an error. */
function parseLine(line: string): JsonObject {
  try {
    const json: JsonValue = JSON.parse(line);
    if (isJsonObject(json)) return json;
  } catch {
    // Told below.
  }
  return { level: 'error', msg: `no line of the log: ${line}` };
}

/** Over a connection of its own, which is gone when the answer is read. */
async function getText(url: string): Promise<string> {
  const request = get(url, { agent: false });
  const [response] = await once(request, 'response');
  return text(response);
}

async function countHandles({ pid }: ChildProcess): Promise<number | undefined> {
  try {
    return (await readdir(`/proc/${pid}/fd`)).length;
  } catch {
    return undefined;
  }
}

async function stop(child: ChildProcess, timeoutMs: number): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await closed;
    clearTimeout(timer);
  }
  return child.exitCode;
}
