import { onTestFinished, vi } from 'vitest';
import type { Provider } from '../../src/providers/provider.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { type CallOutcome, type CallServer, createFaultClient, type FaultProtocol } from './fault-client.ts';

/** How a call is made. */
export interface CallForm {
  readonly protocol: FaultProtocol;
  readonly isStreamed: boolean;
}

/** Both protocols, whole and streamed. */
export const callForms: readonly CallForm[] = (['REST', 'gRPC'] as const).flatMap((protocol) =>
  [true, false].map((isStreamed) => ({ protocol, isStreamed })),
);

/** Such as `REST, streamed`. */
export function describeForm({ protocol, isStreamed }: CallForm): string {
  return `${protocol}, ${isStreamed ? 'streamed' : 'whole'}`;
}

/** A server of which a part is broken, and a client that finds out what that does. */
export interface IsolationRig {
  readonly server: TestServer;
  call(model: string, form: CallForm): Promise<CallOutcome>;
  /** What was logged of the calls that failed: each must be there once. */
  failures(): readonly Readonly<Record<string, unknown>>[];
  /** Whether a call that has nothing to do with what is broken is answered. */
  isAlive(): Promise<boolean>;
}

/** How long a client waits before it takes a call for lost. */
const patienceMs = 6000;

/** Starts a server that lasts until the test is over. */
export async function startIsolationRig(config = ''): Promise<IsolationRig> {
  const server = await startTestServer({ config });
  onTestFinished(() => server.close());
  const callServer: CallServer = createFaultClient(server, patienceMs);
  const call = (model: string, form: CallForm): Promise<CallOutcome> =>
    callServer({ ...form, models: [model], recovery: undefined });
  return {
    server,
    call,
    failures: () => server.log.filter(({ msg }) => msg === 'call failed'),
    async isAlive() {
      const outcomes = await Promise.all(callForms.map((form) => call('sandbox/echo', form)));
      return outcomes.every(({ hasEnd, error }) => hasEnd && error === undefined);
    },
  };
}

/** Puts a broken adapter in the place of a configured one. */
export function breakAdapter(server: TestServer, id: string, startChat: Provider['startChat']): void {
  const entry = server.composition.providers.get(id);
  if (entry?.live !== true) throw new Error(`the provider ${id} is not live`);
  vi.spyOn(entry.provider, 'startChat').mockImplementation(startChat);
}
