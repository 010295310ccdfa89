import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { requireScope } from '../auth/authenticator.ts';
import type { ClientProtocol, StopReason } from '../core/chat-call.ts';
import { createError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { Principal } from '../core/principal.ts';
import type { ChatAnswer } from '../routing/chat-answer.ts';
import { type RoutingDependencies, startChat } from '../routing/start-chat.ts';
import { findJsonProblem } from './find-json-problem.ts';
import type { LiveCalls } from './live-calls.ts';
import type { ServerState } from './server-state.ts';
import { validateRequest } from './validate-request.ts';

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
export interface ChatGatewayDependencies extends RoutingDependencies {
  readonly liveCalls: LiveCalls;
  readonly state: ServerState;
  /** The most messages of one request. */
  readonly maxMessages: number;
  /** How deep arrays and objects may nest in what this API does not model. */
  readonly maxJsonDepth: number;
  /** The longest that any call may take, in milliseconds. */
  readonly maxCallMs: number;
}

/** The most items of each list. They are the proto's own, so that its other readers see them, but for `allParts`. */
const bounds = {
  tools: 1024,
  contentParts: 1024,
  toolCalls: 256,
  /** Content parts and tool calls of all messages together, which may each have as many as one is allowed. */
  allParts: 20_000,
  modalities: 3,
  logitBias: 1024,
  stop: 4,
  models: 64,
  ignore: 256,
  sort: 6,
  providerOrder: 64,
  promptVariables: 1024,
} as const;

/** The most values of all kinds in one Struct. */
const maxStructValues = 500_000;

/**
 * Answers chat requests for both edges: what REST and RPC have in common between the wire and routing.
 */
export class ChatGateway {
  readonly #dependencies: ChatGatewayDependencies;

  constructor(dependencies: ChatGatewayDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Starts one call and waits until an answer is committed. Whoever gets it must read it to its end or close it.
   *
   * @throws SignalboxError for the client: bad input, a missing scope, or what became of the attempts.
   */
  async open(chat: ChatRequest): Promise<OpenChat> {
    const { ids, liveCalls, state, maxCallMs, maxJsonDepth, maxMessages } = this.#dependencies;
    if (state.isDraining) throw createError('SERVER_DRAINING', {});
    requireScope(chat.principal, 'inference');
    // Before validation, which looks at every item, and at those of a list that is too long as well.
    requireBounds(chat.request, maxMessages);
    // What came as JSON was looked at as a whole.
    if (chat.source === undefined) requirePlainStructs(chat.request, maxJsonDepth);
    const invalid = validateRequest(ChatCompletionRequestSchema, chat.request);
    if (invalid !== undefined) throw invalid;
    const live = liveCalls.open(Math.min(chat.deadlineMs ?? maxCallMs, maxCallMs));
    chat.onStop((reason) => live.stop(reason));
    try {
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
        },
        this.#dependencies,
      );
      return {
        answer,
        signal: live.signal,
        async close() {
          live.end();
          await answer.return();
        },
      };
    } catch (thrown) {
      live.end();
      throw thrown;
    }
  }
}

/** @throws SignalboxError INVALID_FIELD for the first list that is too long. */
function requireBounds(request: ChatCompletionRequest, maxMessages: number): void {
  const { messages, extraBody } = request;
  requireAtMost(maxMessages, messages.length, 'messages');
  requireAtMost(bounds.tools, request.tools.length, 'tools');
  requireAtMost(bounds.modalities, request.modalities.length, 'modalities');
  requireAtMost(bounds.stop, request.stop.length, 'stop');
  requireAtMost(bounds.logitBias, Object.keys(request.logitBias).length, 'logit_bias');
  if (extraBody !== undefined) {
    requireAtMost(bounds.models, extraBody.models.length, 'extra_body.models');
    requireAtMost(bounds.ignore, extraBody.ignore.length, 'extra_body.ignore');
    requireAtMost(bounds.sort, extraBody.sort.length, 'extra_body.sort');
    requireAtMost(bounds.providerOrder, extraBody.provider?.order.length ?? 0, 'extra_body.provider.order');
    const variableCount = Object.keys(extraBody.promptVariables).length;
    requireAtMost(bounds.promptVariables, variableCount, 'extra_body.prompt_variables');
  }
  let partCount = 0;
  for (const [index, { contentParts, toolCalls }] of messages.entries()) {
    requireAtMost(bounds.contentParts, contentParts.length, `messages[${index}].content`);
    requireAtMost(bounds.toolCalls, toolCalls.length, `messages[${index}].tool_calls`);
    partCount += contentParts.length + toolCalls.length;
  }
  if (partCount > bounds.allParts) {
    throw createFieldError('messages', `they have more than ${bounds.allParts} content parts and tool calls in all`);
  }
}

function requireAtMost(maxItems: number, count: number, field: string): void {
  if (count > maxItems) throw createFieldError(field, `it has more than ${maxItems} items`);
}

/**
 * Holds the Structs of a request to what JSON can say, since that is what providers get.
 *
 * @throws SignalboxError INVALID_FIELD.
 */
function requirePlainStructs(request: ChatCompletionRequest, maxDepth: number): void {
  for (const [field, struct] of listStructs(request)) {
    const problem = struct && findJsonProblem(struct, { maxDepth, maxValues: maxStructValues });
    if (problem !== undefined) throw createFieldError(field, problem);
  }
}

/** Every Struct that a request may have, by its field. */
function* listStructs(request: ChatCompletionRequest): Generator<[field: string, struct: JsonObject | undefined]> {
  const { extraBody, messages, responseFormat, toolChoice, tools } = request;
  yield ['prediction', request.prediction];
  yield ['metadata', request.metadata];
  yield ['extra_fields', request.extraFields];
  yield ['extra_body.metadata', extraBody?.metadata];
  yield ['response_format.json_schema.schema', responseFormat?.jsonSchema?.schema];
  if (toolChoice?.choice.case === 'other') yield ['tool_choice.other', toolChoice.choice.value];
  for (const [index, tool] of tools.entries()) {
    yield [`tools[${index}].function.parameters`, tool.function?.parameters];
    yield [`tools[${index}].other`, tool.other];
  }
  for (const [index, { contentParts }] of messages.entries()) {
    for (const [partIndex, { part }] of contentParts.entries()) {
      if (part.case === 'other') yield [`messages[${index}].content[${partIndex}].other`, part.value];
    }
  }
}
