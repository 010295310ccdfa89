import { channel } from 'node:diagnostics_channel';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ClientProtocol } from './chat-call.ts';
import type { ErrorReason } from './error-registry.ts';

/**
 * What the path publishes about itself. Telemetry subscribes; the path does not know who listens. Subscribers run inside
 * `publish`, so they must be quick, and must not throw: node:diagnostics_channel raises what they throw again as an uncaught
 * exception, which ends the process.
 */

/** The start of an attempt. Every start is followed by exactly one end. */
export interface AttemptStart {
  readonly generationId: string;
  /** `provider/model`. */
  readonly model: string;
  /** Whether the provider is asked for a stream. */
  readonly isStreamed: boolean;
}

/** The first token of an attempt. */
export interface FirstToken extends AttemptStart {
  /** From the start of the attempt. */
  readonly timeToFirstTokenMs: number;
}

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
  /** Whether the provider was asked for a stream. Only then is the first token's time that of a token, and not of the whole answer. */
  readonly isStreamed: boolean;
  /** What the provider counted of its answer. `undefined`: nothing. */
  readonly completionTokens: number | undefined;
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

/** What a circuit does with calls: it lets them through, it keeps them off, or it lets one through to see. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** The circuit of one model changed its state. */
export interface CircuitChange {
  readonly provider: string;
  /** `provider/model`. */
  readonly model: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** How long it stays open before a call is let through to see. `undefined`: it is not open. */
  readonly openMs: number | undefined;
}

/** What a server has too little of: places for calls, memory, or time. */
export type OverloadCause = 'calls' | 'memory' | 'event_loop';

/** A call was turned away since the server has more to do than it can. */
export interface CallShed {
  /** `queue_timeout`: it waited for a place for as long as it may. */
  readonly cause: OverloadCause | 'queue_timeout';
}

/** A call began or ceased to wait for a place. */
export interface QueueChange {
  readonly change: 1 | -1;
}

/** The server came to be overloaded, or is no more. */
export interface OverloadChange {
  /** `undefined`: it is not overloaded any more. */
  readonly cause: OverloadCause | undefined;
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
/** An attempt began. A call has no two at a time that wait for their first token. */
export const attemptStarted: EventChannel<AttemptStart> = createEventChannel('signalbox:attempt.started');
/** The first token of a streamed attempt came. A whole answer has none. */
export const firstTokenArrived: EventChannel<FirstToken> = createEventChannel('signalbox:attempt.first_token');
/** An attempt ended. */
export const attemptEnded: EventChannel<AttemptRecord> = createEventChannel('signalbox:attempt.ended');
/** A call ended. */
export const callEnded: EventChannel<CallRecord> = createEventChannel('signalbox:call.ended');
/** A request was turned away. */
export const requestRejected: EventChannel<RejectedRequest> = createEventChannel('signalbox:request.rejected');
/** The circuit of a model opened, closed, or let a call through to see. */
export const circuitChanged: EventChannel<CircuitChange> = createEventChannel('signalbox:circuit.changed');
/** A call was turned away for overload. Its refusal is published as that of any request, too. */
export const callShed: EventChannel<CallShed> = createEventChannel('signalbox:call.shed');
/** A call began or ceased to wait for a place. */
export const queueChanged: EventChannel<QueueChange> = createEventChannel('signalbox:queue.changed');
/** The server came to be overloaded, for another cause, or no more. */
export const overloadChanged: EventChannel<OverloadChange> = createEventChannel('signalbox:overload.changed');
