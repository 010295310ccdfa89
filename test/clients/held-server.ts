import { createFakeUpstream, type FakeUpstream, jsonReply, sseReply } from '../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { stopChunk, textChunk, textCompletion } from './upstream-chunks.ts';

/** A server whose provider `fake` answers "Hello there" in two pieces, the second of them when the test says so. */
export interface HeldServer extends AsyncDisposable {
  readonly server: TestServer;
  readonly upstream: FakeUpstream;
  /** Lets every answer go on to its end. A whole one has not begun before. */
  release(): void;
}

/** @param config - what the configuration has besides the provider. */
export async function startHeldServer(config = ''): Promise<HeldServer> {
  const upstream = await createFakeUpstream();
  const server = await startTestServer({ config: configureFakeProvider(upstream) + config });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  upstream.respondAlways(({ body }) =>
    body.includes('"stream":true')
      ? sseReply([textChunk('Hello'), held, textChunk(' there'), stopChunk, '[DONE]'])
      : jsonReply(textCompletion('Hello there'), { after: held }),
  );
  return {
    server,
    upstream,
    release,
    async [Symbol.asyncDispose]() {
      release();
      await server.close();
      await upstream.close();
    },
  };
}
