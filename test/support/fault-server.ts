import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createFakeUpstream, type FakeReply, type RecordedRequest } from './fake-upstream.ts';
import { type Fault, playFault } from './faults/fault.ts';
import { type DialectName, faultDialects } from './faults/fault-dialect.ts';

/** What a script decides by. */
export interface ScriptState {
  /** Which request of this provider it is, from 1. */
  readonly count: number;
  /** Since the provider's first request, in milliseconds. */
  readonly sinceFirstMs: number;
}

/** What a provider does with each of its requests. */
export type FaultScript = (state: ScriptState) => Fault;

/** Answers all requests as they should be. */
export const healthy: FaultScript = () => ({ kind: 'none' });

/** The same fault with every request. */
export function always(fault: Fault): FaultScript {
  return () => fault;
}

/** The fault with the first request, none with the others. */
export function once(fault: Fault): FaultScript {
  return onceThen(fault, { kind: 'none' });
}

/** One fault with the first request, another one with the others. */
export function onceThen(first: Fault, others: Fault): FaultScript {
  return ({ count }) => (count === 1 ? first : others);
}

/** The fault with every request until so long after the first one, none with the others. */
export function during(durationMs: number, fault: Fault): FaultScript {
  return ({ sinceFirstMs }) => (sinceFirstMs < durationMs ? fault : { kind: 'none' });
}

/** One request as it came to the fault server. */
export interface FaultArrival {
  /** On the monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** What was done with it. */
  readonly fault: Fault;
  readonly request: RecordedRequest;
}

/** One provider behind the fault server. */
export interface FaultyProvider {
  readonly name: string;
  readonly dialect: DialectName;
  /** `provider/model`, of its one model. */
  readonly model: string;
  /** Every request so far. */
  readonly arrivals: readonly FaultArrival[];
}

/**
 * Providers that fail as their scripts say, over real sockets: each has a path of its own, and behind it one wire format. A request for the
 * rest of an answer, which has the beginning as a turn of the model's, is answered with the rest.
 */
export interface FaultServer {
  readonly origin: string;
  /** @param name - becomes the provider's name in the configuration. */
  addProvider(name: string, dialect: DialectName, script: FaultScript): FaultyProvider;
  /** The section `providers` of the configuration, with all providers so far. */
  configure(): string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a fault server on a free port of the loopback interface.
 *
 * @param clock - what arrivals and scripts go by. Delays go by the machine's.
 */
export async function createFaultServer(clock: Clock = systemClock): Promise<FaultServer> {
  const upstream = await createFakeUpstream();
  const closing = new AbortController();
  const providers = new Map<string, FaultyProvider & { play(request: RecordedRequest): FakeReply }>();

  // The server's end is no failure of the answer that waits.
  const pause = (delayMs: number): Promise<void> =>
    wait(delayMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);

  upstream.respondAlways((request) => {
    const [, name = ''] = request.path.split('/');
    const provider = providers.get(name);
    if (provider === undefined) throw new Error(`the fault server has no provider at ${request.path}`);
    return provider.play(request);
  });

  async function close(): Promise<void> {
    closing.abort();
    await upstream.close();
  }
  return {
    origin: upstream.origin,
    addProvider(name, dialectName, script) {
      const dialect = faultDialects[dialectName];
      const arrivals: FaultArrival[] = [];
      const provider = {
        name,
        dialect: dialectName,
        model: `${name}/${dialect.model}`,
        arrivals,
        play(request: RecordedRequest): FakeReply {
          const atMs = clock.monotonicMs();
          const sinceFirstMs = atMs - (arrivals[0]?.atMs ?? atMs);
          const fault = script({ count: arrivals.length + 1, sinceFirstMs });
          arrivals.push({ atMs, fault, request });
          return playFault(fault, { dialect, request: dialect.readRequest(request), pause });
        },
      };
      providers.set(name, provider);
      return provider;
    },
    configure() {
      const lines = [...providers.values()].map(
        ({ name, dialect }) =>
          `  ${name}: { kind: ${faultDialects[dialect].kind}, base_url: "${upstream.origin}/${name}", api_key: "key-of-${name}" }`,
      );
      return ['providers:', ...lines, ''].join('\n');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
