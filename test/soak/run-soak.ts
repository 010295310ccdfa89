import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createSeededRandom } from '../catalog/speed/seeded-random.ts';
import { createEverySoakClient, createSoakClient } from './soak-clients.ts';
import type { SoakSample } from './soak-figures.ts';
import { readGauge, SoakLedger, type SoakTally } from './soak-ledger.ts';
import { SoakLoad } from './soak-load.ts';
import { drawRouter, drawStep, soakRouters } from './soak-script.ts';
import { type HeapCollection, type SoakServer, startSoakServer } from './soak-server.ts';
import { type SoakUpstream, startSoakUpstream } from './soak-upstream.ts';

/** How long and how hard a server is used. */
export interface SoakOptions {
  /** Ends the load; what is under way is still waited for. */
  readonly isOver: (done: { readonly steps: number; readonly elapsedMs: number }) => boolean;
  /** How many clients work at a time, each for itself. */
  readonly workers: number;
  /** How long a client rests after each step. */
  readonly restMs: number;
  readonly sampleEveryMs: number;
  /** Draws what is done. In which order the server sees it is the machine's business. */
  readonly seed: number;
  readonly onSample?: (sample: SoakSample, tally: SoakTally) => void;
}

/** What came of it. */
export interface SoakReport {
  readonly durationMs: number;
  readonly tally: SoakTally;
  /** How often anything else than a chat call was done. */
  readonly otherSteps: number;
  readonly samples: readonly SoakSample[];
  readonly collections: readonly HeapCollection[];
  /** Files, sockets and pipes of the server before the load and after it. `undefined`: this machine does not tell. */
  readonly handlesBefore: number | undefined;
  readonly handlesAfter: number | undefined;
  /** What was wrong, a sentence each. Empty: nothing. */
  readonly problems: readonly string[];
}

/** Short, so that its end can be waited for. */
const upstreamKeepAliveMs = 500;

/**
 * Timeouts are short, so that silences do not hold up the load. What else the machine has to do shall not turn calls away: that would be
 * right, and tell nothing.
 */
const config = `
server: { overload: { max_memory_percent: 0, max_event_loop_delay_ms: 0 } }
calls: { first_token_timeout_ms: 1000, reasoning_first_token_timeout_ms: 1000, circuit_max_open_ms: 1000 }
upstream: { idle_timeout_ms: 1000, headers_timeout_ms: 2000, finish_timeout_ms: 100, keep_alive_ms: ${upstreamKeepAliveMs} }
storage: { url: "sqlite:soak.db" }
local_discovery: false
`;

/** A client is replaced after so many steps, and its connections with it. */
const stepsPerClient = 100;
/** How long the last lines of the log and the ends of connections are waited for. */
const settleTimeoutMs = 20_000;
const stopTimeoutMs = 15_000;

/** Uses a server for a while in every way there is, as a process of its own, and holds it to what it says of that. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-soak-'));
  const upstream = await startSoakUpstream();
  const ledger = new SoakLedger();
  let server: SoakServer | undefined;
  try {
    await writeFile(join(folder, 'signalbox.yaml'), `${upstream.config}${config}`);
    server = await startSoakServer({ folder, onLogLine: (line) => ledger.addLogLine(line) });
    return await soak({ server, upstream, ledger, options });
  } finally {
    await server?.stop(stopTimeoutMs);
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly server: SoakServer;
  readonly upstream: SoakUpstream;
  readonly ledger: SoakLedger;
  readonly options: SoakOptions;
}

async function soak(stage: Stage): Promise<SoakReport> {
  const { server, upstream, ledger } = stage;
  const load = new SoakLoad(upstream, ledger);
  await warmUp(stage, load);
  const handlesBefore = await server.countHandles();

  const startedAtMs = performance.now();
  const sampler = startSampler(stage, startedAtMs);
  await runLoad(stage, load, startedAtMs);
  const durationMs = performance.now() - startedAtMs;
  const samples = await sampler.stop();

  await waitUntil(async () => ledger.isEven);
  const isBack = async () => ((await server.countHandles()) ?? 0) <= (handlesBefore ?? 0);
  if (!(await waitUntil(isBack))) ledger.addProblem('files or sockets of the server stay open');
  const handlesAfter = await server.countHandles();
  ledger.close(await server.readMetrics());
  const code = await server.stop(stopTimeoutMs);
  if (code !== 0) ledger.addProblem(`the server ended with ${code} on SIGTERM`);
  if (server.errorOutput() !== '') ledger.addProblem(`the server wrote to standard error: ${server.errorOutput()}`);
  return {
    durationMs,
    tally: ledger.tally,
    otherSteps: load.otherSteps,
    samples,
    collections: server.collections,
    handlesBefore,
    handlesAfter,
    problems: ledger.problems,
  };
}

/** Makes the routers, and whatever a server makes with the first calls of each protocol. */
async function warmUp({ server, upstream, options }: Stage, load: SoakLoad): Promise<void> {
  const random = createSeededRandom(options.seed);
  const calm = { fault: { kind: 'none' }, isPersistent: false, leaves: undefined } as const;
  const clients = createEverySoakClient(server);
  for (const name of soakRouters) await clients[0]?.createRouter(drawRouter(random, upstream.models, name));
  for (const client of clients) {
    for (const isStreamed of [true, false]) {
      const [model = '', other = ''] = upstream.models;
      await load.take(client, { kind: 'chat', models: [model, other], isStreamed, ...calm });
    }
    client.close();
  }
  let last = Number.NaN;
  await waitUntil(async () => {
    const handles = (await server.countHandles()) ?? 0;
    const isSettled = handles === last;
    last = handles;
    if (!isSettled) await wait(upstreamKeepAliveMs);
    return isSettled;
  });
}

async function runLoad({ server, upstream, options }: Stage, load: SoakLoad, startedAtMs: number): Promise<void> {
  const random = createSeededRandom(options.seed);
  let steps = 0;
  const isOver = (): boolean => options.isOver({ steps, elapsedMs: performance.now() - startedAtMs });
  await Promise.all(
    Array.from({ length: options.workers }, async (_, worker) => {
      while (!isOver()) {
        const client = createSoakClient(worker, server);
        for (let step = 0; step < stepsPerClient && !isOver(); step += 1) {
          steps += 1;
          await load.take(client, drawStep(random, upstream.models));
          if (options.restMs > 0) await wait(options.restMs);
        }
        client.close();
      }
    }),
  );
}

/** Measures the server again and again, until it is stopped; then once more. */
function startSampler({ server, ledger, options }: Stage, startedAtMs: number): { stop(): Promise<SoakSample[]> } {
  const samples: SoakSample[] = [];
  const stopping = new AbortController();
  const take = async (): Promise<void> => {
    const metrics = await server.readMetrics();
    const sample = {
      atMs: performance.now() - startedAtMs,
      residentBytes: readGauge(metrics, 'process_memory_usage_bytes'),
      liveBytes: server.collections.at(-1)?.liveBytes,
      loopDelayP99Ms: readGauge(metrics, 'nodejs_eventloop_delay_p99_seconds') * 1000,
      handles: await server.countHandles(),
    };
    samples.push(sample);
    options.onSample?.(sample, ledger.tally);
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await take();
      await wait(options.sampleEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
      await take();
      return samples;
    },
  };
}

/** @returns whether it came to be in time. */
async function waitUntil(isTrue: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + settleTimeoutMs;
  while (performance.now() < deadline) {
    if (await isTrue()) return true;
    await wait(50);
  }
  return isTrue();
}
