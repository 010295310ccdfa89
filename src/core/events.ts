import { channel } from 'node:diagnostics_channel';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ClientProtocol } from './chat-call.ts';
import type { ErrorReason } from './error-registry.ts';

/**
 * What the path publishes about itself. Telemetry subscribes; the path does not know who listens. Subscribers run inside
 * `publish`, so they must be quick, and must not throw: node:diagnostics_channel raises what they throw again as an uncaught
 * exception, which ends the process.
 */

/** One try of one model. */
export interface AttemptRecord {
  readonly generationId: string;
  readonly provider: string;
  /** `provider/model`. */
  readonly model: string;
  /** `undefined` when it succeeded. */
  readonly errorReason: ErrorReason | undefined;
  /** What the provider said, keys masked. `undefined` when it succeeded. */
  readonly errorMessage: string | undefined;
  /** From the start of the try; `undefined` when no token came. */
  readonly timeToFirstTokenMs: number | undefined;
  readonly durationMs: number;
  /** What was left out of the request for this try, one sentence each. */
  readonly warnings: readonly string[];
}

/** One call, when it ends. Published exactly once for each call that was started. */
export interface CallRecord {
  readonly generationId: string;
  readonly completionId: string | undefined;
  readonly protocol: ClientProtocol;
  readonly stream: boolean;
  readonly workspace: string;
  readonly keyId: string;
  readonly requestedModel: string;
  /** The router that the call named, and what it decided, as far as it got. `undefined`: it named none, or did not get so far. */
  readonly router: string | undefined;
  readonly routeId: string | undefined;
  readonly variantId: string | undefined;
  /** `provider/model`, when one was served. */
  readonly servedModel: string | undefined;
  readonly provider: string | undefined;
  readonly attempts: readonly AttemptRecord[];
  readonly finishReasons: readonly string[];
  readonly usage: Usage | undefined;
  /** `undefined` when the call succeeded. */
  readonly errorReason: ErrorReason | undefined;
  /** The error behind an INTERNAL one, for the log alone. */
  readonly cause: unknown;
  /** From the request's arrival to the first token, `undefined` when none came. */
  readonly timeToFirstTokenMs: number | undefined;
  readonly durationMs: number;
}

/** The start of a call. Every start is followed by exactly one end. */
export interface CallStart {
  readonly generationId: string;
  readonly protocol: ClientProtocol;
  readonly stream: boolean;
}

/** A request that ended before it became a call: bad input, no key, unknown path. */
export interface RejectedRequest {
  readonly protocol: ClientProtocol;
  /** HTTP path or RPC procedure. */
  readonly path: string;
  readonly errorReason: ErrorReason;
  readonly httpStatus: number;
  /** The error behind an INTERNAL one, for the log alone. */
  readonly cause: unknown;
}

/** A diagnostics channel that knows what it carries. */
export interface EventChannel<Message> {
  /** The channel's name, for subscribers outside this process's code. */
  readonly name: string;
  publish(message: Message): void;
  /** @returns ends the subscription. */
  subscribe(listener: (message: Message) => void): () => void;
}

function createEventChannel<Message>(name: string): EventChannel<Message> {
  const inner = channel(name);
  return {
    name,
    publish: (message) => inner.publish(message),
    subscribe(listener) {
      // The name is this project's own and only publish() above writes to it, so what arrives is a Message.
      const onMessage = (message: unknown): void => listener(message as Message);
      inner.subscribe(onMessage);
      return () => {
        inner.unsubscribe(onMessage);
      };
    },
  };
}

/** A call began. */
export const callStarted: EventChannel<CallStart> = createEventChannel('signalbox:call.started');
/** An attempt ended. */
export const attemptEnded: EventChannel<AttemptRecord> = createEventChannel('signalbox:attempt.ended');
/** A call ended. */
export const callEnded: EventChannel<CallRecord> = createEventChannel('signalbox:call.ended');
/** A request was turned away. */
export const requestRejected: EventChannel<RejectedRequest> = createEventChannel('signalbox:request.rejected');
