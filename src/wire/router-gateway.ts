import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import {
  type ListRoutersResponse,
  ListRoutersResponseSchema,
} from '../../gen/signalbox/router/v1/router_service_pb.ts';
import type { RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { requireScope, routerReaderScopes } from '../auth/authenticator.ts';
import { createViolationsError } from '../core/create-violations-error.ts';
import { createError, type FieldViolation, SignalboxError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { Principal, Scope } from '../core/principal.ts';
import { joinViolations } from '../dialects/router-json/join-violations.ts';
import { stripCollection } from '../dialects/router-json/strip-collection.ts';
import type { WriteOptions as BookWriteOptions, RouterBook, RouterEvent } from '../routers/router-book.ts';
import { decodeRouterDocument } from '../routers/router-document.ts';
import type { SavedRouter } from '../routers/saved-router.ts';
import type { OperationRow, RouterRow } from '../storage/router-store.ts';
import { type ChatRequestBounds, checkChatRequest } from './check-chat-request.ts';
import { decodePageToken, encodePageToken } from './page-token.ts';
import { requireRouterName } from './require-router-name.ts';
import type { ServerState } from './server-state.ts';

/** What the gateway is built with. */
export interface RouterGatewayDependencies extends ChatRequestBounds {
  readonly book: RouterBook;
  readonly state: ServerState;
  /** What would become of a request in a workspace. Calls nobody and changes nothing. */
  readonly explainRouting: (request: ChatCompletionRequest, workspace: string) => RoutingExplanation;
  /** What of a router cannot be done now, one sentence each, as many as are asked for and one more. */
  readonly describeModelProblems: (router: Router, maxProblems: number) => readonly string[];
}

/** A router that was written, or would be. */
export interface WrittenRouter {
  /** As the API shows it. A copy that belongs to the caller. */
  readonly router: Router;
  /** What was noticed, one sentence each. */
  readonly warnings: readonly string[];
}

/** How a router is written. */
export interface RouterWrite {
  readonly router: Router;
  /** Whether `routers/` was taken off its name already, as decodeRouter does. Twice would be once too often. Default: false. */
  readonly hasPlainName?: boolean | undefined;
  /** What of it could not be read. Nothing is saved then: the error tells this, and what is wrong with the rest. */
  readonly unread?: readonly FieldViolation[] | undefined;
  /** Check it only, and save nothing. */
  readonly validateOnly: boolean;
  /** Makes the operation that is stored with it, at `timeMs` (Unix time in milliseconds). Not asked when nothing is stored. */
  readonly describeOperation?: ((written: WrittenRouter, timeMs: number) => OperationRow) | undefined;
}

/** Which page of a list is asked for. */
export interface PageRequest {
  /** 0: the default. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
}

/** A watch that has begun. */
export interface RouterWatch {
  /** Ends when the client is gone. When it is this side that ends it, it throws SERVER_DRAINING. */
  readonly events: AsyncIterable<RouterEvent>;
  /** Aborted when the watch must end, whoever ends it. */
  readonly signal: AbortSignal;
  /** Lets go of it. */
  close(): void;
}

const defaultPageSize = 50;
const maxPageSize = 1000;

/** What the JSON of a page's routers may have together, in bytes. A page has one router in any case. */
const maxPageBytes = 4 * 1024 * 1024;

/** The most warnings of an answer: one and the same router may name some thousand models. */
const maxWarnings = 100;

/** How much of a name that a client made up is shown. */
const maxShownChars = 200;

/**
 * Reads and writes saved routers for both edges: what REST and RPC have in common between the wire and the book of routers.
 *
 * Every method throws SERVER_DRAINING once the server drains, and SCOPE_MISSING, which names the scope, when the caller lacks it.
 */
export class RouterGateway {
  readonly #dependencies: RouterGatewayDependencies;

  constructor(dependencies: RouterGatewayDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws SignalboxError as RouterBook.create. */
  async create(principal: Principal, write: RouterWrite): Promise<WrittenRouter> {
    this.#admit(principal, 'router.write');
    const { book } = this.#dependencies;
    const { router, hasPlainName = false } = write;
    if (!hasPlainName) router.name = stripCollection(router.name);
    return await this.#write(write, (options) => book.create(principal.workspace, router, options));
  }

  /**
   * @param mask - paths in the proto's names. Empty: every field that the message has.
   * @throws SignalboxError as RouterBook.update.
   */
  async update(principal: Principal, mask: readonly string[], write: RouterWrite): Promise<WrittenRouter> {
    this.#admit(principal, 'router.write');
    const { book } = this.#dependencies;
    const { router } = write;
    router.name = requireRouterName(router.name);
    return await this.#write(write, (options) => book.update(principal.workspace, router, mask, options));
  }

  /**
   * @param etag - guards if it is not empty.
   * @throws SignalboxError as RouterBook.delete.
   */
  async delete(principal: Principal, name: string, etag: string): Promise<void> {
    this.#admit(principal, 'router.write');
    await this.#dependencies.book.delete(principal.workspace, requireRouterName(name), etag);
  }

  /** @throws SignalboxError INVALID_FIELD or ROUTER_UNKNOWN. */
  get(principal: Principal, text: string): Router {
    this.#admit(principal, ...routerReaderScopes);
    const name = requireRouterName(text);
    const saved = this.#dependencies.book.get(principal.workspace, name);
    if (saved === undefined) throw createError('ROUTER_UNKNOWN', { router: name });
    return saved.createResource();
  }

  /** @throws SignalboxError INVALID_FIELD when the size is negative or the token is none of this server's. */
  list(principal: Principal, { pageSize, pageToken }: PageRequest): ListRoutersResponse {
    this.#admit(principal, ...routerReaderScopes);
    const { workspace } = principal;
    if (pageSize < 0) throw createFieldError('page_size', 'it must not be negative');
    const page = this.#dependencies.book.list(workspace, {
      pageSize: pageSize === 0 ? defaultPageSize : Math.min(pageSize, maxPageSize),
      maxPageBytes,
      afterName: decodePageToken(workspace, pageToken),
    });
    const { nextAfterName } = page;
    return create(ListRoutersResponseSchema, {
      routers: page.routers.map((saved) => saved.createResource()),
      nextPageToken: nextAfterName === undefined ? '' : encodePageToken(workspace, nextAfterName),
    });
  }

  /**
   * @returns what a poll answers, as JSON.
   * @throws SignalboxError OPERATION_UNKNOWN, also for those of another workspace, or STORE_FAILED.
   */
  async getOperation(principal: Principal, name: string): Promise<string> {
    this.#admit(principal, ...routerReaderScopes);
    const operation = await this.#dependencies.book.getOperation(principal.workspace, name);
    if (operation === undefined || operation.workspace !== principal.workspace) {
      throw createError('OPERATION_UNKNOWN', { operation: name.slice(0, maxShownChars) });
    }
    return operation.document;
  }

  /**
   * Begins to watch the routers of the caller's workspace.
   *
   * @param resumeToken - of an earlier event, or empty.
   * @param clientSignal - aborted when the client is gone.
   */
  watch(principal: Principal, resumeToken: string, clientSignal: AbortSignal): RouterWatch {
    this.#admit(principal, ...routerReaderScopes);
    const { book, state } = this.#dependencies;
    const controller = new AbortController();
    const { signal } = controller;
    const stop = (): void => controller.abort();
    const unsubscribe = state.onDrain(stop);
    clientSignal.addEventListener('abort', stop, { once: true });
    if (clientSignal.aborted) stop();

    async function* follow(): AsyncGenerator<RouterEvent> {
      yield* book.watch(principal.workspace, resumeToken, signal);
      // The book ends its watches when it is closed, too.
      if (!clientSignal.aborted) throw createError('SERVER_DRAINING', {});
    }

    return {
      events: follow(),
      signal,
      close() {
        unsubscribe();
        clientSignal.removeEventListener('abort', stop);
        stop();
      },
    };
  }

  /**
   * @param source - the request's JSON, where it came as JSON.
   * @throws SignalboxError for a request that a chat would refuse before it is routed.
   */
  explain(principal: Principal, request: ChatCompletionRequest, source: JsonObject | undefined): RoutingExplanation {
    this.#admit(principal, ...routerReaderScopes);
    checkChatRequest(request, source, this.#dependencies);
    return this.#dependencies.explainRouting(request, principal.workspace);
  }

  #admit(principal: Principal, ...scopes: readonly [Scope, ...Scope[]]): void {
    if (this.#dependencies.state.isDraining) throw createError('SERVER_DRAINING', {});
    requireScope(principal, ...scopes);
  }

  async #write(
    { unread = [], validateOnly, describeOperation }: RouterWrite,
    write: (options: BookWriteOptions) => Promise<SavedRouter>,
  ): Promise<WrittenRouter> {
    const [firstUnread] = unread;
    if (firstUnread !== undefined) {
      const [first = firstUnread, ...others] = joinViolations(unread, await collectViolations(write));
      throw createViolationsError(first, ...others);
    }
    const saved = await write({
      validateOnly,
      describeOperation:
        describeOperation && ((row, nowMs) => describeOperation(this.#withWarnings(decodeRow(row)), nowMs)),
    });
    return this.#withWarnings(saved.createResource());
  }

  #withWarnings(router: Router): WrittenRouter {
    const problems = this.#dependencies.describeModelProblems(router, maxWarnings);
    const warnings = problems.slice(0, maxWarnings);
    if (problems.length > maxWarnings) warnings.push('And more.');
    return { router, warnings };
  }
}

/** What is wrong with what could be read. */
async function collectViolations(
  write: (options: BookWriteOptions) => Promise<unknown>,
): Promise<readonly FieldViolation[]> {
  try {
    await write({ validateOnly: true });
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return thrown.details.violations ?? [];
  }
  return [];
}

/** A stored router as the API shows it. It is not in the book yet: its operation is stored together with it. */
function decodeRow(row: RouterRow): Router {
  const router = decodeRouterDocument(row.document);
  router.etag = row.etag;
  router.createTime = timestampFromMs(row.createTimeMs);
  router.updateTime = timestampFromMs(row.updateTimeMs);
  return router;
}
