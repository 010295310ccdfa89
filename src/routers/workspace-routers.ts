import type { RouterRow } from '../storage/router-store.ts';
import { ChangeIndex } from './change-index.ts';
import { createSavedRouter, type DocumentedRouter } from './create-saved-router.ts';
import type { RouterPage, RouterPageRequest } from './router-book.ts';
import type { OnRouterNotice } from './router-notice.ts';
import type { SavedRouter } from './saved-router.ts';

/** How many changed names a workspace remembers for watchers that resume. */
export const maxRememberedChanges = 10_000;

/** A stored router with the number that guards writes of it. */
export interface StoredRouter {
  readonly router: DocumentedRouter;
  readonly revision: number;
}

/** Hears that what is in force under a name is another router, or none. */
export type ChangeListener = (name: string, sequence: number) => void;

/** The routers of one workspace in memory. A router of a file hides a stored one of its name. */
export class WorkspaceRouters {
  readonly workspace: string;
  /** Tells this workspace from others in resume tokens. */
  readonly number: number;
  readonly changes = new ChangeIndex(maxRememberedChanges);
  readonly #onNotice: OnRouterNotice;
  readonly #stored = new Map<string, StoredRouter>();
  readonly #files = new Map<string, DocumentedRouter>();
  /** Revisions of deletions, against rows that were read before them and arrive after. */
  readonly #deletions = new Map<string, { readonly revision: number; readonly updateTimeMs: number }>();
  readonly #listeners = new Set<ChangeListener>();
  /** Kept until a name comes or goes. */
  #names: readonly string[] | undefined;

  constructor(workspace: string, number: number, onNotice: OnRouterNotice) {
    this.workspace = workspace;
    this.number = number;
    this.#onNotice = onNotice;
  }

  /** The router in force. */
  get(name: string): SavedRouter | undefined {
    return this.#find(name);
  }

  /** The stored router, in force or hidden. */
  getStored(name: string): StoredRouter | undefined {
    return this.#stored.get(name);
  }

  /** The file that a router in force comes from. */
  getFile(name: string): string | undefined {
    return this.#files.get(name)?.file;
  }

  /** The names in force, sorted. */
  get names(): readonly string[] {
    this.#names ??= [...new Set([...this.#stored.keys(), ...this.#files.keys()])].sort();
    return this.#names;
  }

  /** The stored routers that are hidden by one of a file. */
  listHidden(): SavedRouter[] {
    return [...this.#files.values()].filter(({ name }) => this.#stored.has(name));
  }

  /** At least one router a page. */
  list({ pageSize, maxPageBytes = Number.POSITIVE_INFINITY, afterName }: RouterPageRequest): RouterPage {
    const { names } = this;
    let next = afterName === undefined ? 0 : countUpTo(names, afterName);
    const routers: SavedRouter[] = [];
    let leftBytes = maxPageBytes;
    for (; next < names.length && routers.length < Math.max(1, pageSize); next += 1) {
      const router = this.#find(names[next] ?? '');
      if (router === undefined) continue;
      leftBytes -= Buffer.byteLength(router.document);
      if (leftBytes < 0 && routers.length > 0) break;
      routers.push(router);
    }
    return { routers, nextAfterName: next < names.length ? routers.at(-1)?.name : undefined };
  }

  /** Takes a row of the store, unless a later one is known. */
  applyRow(row: RouterRow): void {
    const { name, revision } = row;
    const known = Math.max(this.#stored.get(name)?.revision ?? 0, this.#deletions.get(name)?.revision ?? 0);
    if (revision <= known) return;
    if (row.isDeleted) {
      this.#deletions.set(name, { revision, updateTimeMs: row.updateTimeMs });
      if (this.#stored.delete(name)) this.#changed(name, !this.#files.has(name));
      return;
    }
    const isNew = !this.#stored.has(name);
    this.#deletions.delete(name);
    this.#stored.set(name, { router: createSavedRouter({ ...row, file: undefined }, this.#onNotice), revision });
    const hiding = this.#files.get(name);
    if (hiding !== undefined && isNew) this.#reportHidden(hiding);
    this.#changed(name, hiding === undefined);
  }

  /** Drops the stored routers that a complete reading of the store does not have. */
  keepOnly(isKnown: (name: string) => boolean, readUpToRevision: number): void {
    for (const [name, { revision }] of this.#stored) {
      if (revision > readUpToRevision || isKnown(name)) continue;
      this.#stored.delete(name);
      this.#changed(name, !this.#files.has(name));
    }
  }

  /** Forgets deletions from before a time, Unix time in milliseconds. */
  forgetDeletions(beforeMs: number): void {
    for (const [name, { updateTimeMs }] of this.#deletions) if (updateTimeMs < beforeMs) this.#deletions.delete(name);
  }

  /** Replaces the routers of files. */
  replaceFiles(routers: readonly DocumentedRouter[]): void {
    const next = new Map(routers.map((router) => [router.name, router]));
    for (const name of [...this.#files.keys()]) {
      if (next.has(name)) continue;
      this.#files.delete(name);
      this.#changed(name, true);
    }
    for (const [name, router] of next) {
      const before = this.#files.get(name);
      if (before === router) continue;
      this.#files.set(name, router);
      if (before === undefined && this.#stored.has(name)) this.#reportHidden(router);
      this.#changed(name, true);
    }
  }

  /** @returns ends the subscription. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #find(name: string): DocumentedRouter | undefined {
    return this.#files.get(name) ?? this.#stored.get(name)?.router;
  }

  #changed(name: string, isInForce: boolean): void {
    this.#names = undefined;
    if (!isInForce) return;
    const sequence = this.changes.add(name);
    for (const listener of this.#listeners) listener(name, sequence);
  }

  #reportHidden({ name, file = '' }: SavedRouter): void {
    this.#onNotice({
      kind: 'stored-router-hidden',
      severity: 'warn',
      text: describeHidden(name, file),
      fields: { workspace: this.workspace, router: name, file },
    });
  }
}

/** Says that a stored router is out of force. */
export function describeHidden(name: string, file: string): string {
  return `The stored router ${name} is out of force, since ${file} has one of its name. Remove one of them.`;
}

/** How many of sorted names are not after a name. */
function countUpTo(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
