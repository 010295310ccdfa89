import type { DocumentedRouter } from './create-saved-router.ts';
import type { RouterFilesState } from './router-book.ts';

/** The routers of files. */
export interface FileRouters {
  /** Those in force. */
  readonly routers: readonly DocumentedRouter[];
  /** What became of the files. */
  readonly state: Omit<RouterFilesState, 'notices'>;
  /** Reads again what has changed, the list in the configuration file included. Never rejects: see `state`. */
  reload(): Promise<void>;
  /**
   * Hears when other routers are in force.
   *
   * @returns ends the subscription.
   */
  onChange(listener: () => void): () => void;
  /** Stops looking at the files. Resolves when nothing of this reads any more. */
  close(): Promise<void>;
}
