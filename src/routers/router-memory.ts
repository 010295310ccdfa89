import type { RouterRow } from '../storage/router-store.ts';
import type { DocumentedRouter } from './create-saved-router.ts';
import type { OnRouterNotice } from './router-notice.ts';
import { describeHidden, WorkspaceRouters } from './workspace-routers.ts';

/** The routers of every workspace in memory. */
export class RouterMemory {
  readonly #workspaces = new Map<string, WorkspaceRouters>();
  readonly #onNotice: OnRouterNotice;

  constructor(onNotice: OnRouterNotice) {
    this.#onNotice = onNotice;
  }

  /** A workspace, if it has or had routers. */
  find(workspace: string): WorkspaceRouters | undefined {
    return this.#workspaces.get(workspace);
  }

  /** A workspace, made if need be. There are as many as keys and files name. */
  open(workspace: string): WorkspaceRouters {
    const found = this.#workspaces.get(workspace);
    if (found !== undefined) return found;
    const made = new WorkspaceRouters(workspace, this.#workspaces.size, this.#onNotice);
    this.#workspaces.set(workspace, made);
    return made;
  }

  /** Takes rows of the store, in any order. */
  applyRows(rows: readonly RouterRow[]): void {
    for (const row of rows) this.open(row.workspace).applyRow(row);
  }

  /** Drops what a complete reading of the store does not have. */
  keepOnly(rows: readonly RouterRow[], readUpToRevision: number): void {
    const present = new Set(rows.map(({ workspace, name }) => `${workspace}/${name}`));
    for (const routers of this.#workspaces.values()) {
      routers.keepOnly((name) => present.has(`${routers.workspace}/${name}`), readUpToRevision);
    }
  }

  /** Forgets deletions from before a time, Unix time in milliseconds. */
  forgetDeletions(beforeMs: number): void {
    for (const routers of this.#workspaces.values()) routers.forgetDeletions(beforeMs);
  }

  /** Replaces the routers of files. */
  replaceFiles(routers: readonly DocumentedRouter[]): void {
    const byWorkspace = Map.groupBy(routers, ({ workspace }) => workspace);
    for (const workspace of byWorkspace.keys()) this.open(workspace);
    for (const known of this.#workspaces.values()) known.replaceFiles(byWorkspace.get(known.workspace) ?? []);
  }

  /** Says which stored routers are hidden by one of a file, one sentence each. */
  describeHidden(): string[] {
    return [...this.#workspaces.values()].flatMap((routers) =>
      routers.listHidden().map(({ name, file = '' }) => describeHidden(name, file)),
    );
  }
}
