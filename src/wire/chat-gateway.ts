import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { requireScope } from '../auth/authenticator.ts';
import type { ClientProtocol, StopReason } from '../core/chat-call.ts';
import { createError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Principal } from '../core/principal.ts';
import type { ChatAnswer } from '../routing/chat-answer.ts';
import { type RoutingDependencies, startChat } from '../routing/start-chat.ts';
import { type ChatRequestBounds, checkChatRequest } from './check-chat-request.ts';
import type { LiveCalls } from './live-calls.ts';
import type { CallAdmission } from './overload/call-admission.ts';
import type { ServerState } from './server-state.ts';

/** A request for a chat completion as either edge hands it over. */
export interface ChatRequest {
  readonly principal: Principal;
  readonly protocol: ClientProtocol;
  readonly request: ChatCompletionRequest;
  /** The request's JSON as it came, where it came as JSON. */
  readonly source?: JsonObject | undefined;
  readonly stream: boolean;
  /** How long the client lets the whole call take, in milliseconds. `undefined`: as long as the server does. */
  readonly deadlineMs?: number | undefined;
  /** When the request came, on the monotonic clock. */
  readonly receivedAtMs: number;
  /** Calls back when the client is gone, or its deadline over. */
  readonly onStop: (listener: (reason: StopReason) => void) => void;
}

/** A call whose answer has begun. */
export interface OpenChat {
  readonly answer: ChatAnswer;
  /**
   * Aborted with a StopReason when the call must end: whoever writes the answer then waits no longer for a client that does not
   * read.
   */
  readonly signal: AbortSignal;
  /** Ends the call. An answer that was not read to its end is given up: its connection closes. */
  close(): Promise<void>;
}

/** What the gateway is built with. */
export interface ChatGatewayDependencies extends RoutingDependencies, ChatRequestBounds {
  readonly liveCalls: LiveCalls;
  readonly admission: CallAdmission;
  readonly state: ServerState;
  /** The longest that any call may take, in milliseconds. */
  readonly maxCallMs: number;
}

/**
 * Answers chat requests for both edges: what REST and RPC have in common between the wire and routing.
 */
export class ChatGateway {
  readonly #dependencies: ChatGatewayDependencies;

  constructor(dependencies: ChatGatewayDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Looks whether one more call can be taken. For the edges to ask before they read the body of a request.
   *
   * @throws SignalboxError SERVER_DRAINING or SERVER_OVERLOADED.
   */
  requireRoom(): void {
    this.#dependencies.admission.requireRoom();
  }

  /**
   * Starts one call, when there is a place for it, and waits until an answer is committed. Whoever gets it must read it to its end or close it.
   *
   * @throws SignalboxError for the client: bad input, a missing scope, no room, or what became of the attempts.
   */
  async open(chat: ChatRequest): Promise<OpenChat> {
    const { admission, clock, ids, liveCalls, state, maxCallMs } = this.#dependencies;
    if (state.isDraining) throw createError('SERVER_DRAINING', {});
    requireScope(chat.principal, 'inference');
    checkChatRequest(chat.request, chat.source, this.#dependencies);
    const timeoutMs = Math.min(chat.deadlineMs ?? maxCallMs, maxCallMs);
    const deadlineAtMs = clock.monotonicMs() + timeoutMs;
    const live = liveCalls.open(timeoutMs);
    let leave = (): void => {};
    const end = (): void => {
      live.end();
      leave();
    };
    chat.onStop((reason) => live.stop(reason));
    try {
      leave = await admission.enter(live.signal);
      const answer = await startChat(
        {
          generationId: ids.createGenerationId(),
          principal: chat.principal,
          protocol: chat.protocol,
          request: chat.request,
          source: chat.source,
          stream: chat.stream,
          signal: live.signal,
          receivedAtMs: chat.receivedAtMs,
          deadlineAtMs,
        },
        this.#dependencies,
      );
      return {
        answer,
        signal: live.signal,
        async close() {
          end();
          await answer.return();
        },
      };
    } catch (thrown) {
      end();
      throw thrown;
    }
  }
}
