import { createSecretKey, randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { onTestFinished } from 'vitest';
import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import {
  type RoutingExplanation,
  RoutingExplanationSchema,
} from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { type Authenticator, createAuthenticator } from '../../src/auth/authenticator.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { createKeyHasher } from '../../src/auth/key-hasher.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createIdSource } from '../../src/core/ids.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { type Scope, scopes } from '../../src/core/principal.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { createRouterBook } from '../../src/routers/create-router-book.ts';
import type { RouterBook, RouterFilesState } from '../../src/routers/router-book.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { ChatGateway } from '../../src/wire/chat-gateway.ts';
import { LiveCalls } from '../../src/wire/live-calls.ts';
import { ModelGateway, type ModelGatewayDependencies } from '../../src/wire/model-gateway.ts';
import { CallAdmission } from '../../src/wire/overload/call-admission.ts';
import type { MetricsPage } from '../../src/wire/rest/operation-paths.ts';
import { createRestApp } from '../../src/wire/rest/rest-app.ts';
import { RouterGateway } from '../../src/wire/router-gateway.ts';
import { createRpcListener } from '../../src/wire/rpc/rpc-listener.ts';
import { ServerState } from '../../src/wire/server-state.ts';
import { planningStandIns } from '../routing/planning-stand-ins.ts';
import { startPort } from './one-port-harness.ts';

/** Keys of a rig: what they are called, and what they may do where. */
const keys = {
  all: { workspace: 'default', scopes },
  reader: { workspace: 'default', scopes: ['router.read'] },
  writer: { workspace: 'default', scopes: ['router.write'] },
  chatter: { workspace: 'default', scopes: ['inference'] },
  stranger: { workspace: 'elsewhere', scopes },
} as const satisfies Record<string, { readonly workspace: string; readonly scopes: readonly Scope[] }>;

/** Whose key a request has. */
export type RigKey = keyof typeof keys;

/** Everything that serves routers, over a real port, with routing that only tells what it was asked. */
export interface RouterRig {
  readonly origin: string;
  readonly port: number;
  readonly book: RouterBook;
  readonly state: ServerState;
  /** What was explained, and in which workspace. */
  readonly explained: { readonly request: ChatCompletionRequest; readonly workspace: string }[];
  /** The value of the `authorization` header: `Bearer` and the key. */
  authorize(key: RigKey): string;
  /** Sends a request to the JSON API. A string is sent as it is. */
  send(method: string, path: string, options?: SendOptions): Promise<RigAnswer>;
}

