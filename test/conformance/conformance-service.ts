import { setTimeout as sleep } from 'node:timers/promises';
import type { DescMessage, DescService, Message } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { z } from 'zod';

const headers = z.array(z.object({ name: z.string(), value: z.array(z.string()) }));
const bytes = z.instanceof(Uint8Array);

const errorDefinition = z.object({
  // The suite numbers its codes as Connect does.
  code: z.enum(Code),
  message: z.string().optional(),
  details: z.array(z.object({ typeUrl: z.string(), value: bytes })),
});

/** What the answers of every method are told. */
const definitionBase = z.object({ responseHeaders: headers, responseTrailers: headers, responseDelayMs: z.number() });

const unaryDefinition = definitionBase.extend({
  response: z.union([
    z.object({ case: z.literal('responseData'), value: bytes }),
    z.object({ case: z.literal('error'), value: errorDefinition }),
    z.object({ case: z.undefined() }),
  ]),
});

const streamDefinition = definitionBase.extend({ responseData: z.array(bytes), error: errorDefinition.optional() });

const unaryRequest = z.object({ responseDefinition: unaryDefinition.optional() });
const streamRequest = z.object({ responseDefinition: streamDefinition.optional() });
const bidiRequest = streamRequest.extend({ fullDuplex: z.boolean() });

type DefinitionBase = z.infer<typeof definitionBase>;
type ErrorDefinition = z.infer<typeof errorDefinition>;
type UnaryDefinition = z.infer<typeof unaryDefinition>;
type StreamDefinition = z.infer<typeof streamDefinition>;
type Response = Record<string, unknown>;

/**
 * Implements the service that the conformance suite calls: it answers as the request says, and echoes what it saw of the
 * request. The suite's service.proto describes the behaviour.
 *
 * @param service - its descriptor.
 * @param requestInfo - the descriptor of ConformancePayload.RequestInfo. Messages are the generic ones of a descriptor set.
 */
export function addConformanceService(router: ConnectRouter, service: DescService, requestInfo: DescMessage): void {
  /** What was seen of a request. */
  function describe(requests: readonly Message[], context: HandlerContext): Response {
    const timeoutMs = context.timeoutMs();
    return {
      requestHeaders: [...context.requestHeader].map(([name, value]) => ({ name, value: [value] })),
      ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.trunc(timeoutMs)) }),
      requests: requests.map((request) => anyPack(context.method.input, request)),
      ...(context.requestMethod === 'GET' ? { connectGetInfo: { queryParams: describeQuery(context.url) } } : {}),
    };
  }

  function createConnectError(definition: ErrorDefinition, seen: Response | undefined): ConnectError {
    const error = new ConnectError(definition.message ?? '', definition.code);
    for (const { typeUrl, value } of definition.details) {
      error.details.push({ type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1), value });
    }
    if (seen !== undefined) error.details.push({ desc: requestInfo, value: seen });
    return error;
  }

  async function answerOnce(
    definition: UnaryDefinition | undefined,
    requests: readonly Message[],
    context: HandlerContext,
  ): Promise<Response> {
    setMetadata(definition, context);
    await delay(definition, context);
    const seen = describe(requests, context);
    const response = definition?.response;
    if (response?.case === 'error') throw createConnectError(response.value, seen);
    return { payload: { requestInfo: seen, ...(response?.case === 'responseData' ? { data: response.value } : {}) } };
  }

  /** The error that a stream ends with. It tells what was seen of the request if no response did. */
  function throwFinal(
    definition: StreamDefinition | undefined,
    requests: readonly Message[],
    context: HandlerContext,
  ): void {
    if (definition?.error === undefined) return;
    const hasAnswered = definition.responseData.length > 0;
    throw createConnectError(definition.error, hasAnswered ? undefined : describe(requests, context));
  }

  async function unary(request: Message, context: HandlerContext): Promise<Response> {
    return answerOnce(unaryRequest.parse(request).responseDefinition, [request], context);
  }

  async function clientStream(requests: AsyncIterable<Message>, context: HandlerContext): Promise<Response> {
    const received: Message[] = [];
    for await (const request of requests) received.push(request);
    const first = received[0];
    const definition = first === undefined ? undefined : unaryRequest.parse(first).responseDefinition;
    return answerOnce(definition, received, context);
  }

  async function* serverStream(request: Message, context: HandlerContext): AsyncGenerator<Response> {
    const definition = streamRequest.parse(request).responseDefinition;
    setMetadata(definition, context);
    for (const [index, data] of definition?.responseData.entries() ?? []) {
      await delay(definition, context);
      yield { payload: { data, ...(index === 0 ? { requestInfo: describe([request], context) } : {}) } };
    }
    throwFinal(definition, [request], context);
  }

  async function* bidiStream(requests: AsyncIterable<Message>, context: HandlerContext): AsyncGenerator<Response> {
    let start: z.infer<typeof bidiRequest> | undefined;
    let unanswered: Message[] = [];
    let answers = 0;
    for await (const request of requests) {
      if (start === undefined) {
        start = bidiRequest.parse(request);
        setMetadata(start.responseDefinition, context);
      }
      unanswered.push(request);
      if (!start.fullDuplex) continue;
      const data = start.responseDefinition?.responseData[answers];
      if (data === undefined) break;
      await delay(start.responseDefinition, context);
      yield { payload: { data, requestInfo: describe(unanswered, context) } };
      unanswered = [];
      answers += 1;
    }
    const definition = start?.responseDefinition;
    for (const data of definition?.responseData.slice(answers) ?? []) {
      await delay(definition, context);
      yield { payload: { data, ...(answers === 0 ? { requestInfo: describe(unanswered, context) } : {}) } };
      answers += 1;
    }
    throwFinal(definition, unanswered, context);
  }

  // The descriptors come at run time, so that no type says what a method takes: `never` is what the router wants of each.
  const implementations = {
    unary: unary as never,
    client_streaming: clientStream as never,
    server_streaming: serverStream as never,
    bidi_streaming: bidiStream as never,
  };
  // The suite wants to see that one method is not there.
  const methods = service.methods.filter(({ name }) => name !== 'Unimplemented');
  for (const method of methods) router.rpc(method, implementations[method.methodKind]);
}

function describeQuery(url: string): { name: string; value: string[] }[] {
  return [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }));
}

function setMetadata(definition: DefinitionBase | undefined, context: HandlerContext): void {
  for (const { name, value } of definition?.responseHeaders ?? []) {
    for (const item of value) context.responseHeader.append(name, item);
  }
  for (const { name, value } of definition?.responseTrailers ?? []) {
    for (const item of value) context.responseTrailer.append(name, item);
  }
}

/** Waits as told, unless the call ends before. */
async function delay(definition: DefinitionBase | undefined, { signal }: HandlerContext): Promise<void> {
  const delayMs = definition?.responseDelayMs ?? 0;
  if (delayMs === 0) return;
  await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}
