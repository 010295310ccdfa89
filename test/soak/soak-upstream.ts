import { setTimeout as wait } from 'node:timers/promises';
import { createFakeUpstream, type FakeReply, type RecordedRequest } from '../support/fake-upstream.ts';
import { type Fault, playFault } from '../support/faults/fault.ts';
import { type DialectName, type FaultDialect, faultDialects } from '../support/faults/fault-dialect.ts';

/** What the providers do with the requests of one call. */
export interface CallScript {
  /** Whether {@link fault} meets every try of the call. Otherwise it meets the first one. */
  readonly isPersistent: boolean;
  readonly fault: Fault;
  /** Called when the first request of the call is there. */
  readonly onRequest: (() => void) | undefined;
}

/** Several providers in three wire formats. Each call says by a tag in its prompt what is to become of it. */
export interface SoakUpstream {
  /** `provider/model` of each provider. */
  readonly models: readonly string[];
  /** The section `providers` of the configuration. */
  readonly config: string;
  /** Says what is to become of the call whose prompt contains `soak-TAG;`. */
  expect(tag: number, script: CallScript): void;
  /** Forgets a call. @returns how many requests came of it. */
  forget(tag: number): number;
  close(): Promise<void>;
}

const providers: readonly (readonly [name: string, dialect: DialectName])[] = [
  ['alpha', 'openai-chat'],
  ['beta', 'anthropic'],
  ['gamma', 'gemini'],
  ['delta', 'openai-chat'],
];

/** Starts the providers on a free port of the loopback interface. */
export async function startSoakUpstream(): Promise<SoakUpstream> {
  const upstream = await createFakeUpstream({ keepsRequests: false });
  const closing = new AbortController();
  const scripts = new Map<number, CallScript & { requests: number }>();
  // The end of the providers is no failure of the answer that waits.
  const pause = (delayMs: number): Promise<void> =>
    wait(delayMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);

  upstream.respondAlways((request): FakeReply => {
    const dialect = dialectOf(request);
    const script = scripts.get(Number(/soak-(\d+);/.exec(request.body)?.[1]));
    if (script === undefined) return { status: 500, body: 'no call has this tag' };
    script.requests += 1;
    if (script.requests === 1) script.onRequest?.();
    const fault: Fault = script.isPersistent || script.requests === 1 ? script.fault : { kind: 'none' };
    return playFault(fault, { dialect, request: dialect.readRequest(request), pause });
  });

  return {
    models: providers.map(([name, dialect]) => `${name}/${faultDialects[dialect].model}`),
    config: [
      'providers:',
      ...providers.map(
        ([name, dialect]) =>
          `  ${name}: { kind: ${faultDialects[dialect].kind}, base_url: "${upstream.origin}/${name}", api_key: "key-of-${name}" }`,
      ),
    ].join('\n'),
    expect(tag, script) {
      scripts.set(tag, { ...script, requests: 0 });
    },
    forget(tag) {
      const requests = scripts.get(tag)?.requests ?? 0;
      scripts.delete(tag);
      return requests;
    },
    async close() {
      closing.abort();
      await upstream.close();
    },
  };
}

function dialectOf({ path }: RecordedRequest): FaultDialect {
  const [, name] = path.split('/');
  const [, dialect] = providers.find(([candidate]) => candidate === name) ?? [];
  if (dialect === undefined) throw new Error(`there is no provider at ${path}`);
  return faultDialects[dialect];
}
