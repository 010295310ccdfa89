import type { SignalboxError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { decodeRequest } from '../../src/dialects/openai-chat/decode-request.ts';
import type { OpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import type { ProviderSettings } from '../../src/providers/provider.ts';
import { jsonReply } from '../support/fake-upstream.ts';
import { openProviderPeer } from './provider-peer.ts';

/** A request as a provider got it. */
export interface SentRequest {
  readonly path: string;
  /** Without the model and, unless they were asked for, the messages. */
  readonly body: object;
  readonly warnings: readonly string[];
}

/** How a request is sent. */
export interface SendOptions {
  /** Default: `some/model`. */
  readonly model?: string;
  readonly settings?: Partial<ProviderSettings>;
}

const messages: JsonObject[] = [{ role: 'user', content: 'Hello' }];

/**
 * Sends a client's JSON through a provider, and gives what arrives at it.
 *
 * @param fields - of the client's request. Messages are `Hello` of a user unless they are among them.
 */
export async function sendRequest(
  kind: OpenAiChatKind,
  fields: JsonObject,
  { model = 'some/model', settings = {} }: SendOptions = {},
): Promise<SentRequest> {
  await using peer = await openProviderPeer(kind, { settings });
  const source: JsonObject = { model: `peer/${model}`, messages, ...fields };
  peer.upstream.respond(jsonReply({ choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] }));
  const { warnings, events } = await peer.start({ request: decodeRequest(source), source, model, stream: false });
  for await (const _ of events);
  const request = await peer.upstream.nextRequest();
  const { model: _, messages: sent, ...body } = Object(request.json());
  return { path: request.path, body: fields['messages'] === undefined ? body : { messages: sent, ...body }, warnings };
}

/** What an error answer of a provider becomes. */
export async function readRefusal(kind: OpenAiChatKind, status: number, body: unknown): Promise<SignalboxError> {
  await using peer = await openProviderPeer(kind);
  peer.upstream.respond(jsonReply(body, { status }));
  const { error } = await peer.read({ stream: false });
  if (error === undefined) throw new Error('the answer was no error');
  return error;
}
