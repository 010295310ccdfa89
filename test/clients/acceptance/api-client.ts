import type { ChatCompletion } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { Router } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { RoutingExplanation } from '../../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';

/** Where a server is, and the key that it takes. */
export interface ServerPlace {
  /** Such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** The value of the `authorization` header. */
  readonly authorization: string;
}

/** Whether an answer comes in one piece. */
export const answerModes = ['whole', 'streamed'] as const;

/** One of {@link answerModes}. */
export type AnswerMode = (typeof answerModes)[number];

/**
 * The API over one protocol. Requests are the JSON of api.md, of which the proto understands the same names; answers are messages,
 * a streamed one put together again. Every call rejects with a {@link Refusal}.
 */
export interface ApiClient {
  /** `REST`, `gRPC`, `gRPC by grpc-js` or `Connect`. */
  readonly protocol: string;
  createRouter(router: JsonObject): Promise<Router>;
  /** @param mask - paths in the proto's names. Default: none is sent. */
  updateRouter(change: JsonObject, mask?: readonly string[]): Promise<Router>;
  deleteRouter(name: string): Promise<void>;
  getRouter(name: string): Promise<Router>;
  /** Their names, of the first page. */
  listRouters(): Promise<string[]>;
  chat(request: JsonObject, mode: AnswerMode): Promise<ChatCompletion>;
  /** Without the messages and the request, which each protocol has in its own form. */
  explain(request: JsonObject): Promise<RoutingExplanation>;
}

/** What a refusal says. */
export interface RefusalParts {
  readonly message: string;
  /** A google.rpc.Code. */
  readonly code: number;
  /** `ErrorInfo.reason`. `undefined`: the protocol has none, such as REST's chat. */
  readonly reason: string | undefined;
  /** The fields at fault, sorted, in the proto's names. */
  readonly fields: readonly string[];
}

/** An error of the API, whatever protocol it came by. */
export class Refusal extends Error implements RefusalParts {
  override readonly name = 'Refusal';
  readonly code: number;
  readonly reason: string | undefined;
  readonly fields: readonly string[];

  constructor({ message, code, reason, fields }: RefusalParts) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.fields = fields.map(toProtoPath).sort();
  }
}

/** What a call was refused with. Fails when it was not. */
export async function catchRefusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
  throw new Error('the call was not refused');
}

/** REST has the fields of a router itself in camelCase. */
function toProtoPath(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
