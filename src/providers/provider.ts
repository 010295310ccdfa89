import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatEvent } from '../core/chat-event.ts';
import type { Clock } from '../core/clock.ts';
import type { SignalboxError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { ResponseHeaders } from '../upstream/response-headers.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';

/** One try of one model, as a provider gets it. */
export interface ChatAttempt {
  readonly generationId: string;
  /** The model's name at the provider, without the provider's own name before it. */
  readonly model: string;
  readonly request: ChatCompletionRequest;
  /** The request's JSON as it came, where it came as JSON. */
  readonly source: JsonObject | undefined;
  /** Whether to ask for the answer as it is generated. */
  readonly stream: boolean;
  /** Aborted when this attempt must stop. Its `reason` is not the provider's business. */
  readonly signal: AbortSignal;
}

/** An answer that has begun. */
export interface ChatReply {
  /**
   * The answer, event by event, ending after the last one. Throws a {@link SignalboxError} of an attempt when the answer is not
   * complete: it never just ends. Whoever stops reading early must call `return` on the iterator, which closes the connection.
   */
  readonly events: AsyncIterable<ChatEvent>;
  /** What was left out of the request, one sentence each. */
  readonly warnings: readonly string[];
}

/** A configured provider: who runs models. The whole of what routing knows of one. */
export interface Provider {
  /** Its name in `provider/model`. */
  readonly id: string;
  /** The folder of `dialects/` that it speaks, or `none` in-process. */
  readonly dialect: string;
  /**
   * Begins one answer.
   *
   * @throws SignalboxError of an attempt (PROVIDER_*, CONTEXT_TOO_LONG, CONTENT_REFUSED): the registry says whether another
   * candidate may be tried.
   */
  startChat(attempt: ChatAttempt): Promise<ChatReply>;
  /** Whether a model reasons when nobody asks it to. Default, and `undefined`: it is not known. */
  reasonsByDefault?(model: string): boolean | undefined;
  /** Whether a model goes on from an assistant's turn at the end of the conversation ("prefill"). Default: of no model it is known. */
  takesPrefill?(model: string): boolean;
  /** Reads an error answer: what it means for the attempt, with the provider's own words and the time to wait. */
  classifyError(status: number, headers: ResponseHeaders, body: string): SignalboxError;
}

/** What the configuration says of one provider. Secrets are resolved. */
export interface ProviderSettings {
  readonly apiKey: string | undefined;
  /** What stands before the dialect's path, without a slash at its end. Empty for a provider in this process. */
  readonly baseUrl: string;
  /** Sent with every request, after the provider's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** The longest answer that is not a stream, in bytes. */
  readonly maxReplyBytes: number;
  /** The longest single event of a stream, in bytes. */
  readonly maxEventBytes: number;
  /** How long a finished stream may take to say its usage and end, in milliseconds. */
  readonly finishTimeoutMs: number;
  /** What the kind's own options say, by their names, where they are set. Default: nothing. */
  readonly options?: Readonly<Record<string, string>>;
}

/** A setting that only one kind of provider has: `providers.NAME.options.OPTION` in the configuration. */
export interface ProviderOption {
  readonly name: string;
  /** The environment variable that it is taken from when the configuration does not say it. */
  readonly variable: string;
  /** Environment variables that are read in this order while that one is not set. Default: none. */
  readonly otherVariables?: readonly string[];
  /**
   * Whether it is part of a secret: never shown, and taken as `env:NAME` too. Where the configuration says one of a kind's secrets, none is
   * taken from the kind's variables: they belong together. Default false.
   */
  readonly isSecret?: boolean;
}

/** What a provider is built with. */
export interface ProviderDependencies {
  readonly upstream: UpstreamClient;
  readonly clock: Clock;
}

/** A kind of provider: what one folder of `providers/` exports, and one line of the registry names. */
export interface ProviderKind {
  /** The folder's name, the default id, and `kind` in the configuration. */
  readonly kind: string;
  /** Where its models answer unless the configuration says otherwise. `undefined`: the configuration must say it. */
  readonly baseUrl: string | undefined;
  /** The environment variable that its base URL is in when the configuration does not say it. Default: none. */
  readonly baseUrlVariable?: string;
  /** Default: none. */
  readonly options?: readonly ProviderOption[];
  /** Whether a server of this kind is looked for on this machine when the gateway starts, at the kind's base URL. Default false. */
  readonly isLocal?: boolean;
  /** The environment variable that its key is usually in. `undefined`: it needs no key, but takes one. */
  readonly apiKeyVariable: string | undefined;
  /** Environment variables that are read in this order while the usual one is not set. Default: none. */
  readonly otherKeyVariables?: readonly string[];
  /** Names that `kind` and `provider/model` take in its place, as long as no provider has them. Default: none. */
  readonly aliases?: readonly string[];
  /** Whether a provider of this kind exists without a line in the configuration. */
  readonly builtIn: boolean;
  /**
   * What a provider lacks, as the end of a sentence that begins with "To make it live,". Default: its key, where there is a variable for one.
   *
   * @returns `undefined`: nothing.
   */
  findMissing?(id: string, settings: ProviderSettings): string | undefined;
  /** Builds it, once it has the key and the base URL that it needs. */
  create(id: string, settings: ProviderSettings, dependencies: ProviderDependencies): Provider;
}
