import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { Clock } from '../core/clock.ts';
import { createViolationsError } from '../core/create-violations-error.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import type { RouterContent, RouterRow, RouterStore } from '../storage/router-store.ts';
import { StorageError } from '../storage/storage-error.ts';
import { checkDocumentSize } from './check-document-size.ts';
import { checkRouter } from './check-router.ts';
import { createSavedRouter } from './create-saved-router.ts';
import { KeyedTurns } from './keyed-turns.ts';
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

/**
 * How often a write is tried when other processes write the same router. Each has one write of it on its way at a time, and each lost race
 * is a write of another one that was made, so that far fewer do in practice.
 */
const maxTries = 20;

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
  /** Changes of one router in this process wait for each other, so that they do not lose races among themselves. */
  readonly #turns = new KeyedTurns();

  constructor(options: RouterWriterOptions) {
    this.#options = options;
  }

  /** See RouterBook. */
  async create(workspace: string, given: Router, options: WriteOptions): Promise<SavedRouter> {
    const content = this.#check(workspace, given);
    const { name } = content;
    const routers = this.#options.memory.open(workspace);
    refuseFile(routers, name);
    // What memory knows may have been deleted by another process.
    if (routers.getStored(name) !== undefined && (await this.#refresh(routers, name)) !== undefined) {
      throw createError('ROUTER_EXISTS', { router: name });
    }
    const { maxRouters } = this.#options.rules;
    const creating = this.#creating.get(workspace) ?? 0;
    if (routers.names.length + creating >= maxRouters) throw createError('ROUTER_LIMIT', { maxRouters });

    if (options.validateOnly === true) {
      // Another process may have it already.
      const found = await this.#refresh(routers, name);
      if (found !== undefined) throw createError('ROUTER_EXISTS', { router: name });
      const nowMs = this.#options.clock.nowMs();
      return this.#preview(content, { createTimeMs: nowMs, updateTimeMs: nowMs });
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

  /** See RouterBook. A change that changes nothing leaves the router as it is, and has its operation all the same. */
  async update(
    workspace: string,
    change: Router,
    mask: readonly string[],
    options: WriteOptions,
  ): Promise<SavedRouter> {
    const routers = this.#options.memory.open(workspace);
    const name = resolveName(change.name);
    const merge = (current: SavedRouter): RouterContent =>
      this.#check(workspace, mergeUpdate(current.createResource(), change, mask));
    if (options.validateOnly === true) {
      // Another process may have changed or deleted it.
      const { router } = await this.#find(routers, name, change.etag, { mustAsk: true });
      const content = merge(router);
      const isSame = content.document === router.document;
      const updateTimeMs = isSame ? router.updateTimeMs : this.#options.clock.nowMs();
      return this.#preview(content, { createTimeMs: router.createTimeMs, updateTimeMs });
    }
    return await this.#tryInTurn(routers, name, change.etag, async ({ router, revision }) => {
      const content = merge(router);
      const row = await this.#store((store) => store.update(content, revision, options.describeOperation));
      return row === undefined ? undefined : this.#take(routers, row);
    });
  }

  /** See RouterBook. */
  async delete(workspace: string, givenName: string, etag: string): Promise<void> {
    const routers = this.#options.memory.open(workspace);
    const name = resolveName(givenName);
    await this.#tryInTurn(routers, name, etag, async ({ revision }) => {
      const row = await this.#store((store) => store.delete(workspace, name, revision));
      if (row !== undefined) routers.applyRow(row);
      return row;
    });
  }

  /**
   * Runs a write of a stored router once it is its turn, and again from what another process wrote, for as long as the client's etag allows
   * that. Without one the last write wins.
   *
   * @param write - resolves to undefined when the router has changed meanwhile.
   */
  #tryInTurn<Result>(
    routers: WorkspaceRouters,
    name: string,
    etag: string,
    write: (current: StoredRouter) => Promise<Result | undefined>,
  ): Promise<Result> {
    return this.#turns.run(`${routers.workspace}/${name}`, async () => {
      for (let tries = 1; tries <= maxTries; tries += 1) {
        const written = await write(await this.#find(routers, name, etag));
        if (written !== undefined) return written;
        if ((await this.#refresh(routers, name)) === undefined) throw createError('ROUTER_UNKNOWN', { router: name });
      }
      throw createError('ROUTER_CHANGED', { router: name });
    });
  }

  /** @returns what is stored of a router. */
  #check(workspace: string, given: Router): RouterContent {
    const { rules } = this.#options;
    const router = normaliseRouter(given);
    const [first, ...others] = checkRouter(router, rules);
    if (first !== undefined) throw createViolationsError(first, ...others);
    const document = encodeRouterDocument(router);
    const tooLong = checkDocumentSize(document, rules);
    if (tooLong !== undefined) throw createViolationsError(tooLong);
    return { workspace, name: router.name, document, etag: createEtag(document) };
  }

  /**
   * The stored router that a write is about. What memory does not have, or has with another etag, is asked of the store.
   *
   * @param mustAsk - ask the store in any case: no write of it will tell that memory is behind.
   */
  async #find(
    routers: WorkspaceRouters,
    name: string,
    etag: string,
    { mustAsk = false }: { readonly mustAsk?: boolean } = {},
  ): Promise<StoredRouter> {
    const isWanted = (stored: StoredRouter): boolean => etag === '' || stored.router.etag === etag;
    refuseFile(routers, name);
    const known = mustAsk ? undefined : routers.getStored(name);
    if (known !== undefined && isWanted(known)) return known;
    const found = await this.#refresh(routers, name);
    if (found === undefined) throw createError('ROUTER_UNKNOWN', { router: name });
    if (!isWanted(found)) throw createError('ROUTER_CHANGED', { router: name });
    return found;
  }

  /** Brings what memory knows of a router up to date. `undefined`: the store has none. */
  async #refresh(routers: WorkspaceRouters, name: string): Promise<StoredRouter | undefined> {
    const row = await this.#store((store) => store.get(routers.workspace, name));
    // A deletion that the store has forgotten is found by the next complete reading.
    if (row === undefined) return undefined;
    routers.applyRow(row);
    return routers.getStored(name);
  }

  /** Puts a row that was written in force. */
  #take(routers: WorkspaceRouters, row: RouterRow): SavedRouter {
    routers.applyRow(row);
    // Not what memory has by now: a later write may be in force already, and the client is told what its own came to.
    return createSavedRouter({ ...row, file: undefined }, this.#options.onNotice);
  }

  #preview(content: RouterContent, times: Pick<SavedRouter, 'createTimeMs' | 'updateTimeMs'>): SavedRouter {
    return createSavedRouter({ ...content, ...times, file: undefined }, this.#options.onNotice);
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

/** @throws SignalboxError ROUTER_READ_ONLY when a router of a file is in force under the name. */
function refuseFile(routers: WorkspaceRouters, name: string): void {
  const file = routers.getFile(name);
  if (file !== undefined) throw createError('ROUTER_READ_ONLY', { router: name, file });
}
