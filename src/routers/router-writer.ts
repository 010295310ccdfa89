import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { Clock } from '../core/clock.ts';
import { createViolationsError } from '../core/create-violations-error.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import type { RouterContent, RouterRow, RouterStore } from '../storage/router-store.ts';
import { StorageError } from '../storage/storage-error.ts';
import { checkRouter } from './check-router.ts';
import { createSavedRouter } from './create-saved-router.ts';
import { mergeUpdate } from './merge-update.ts';
import { normaliseRouter } from './normalise-router.ts';
import type { WriteOptions } from './router-book.ts';
import { createEtag, encodeRouterDocument } from './router-document.ts';
import type { RouterRules } from './router-limits.ts';
import type { RouterMemory } from './router-memory.ts';
import { parseRouterName } from './router-name.ts';
import type { OnRouterNotice } from './router-notice.ts';
import type { SavedRouter } from './saved-router.ts';
import type { StoredRouter, WorkspaceRouters } from './workspace-routers.ts';

/** How often a write is tried when others write the same router. */
const maxTries = 2;

/** What writes need. */
export interface RouterWriterOptions {
  readonly store: RouterStore;
  readonly memory: RouterMemory;
  readonly clock: Clock;
  readonly rules: RouterRules;
  readonly onNotice: OnRouterNotice;
}

/** Writes routers: checked, then stored, then in force. */
export class RouterWriter {
  readonly #options: RouterWriterOptions;
  /** How many routers of a workspace are being created, which count against the limit. */
  readonly #creating = new Map<string, number>();

  constructor(options: RouterWriterOptions) {
    this.#options = options;
  }

  /** See RouterBook. */
  async create(workspace: string, given: Router, options: WriteOptions): Promise<SavedRouter> {
    const router = this.#check(given);
    const { name } = router;
    const routers = this.#options.memory.open(workspace);
    if (await this.#isTaken(routers, name)) throw createError('ROUTER_EXISTS', { router: name });
    const { maxRouters } = this.#options.rules;
    const creating = this.#creating.get(workspace) ?? 0;
    if (routers.names.length + creating >= maxRouters) throw createError('ROUTER_LIMIT', { maxRouters });

    const content = createContent(workspace, router);
    if (options.validateOnly === true) {
      // Another process may have it already.
      const found = await this.#refresh(routers, name);
      if (found !== undefined) throw createError('ROUTER_EXISTS', { router: name });
      return this.#preview(content, this.#options.clock.nowMs());
    }
    this.#creating.set(workspace, creating + 1);
    try {
      const row = await this.#store((store) => store.insert(content, options.describeOperation));
      if (row === undefined) {
        await this.#refresh(routers, name);
        throw createError('ROUTER_EXISTS', { router: name });
      }
      return this.#take(routers, row);
    } finally {
      const left = (this.#creating.get(workspace) ?? 1) - 1;
      if (left > 0) this.#creating.set(workspace, left);
      else this.#creating.delete(workspace);
    }
  }

  /** See RouterBook. */
  async update(
    workspace: string,
    change: Router,
    mask: readonly string[],
    options: WriteOptions,
  ): Promise<SavedRouter> {
    const routers = this.#options.memory.open(workspace);
    const name = resolveName(change.name);
    for (let tries = 1; ; tries += 1) {
      const current = await this.#find(routers, name, change.etag);
      const router = this.#check(mergeUpdate(current.router.createResource(), change, mask));
      const content = createContent(workspace, router);
      if (options.validateOnly === true) return this.#preview(content, current.router.createTimeMs);
      const row = await this.#store((store) => store.update(content, current.revision, options.describeOperation));
      if (row !== undefined) return this.#take(routers, row);
      await this.#afterLostRace(routers, name, tries);
    }
  }

  /** See RouterBook. */
  async delete(workspace: string, givenName: string, etag: string): Promise<void> {
    const routers = this.#options.memory.open(workspace);
    const name = resolveName(givenName);
    for (let tries = 1; ; tries += 1) {
      const current = await this.#find(routers, name, etag);
      const row = await this.#store((store) => store.delete(workspace, name, current.revision));
      if (row !== undefined) {
        routers.applyRow(row);
        return;
      }
      await this.#afterLostRace(routers, name, tries);
    }
  }

  /** Whether a name is taken. What memory knows may have been deleted by another process. */
  async #isTaken(routers: WorkspaceRouters, name: string): Promise<boolean> {
    if (routers.getFile(name) !== undefined) return true;
    return routers.getStored(name) !== undefined && (await this.#refresh(routers, name)) !== undefined;
  }

  /** @returns the router in the form that is stored. */
  #check(given: Router): Router {
    const router = normaliseRouter(given);
    const [first, ...others] = checkRouter(router, this.#options.rules);
    if (first !== undefined) throw createViolationsError(first, ...others);
    return router;
  }

  /** The stored router that a write is about. What memory does not have, or has with another etag, is asked of the store. */
  async #find(routers: WorkspaceRouters, name: string, etag: string): Promise<StoredRouter> {
    const isWanted = (stored: StoredRouter): boolean => etag === '' || stored.router.etag === etag;
    const file = routers.getFile(name);
    if (file !== undefined) throw createError('ROUTER_READ_ONLY', { router: name, file });
    const known = routers.getStored(name);
    if (known !== undefined && isWanted(known)) return known;
    const found = await this.#refresh(routers, name);
    if (found === undefined) throw createError('ROUTER_UNKNOWN', { router: name });
    if (!isWanted(found)) throw createError('ROUTER_CHANGED', { router: name });
    return found;
  }

  /** Another write came first: the next try goes on from it, if the etag of the client still allows that. */
  async #afterLostRace(routers: WorkspaceRouters, name: string, tries: number): Promise<void> {
    const found = await this.#refresh(routers, name);
    if (found === undefined) throw createError('ROUTER_UNKNOWN', { router: name });
    if (tries >= maxTries) throw createError('ROUTER_CHANGED', { router: name });
  }

  /** Brings what memory knows of a router up to date. */
  async #refresh(routers: WorkspaceRouters, name: string): Promise<StoredRouter | undefined> {
    const row = await this.#store((store) => store.get(routers.workspace, name));
    if (row !== undefined) routers.applyRow(row);
    return routers.getStored(name);
  }

  /** Puts a row that was written in force. */
  #take(routers: WorkspaceRouters, row: RouterRow): SavedRouter {
    routers.applyRow(row);
    // Not what memory has by now: a later write may be in force already, and the client is told what its own came to.
    return createSavedRouter({ ...row, file: undefined }, this.#options.onNotice);
  }

  #preview(content: RouterContent, createTimeMs: number): SavedRouter {
    const { clock, onNotice } = this.#options;
    return createSavedRouter({ ...content, createTimeMs, updateTimeMs: clock.nowMs(), file: undefined }, onNotice);
  }

  async #store<Result>(run: (store: RouterStore) => Promise<Result>): Promise<Result> {
    try {
      return await run(this.#options.store);
    } catch (thrown) {
      throw thrown instanceof StorageError ? createStoreError(thrown) : thrown;
    }
  }
}

/** What a client is told of a store that failed. */
export function createStoreError(cause: StorageError): SignalboxError {
  return createError('STORE_FAILED', {}, { cause });
}

/** A text that is no name is the name of no router. */
function resolveName(text: string): string {
  const name = parseRouterName(text);
  if (name === undefined) throw createError('ROUTER_UNKNOWN', { router: text });
  return name;
}

function createContent(workspace: string, router: Router): RouterContent {
  const document = encodeRouterDocument(router);
  return { workspace, name: router.name, document, etag: createEtag(document) };
}
