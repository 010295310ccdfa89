import { Code, ConnectError } from '@connectrpc/connect';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { collect } from '../clients/collect.ts';
import { connectWires, createConnectClient } from '../clients/connect-clients.ts';
import type { TestServer } from '../support/test-server.ts';

/** A request for a chat completion in the few fields that all protocols name alike. */
export interface PlainRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** How one way of calling the server came out. */
export interface PlainStatus {
  /** Protocol, HTTP version and form. */
  readonly by: string;
  /** Of HTTP for REST, the name of the code for RPC. `undefined`: it was answered. */
  readonly status: number | string | undefined;
}

/**
 * Makes the same call in every way that the server takes it: REST and each RPC protocol over each version of HTTP in each format, whole and
 * streamed.
 *
 * @param authorization - Default: the key with all scopes. `null`: none.
 */
export async function callEverywhere(
  server: TestServer,
  request: PlainRequest,
  authorization?: string | null,
): Promise<PlainStatus[]> {
  const ways = [
    ...[true, false].map((stream) => askRest(server, request, stream, authorization)),
    ...connectWires.flatMap((wire) => {
      const client = createConnectClient(
        ChatService,
        server,
        wire,
        authorization === undefined ? {} : { authorization },
      );
      const by = `${wire.protocol} over HTTP/${wire.httpVersion} in ${wire.format}`;
      const message = { ...request, messages: [...request.messages] };
      return [
        readCode(`${by}, whole`, client.createChatCompletion(message)),
        readCode(`${by}, streamed`, collect(client.streamChatCompletion(message))),
      ];
    }),
  ];
  return await Promise.all(ways);
}

async function askRest(
  server: TestServer,
  request: PlainRequest,
  stream: boolean,
  authorization: string | null = server.authorization,
): Promise<PlainStatus> {
  const response = await fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== null && { authorization }) },
    body: JSON.stringify({ ...request, stream }),
  });
  await response.arrayBuffer();
  return { by: `REST, ${stream ? 'streamed' : 'whole'}`, status: response.ok ? undefined : response.status };
}

async function readCode(by: string, call: Promise<unknown>): Promise<PlainStatus> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof ConnectError) return { by, status: Code[thrown.code] };
    throw thrown;
  }
  return { by, status: undefined };
}

/** What {@link callEverywhere} gives when all ways come out alike. */
export function everywhere(statuses: readonly PlainStatus[], http: number, code: keyof typeof Code): PlainStatus[] {
  return statuses.map(({ by }) => ({ by, status: by.startsWith('REST') ? http : code }));
}
