import type { ChatCompletion } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { TestServer } from '../../support/test-server.ts';
import { GrpcClient } from '../grpc-client.ts';
import {
  type AnswerMode,
  type ApiClient,
  answerModes,
  catchRefusal,
  type Refusal,
  type ServerPlace,
} from './api-client.ts';
import { createRestClient } from './rest-client.ts';
import {
  createConnectTransportTo,
  createGrpcJsClient,
  createGrpcTransportTo,
  createTransportClient,
} from './rpc-client.ts';

/** A client of each protocol. */
export function createApiClients(place: ServerPlace): ApiClient[] {
  return [
    createRestClient(place),
    createTransportClient('gRPC', createGrpcTransportTo(place)),
    createTransportClient('Connect', createConnectTransportTo(place)),
  ];
}

/** The same, and gRPC's own client for Node.js: it calls what the others write. */
export function createAllClients(server: TestServer): ApiClient[] {
  return [...createApiClients(server), createGrpcJsClient(new GrpcClient(server))];
}

/** An answer and who asked for it. */
export interface AnswerBy {
  /** Protocol and mode. */
  readonly by: string;
  readonly answer: ChatCompletion;
}

/** Makes the same call with each client, whole and streamed. */
export function chatEverywhere(clients: readonly ApiClient[], request: JsonObject): Promise<AnswerBy[]> {
  return runEverywhere(clients, async (client, mode) => ({
    by: `${client.protocol}, ${mode}`,
    answer: await client.chat(request, mode),
  }));
}

/** Makes the same call with each client, whole and streamed. Fails unless every one is refused. */
export function refuseEverywhere(clients: readonly ApiClient[], request: JsonObject): Promise<Refusal[]> {
  return runEverywhere(clients, (client, mode) => catchRefusal(client.chat(request, mode)));
}

function runEverywhere<Result>(
  clients: readonly ApiClient[],
  run: (client: ApiClient, mode: AnswerMode) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(clients.flatMap((client) => answerModes.map((mode) => run(client, mode))));
}
