/** A router as it is stored. Which fields a document has is not the store's business. */
export interface RouterRow {
  readonly workspace: string;
  /** Unique in its workspace. */
  readonly name: string;
  /** The router as JSON. Of a deleted one, the last document that it had. */
  readonly document: string;
  readonly etag: string;
  /**
   * Of two changes in one store, whatever they change, the later one has the higher number, from 1 up. Whoever sees a change can
   * see all earlier ones. Gaps mean nothing.
   */
  readonly revision: number;
  readonly isDeleted: boolean;
  /** When it was created, Unix time in milliseconds. */
  readonly createTimeMs: number;
  /** When it was last changed or deleted, Unix time in milliseconds. */
  readonly updateTimeMs: number;
}

/** What a store is given of a router: it stamps the rest. */
export interface RouterContent {
  readonly workspace: string;
  readonly name: string;
  readonly document: string;
  readonly etag: string;
}

/** The record of a finished operation that clients can poll. */
export interface OperationRow {
  /** `workspaces/WORKSPACE/operations/ID`. */
  readonly name: string;
  readonly workspace: string;
  /** What a poll answers, as JSON. */
  readonly document: string;
  /** From when on it may be gone, Unix time in milliseconds. */
  readonly expireTimeMs: number;
}

/**
 * Makes the operation of a write from what is written, and when (Unix time in milliseconds), so that both are stored or neither. When it
 * throws, nothing is stored and the write rejects with what it threw. It is not called for a write that is refused. Other writes wait for
 * it.
 */
export type DescribeOperation = (row: RouterRow, nowMs: number) => OperationRow;

/**
 * Routers and the operations that saved them. Of each workspace the last operations are kept, as many as the store has bounds for, and the
 * very last one in any case.
 *
 * Every method rejects with StorageError when the store fails. A method that resolved has its change on disk. Several processes may use
 * one store at a time; a deleted router's row stays for a while, so that they all hear of it.
 */
export interface RouterStore {
  /**
   * Stores a new router. One that was deleted may be created again.
   *
   * @returns the row, or undefined when there is a router of that name.
   */
  insert(content: RouterContent, describeOperation?: DescribeOperation): Promise<RouterRow | undefined>;
  /**
   * Replaces a router's content, unless its revision is another than `expectedRevision`. With the same content it is no change: the row
   * keeps its revision and its time, and only the operation is stored.
   *
   * @returns the row, or undefined when it has changed, or is gone.
   */
  update(
    content: RouterContent,
    expectedRevision: number,
    describeOperation?: DescribeOperation,
  ): Promise<RouterRow | undefined>;
  /**
   * Deletes a router, unless its revision is another than `expectedRevision`.
   *
   * @returns its row as a deleted one, or undefined when it has changed, or is gone.
   */
  delete(workspace: string, name: string, expectedRevision: number): Promise<RouterRow | undefined>;
  /** A router as it is now, deleted or not, or undefined when the store does not know it. */
  get(workspace: string, name: string): Promise<RouterRow | undefined>;
  /** What was changed after a revision, deleted routers included, in order of revision. 0: everything. */
  listChangesAfter(revision: number): Promise<readonly RouterRow[]>;
  /** @returns undefined when there is none, or it has expired, or it had to make room for later ones. */
  getOperation(name: string): Promise<OperationRow | undefined>;
  /** Forgets expired operations, and routers that were deleted before `deletedBeforeMs` (Unix time in milliseconds). */
  purge(deletedBeforeMs: number): Promise<void>;
}
