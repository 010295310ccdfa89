import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { RouterStore } from '../storage/router-store.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { FileRouters } from './file-routers.ts';
import type { RouterBook } from './router-book.ts';
import type { RouterRules } from './router-limits.ts';
import { RouterMemory } from './router-memory.ts';
import type { OnRouterNotice } from './router-notice.ts';
import { createStoreError, RouterWriter } from './router-writer.ts';
import { StoreFollower } from './store-follower.ts';
import { watchRouters } from './watch-routers.ts';

/** What a book is made of. */
export interface RouterBookOptions {
  readonly store: RouterStore;
  /** The routers of files. Closed with the book. `undefined`: there are none. */
  readonly files?: FileRouters | undefined;
  readonly clock: Clock;
  readonly rules: RouterRules;
  /** How long after one look at the store for changes of other processes the next one is, in milliseconds. */
  readonly pollMs: number;
  readonly onNotice: OnRouterNotice;
  /** Marks the resume tokens of this process. Letters, digits and hyphens. Default: random. */
  readonly epoch?: string | undefined;
}

/**
 * Reads every router of the store into memory, and follows the store and the files.
 *
 * @throws StorageError when the store cannot be read.
 */
export async function createRouterBook(options: RouterBookOptions): Promise<RouterBook> {
  const { store, files, clock, rules, pollMs, onNotice, epoch = randomUUID() } = options;
  const memory = new RouterMemory(onNotice);
  const writer = new RouterWriter({ store, memory, clock, rules, onNotice });
  const follower = new StoreFollower({ store, memory, clock, pollMs, onNotice });
  const closing = new AbortController();

  await follower.start();
  const takeFiles = (): void => memory.replaceFiles(files?.routers ?? []);
  takeFiles();
  const unsubscribe = files?.onChange(takeFiles);

  return {
    get: (workspace, name) => memory.find(workspace)?.get(name),
    list: (workspace, request) => memory.find(workspace)?.list(request) ?? { routers: [], nextAfterName: undefined },
    create: (workspace, router, write = {}) => writer.create(workspace, router, write),
    update: (workspace, router, mask, write = {}) => writer.update(workspace, router, mask, write),
    delete: (workspace, name, etag) => writer.delete(workspace, name, etag),
    async getOperation(workspace, name) {
      try {
        const operation = await store.getOperation(name);
        return operation?.workspace === workspace ? operation : undefined;
      } catch (thrown) {
        throw thrown instanceof StorageError ? createStoreError(thrown) : thrown;
      }
    },
    watch: (workspace, resumeToken, signal) =>
      watchRouters(memory.open(workspace), { epoch, resumeToken, signals: [signal, closing.signal] }),
    get files() {
      const { isCurrent = true, problems = [], routerCount = 0 } = files?.state ?? {};
      return { isCurrent, problems, routerCount, notices: memory.describeHidden() };
    },
    async close() {
      closing.abort();
      unsubscribe?.();
      await Promise.all([follower.close(), files?.close()]);
    },
  };
}
