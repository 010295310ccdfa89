import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect } from 'vitest';
import { UpstreamClient, type UpstreamOptions } from '../../src/upstream/upstream-client.ts';
import type { UpstreamResponse } from '../../src/upstream/upstream-response.ts';
import { createFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { upstreamOptions } from './upstream-options.ts';

/** A client and a fake upstream, new for each test. */
export interface UpstreamRig {
  readonly fake: FakeUpstream;
  readonly client: UpstreamClient;
  /** Of the signal that requests have unless they say otherwise. */
  readonly controller: AbortController;
  /** Puts a client with other bounds in the place of the first. */
  useClient(options: Partial<UpstreamOptions>): Promise<void>;
  /** Sends a small request, to the fake upstream unless it says otherwise. */
  post(url?: string, signal?: AbortSignal): Promise<UpstreamResponse>;
  /** Waits until nothing more will come from the network for the requests of `controller`. */
  waitUntilReceived(): Promise<void>;
}

/** Sets up a rig for the tests of a file. Each of them fails if it leaves a listener on the rig's signal. */
export function useUpstreamRig(): UpstreamRig {
  let fake: FakeUpstream;
  let client: UpstreamClient;
  let controller: AbortController;

  beforeEach(async () => {
    fake = await createFakeUpstream();
    client = new UpstreamClient(upstreamOptions);
    controller = new AbortController();
  });

  afterEach(async () => {
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await client.destroy();
    await fake.close();
  });

  return {
    get fake() {
      return fake;
    },
    get client() {
      return client;
    },
    get controller() {
      return controller;
    },
    async useClient(options) {
      await client.destroy();
      client = new UpstreamClient({ ...upstreamOptions, ...options });
    },
    post(url = fake.origin, signal = controller.signal) {
      return client.post({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}', signal });
    },
    async waitUntilReceived() {
      while (getEventListeners(controller.signal, 'abort').length > 0) await takeTurns(1);
    },
  };
}

/** Lets what is ready happen: sockets of this process are read and written in turns of the event loop. */
export async function takeTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