/** What a request has beside its method and path. */
export interface SendOptions {
  readonly body?: JsonObject | string;
  /** Default: `all`. `null`: none. */
  readonly key?: RigKey | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of the JSON API. */
export interface RigAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

/** How a rig differs from one with the defaults. */
export interface RouterRigOptions {
  readonly authenticator?: Authenticator;
  readonly renderMetrics?: () => Promise<MetricsPage>;
  readonly clock?: Clock;
  readonly maxBodyBytes?: number;
  readonly explanation?: RoutingExplanation;
  readonly describeModelProblems?: (router: Router) => readonly string[];
  readonly readRouterFiles?: () => RouterFilesState | undefined;
  /** Default: it does. */
  readonly isStoreWorking?: () => boolean;
  /** What models are listed from. Default: no models at no providers. */
  readonly listed?: Partial<Pick<ModelGatewayDependencies, 'catalog' | 'performance' | 'providers'>>;
  /** Takes the place of the book, which is given. */
  readonly wrapBook?: (book: RouterBook) => RouterBook;
}

/** The longest condition that a rig takes, in characters. */
export const maxExpressionChars = 4096;

/** Starts a rig that lasts until the test is over. */
export async function startRouterRig(options: RouterRigOptions = {}): Promise<RouterRig> {
  const { clock = systemClock, maxBodyBytes = 10_000_000, describeModelProblems = () => [] } = options;
  const storage = await openStorage({ url: 'sqlite::memory:', clock });
  const ownBook = await createRouterBook({
    store: storage.routers,
    clock,
    rules: {
      maxRouters: 2000,
      maxRoutes: 100,
      maxVariants: 100,
      maxExpressionChars,
      maxTemplateChars: 10_000,
      maxTemplates: 32,
      maxModels: 64,
      routerPrefix: 'inworld/',
    },
    pollMs: 60_000,
    onNotice: () => {},
  });
  onTestFinished(async () => {
    await ownBook.close();
    await storage.close();
  });
  const book = options.wrapBook?.(ownBook) ?? ownBook;
  const state = new ServerState();
  const authenticator = options.authenticator ?? createRigAuthenticator();
  const bounds = { maxMessages: 100, maxJsonDepth: 50 };
  const gateway = new ChatGateway({
    ...bounds,
    providers: new ProviderDirectory([]),
    routers: book,
    routerPrefix: 'inworld/',
    ...planningStandIns,
    random: () => 0,
    clock,
    ids: createIdSource(clock),
    limits: { maxAttempts: 1, maxCollectedChars: 1000, maxPromptChars: 1000 },
    liveCalls: new LiveCalls(clock),
    admission: new CallAdmission({
      limits: { maxCalls: 100, maxQueuedCalls: 100, queueTimeoutMs: 60_000 },
      state,
      clock,
      random: () => 0,
    }),
    state,
    maxCallMs: 60_000,
  });
  const explained: RouterRig['explained'] = [];
  const routers = new RouterGateway({
    ...bounds,
    book,
    state,
    describeModelProblems,
    explainRouting(request, workspace) {
      explained.push({ request, workspace });
      return options.explanation ?? create(RoutingExplanationSchema, { reasoning: 'So it is.' });
    },
  });
  const models = new ModelGateway({
    catalog: planningStandIns.catalog,
    performance: planningStandIns.performance,
    providers: new ProviderDirectory([]),
    ...options.listed,
    book,
    routerPrefix: 'inworld/',
    state,
    clock,
  });
  const rest = await createRestApp({
    gateway,
    models,
    routers,
    state,
    clock,
    authenticator,
    maxBodyBytes,
    ...bounds,
    keepAliveCommentMs: 60_000,
    createOperationId: randomUUID,
    readRouterFiles: options.readRouterFiles,
    isStoreWorking: options.isStoreWorking,
    renderMetrics: options.renderMetrics ?? (async () => ({ contentType: 'text/plain', text: '' })),
  });
  onTestFinished(() => rest.close());
  const rpcOptions = { gateway, models, routers, clock, state, authenticator, maxBodyBytes, fallback: rest.listener };
  const { portNumber } = await startPort(createRpcListener(rpcOptions));
  const origin = `http://127.0.0.1:${portNumber}`;

  return {
    origin,
    port: portNumber,
    book,
    state,
    explained,
    authorize,
    async send(method, path, { body, key = 'all', headers } = {}) {
      const response = await fetch(origin + path, {
        method,
        headers: {
          ...(key !== null && { authorization: authorize(key) }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json: unknown = text === '' ? {} : JSON.parse(text);
      if (!isJsonObject(json)) throw new Error(`the answer is no JSON object, but ${text}`);
      return { status: response.status, headers: response.headers, body: json };
    },
  };
}

function createRigAuthenticator(): Authenticator {
  return createAuthenticator({
    configuredKeys: Object.entries(keys).map(([id, key]) => ({ id, secret: secretOf(id), ...key })),
    storedKeys: [],
    hasher: createKeyHasher(createSecretKey(Buffer.alloc(32, 1))),
  });
}

function secretOf(id: string): string {
  return `the secret of ${id}`;
}

function authorize(key: RigKey): string {
  return `Bearer ${formatCredential(key, secretOf(key))}`;
}

/** A route of one variant. */
export function plainRoute(routeId: string, modelId = 'sandbox/echo'): JsonObject {
  return { route_id: routeId, variants: [{ variant: { variant_id: 'only', model_id: modelId }, weight: 100 }] };
}

/** A router that can be saved. What is given takes the place of the defaults. */
export function plainRouter(fields: JsonObject = {}): JsonObject {
  return {
    name: 'support',
    displayName: 'Support',
    routes: [{ route: plainRoute('premium'), condition: { cel_expression: 'tier == "premium"' } }],
    defaultRoute: plainRoute('rest'),
    ...fields,
  };
}

/** The details of a `google.rpc.Status` of one type. */
export function detailsOf({ body }: RigAnswer, type: string): JsonObject[] {
  const { details } = body;
  const all = Array.isArray(details) ? details.filter(isJsonObject) : [];
  return all.filter((detail) => detail['@type'] === `type.googleapis.com/google.rpc.${type}`);
}

/** The reason of a `google.rpc.Status`. */
export function reasonOf(answer: RigAnswer): unknown {
  return detailsOf(answer, 'ErrorInfo')[0]?.['reason'];
}

/** The fields at fault of a `google.rpc.Status`. */
export function fieldsOf(answer: RigAnswer): unknown[] {
  const violations = detailsOf(answer, 'BadRequest')[0]?.['fieldViolations'];
  return Array.isArray(violations) ? violations.map((one) => (isJsonObject(one) ? one['field'] : undefined)) : [];
}
