import type { JsonObject } from '../../src/core/json.ts';

/** One chat call of a client. */
export interface SoakCall {
  readonly prompt: string;
  /** The model or router, then the fallbacks. */
  readonly models: readonly [string, ...string[]];
  readonly isStreamed: boolean;
  /** After how many pieces of text the client leaves. `undefined`: it reads to the end. */
  readonly leavesAfter: number | undefined;
  /** When the client leaves, or has had enough. */
  readonly signal: AbortSignal;
}

/** How a call ended for the client. */
export interface SoakEnd {
  /** `undefined`: nothing came that would say it. */
  readonly generationId: string | undefined;
  /**
   * `answered`: with a proper end. `left`: the client did not want the rest. `failed`: the server said so. `broken`: none of these, which no call
   * may come to.
   */
  readonly kind: 'answered' | 'left' | 'failed' | 'broken';
  /** All the text that came. */
  readonly text: string;
  /** The registered reason where the protocol tells it, else what is known. */
  readonly reason: string | undefined;
}

/** A client of one protocol with connections of its own. */
export interface SoakClient {
  /** As the log names it. */
  readonly protocol: 'rest' | 'grpc' | 'grpc-web' | 'connect';
  chat(call: SoakCall): Promise<SoakEnd>;
  /** Each rejects unless it succeeds. */
  listModels(): Promise<unknown>;
  createRouter(router: JsonObject): Promise<unknown>;
  updateRouter(router: JsonObject): Promise<unknown>;
  explain(model: string): Promise<unknown>;
  /** A request that is turned away. Rejects unless it is. */
  sendBadRequest(): Promise<void>;
  close(): void;
}

/** Where the server is. */
export interface SoakPlace {
  readonly origin: string;
  readonly authorization: string;
}

/** What was seen of a call so far. */
export interface SeenAnswer {
  generationId: string | undefined;
  text: string;
  pieces: number;
}

/** The end of a call of which this was seen. */
export function endAs(kind: SoakEnd['kind'], { generationId, text: said }: SeenAnswer, reason?: string): SoakEnd {
  return { kind, generationId, text: said, reason };
}

/** What a call says of which nothing but the model matters. */
export const hello = [{ role: 'user', content: 'Hello' }];
