import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { DescribeOperation, OperationRow } from '../storage/router-store.ts';
import type { SavedRouter } from './saved-router.ts';

/** How a router is written. */
export interface WriteOptions {
  /** Check it only. What is given back is what would be saved. */
  readonly validateOnly?: boolean | undefined;
  /** Makes the operation that is stored with it. */
  readonly describeOperation?: DescribeOperation | undefined;
}

/** Which page of routers is asked for. */
export interface RouterPageRequest {
  /** The most routers of it. */
  readonly pageSize: number;
  /**
   * What the stored JSON of its routers may have together, in bytes. A page has one router in any case.
   *
   * @default no bound
   */
  readonly maxPageBytes?: number | undefined;
  /** It begins after this name. `undefined`: at the first one. */
  readonly afterName: string | undefined;
}

/** A page of routers. */
export interface RouterPage {
  readonly routers: readonly SavedRouter[];
  /** The name that the next page begins after. `undefined`: there is none. */
  readonly nextAfterName: string | undefined;
}

/** What a watcher hears. */
export type RouterEvent =
  | { readonly kind: 'reset' | 'synced'; readonly resumeToken: string }
  | { readonly kind: 'saved'; readonly router: SavedRouter; readonly resumeToken: string }
  | { readonly kind: 'deleted'; readonly name: string; readonly resumeToken: string };

/** What is known of the files that routers come from. */
export interface RouterFilesState {
  /** Whether what is in force is what the files say. */
  readonly isCurrent: boolean;
  /** What keeps the files from being taken, one sentence each. */
  readonly problems: readonly string[];
  /** How many routers of files are in force. */
  readonly routerCount: number;
  /** What else is to be known, one sentence each: stored routers that they hide. */
  readonly notices: readonly string[];
}

/**
 * The routers of every workspace, in memory: those of the store and those of files. Reading never waits for the store.
 */
export interface RouterBook {
  /** A router in force, on the hot path. */
  get(workspace: string, name: string): SavedRouter | undefined;
  /** The routers after a name, by name. */
  list(workspace: string, request: RouterPageRequest): RouterPage;
  /**
   * Saves a new router.
   *
   * @throws SignalboxError INVALID_FIELD with every violation, INVALID_REQUEST when it is too long, ROUTER_EXISTS, ROUTER_READ_ONLY when a file
   * has one of its name, ROUTER_LIMIT or STORE_FAILED.
   */
  create(workspace: string, router: Router, options?: WriteOptions): Promise<SavedRouter>;
  /**
   * Changes a router. `router.name` says which, `router.etag` guards if it is not empty; without it the last write wins. A change that
   * changes nothing is none: the router keeps its time, and watchers hear nothing.
   *
   * @param mask - paths in the proto's names; empty: every field that the message has.
   * @throws SignalboxError as create, and ROUTER_UNKNOWN, ROUTER_CHANGED or ROUTER_READ_ONLY.
   */
  update(workspace: string, router: Router, mask: readonly string[], options?: WriteOptions): Promise<SavedRouter>;
  /**
   * Deletes a router.
   *
   * @param etag - guards if it is not empty.
   * @throws SignalboxError ROUTER_UNKNOWN, ROUTER_CHANGED, ROUTER_READ_ONLY or STORE_FAILED.
   */
  delete(workspace: string, name: string, etag: string): Promise<void>;
  /** A finished operation of this workspace, or undefined. */
  getOperation(workspace: string, name: string): Promise<OperationRow | undefined>;
  /**
   * The present routers, then changes, until `signal` is aborted.
   *
   * @param resumeToken - of an earlier event, or empty.
   */
  watch(workspace: string, resumeToken: string, signal: AbortSignal): AsyncIterable<RouterEvent>;
  /** What became of the files. */
  readonly files: RouterFilesState;
  /** Stops following the store and the files. Watches end. */
  close(): Promise<void>;
}
