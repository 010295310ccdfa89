import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { onTestFinished } from 'vitest';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { createRouterBook, type RouterBookOptions } from '../../src/routers/create-router-book.ts';
import type { RouterBook, RouterEvent } from '../../src/routers/router-book.ts';
import type { RouterRules } from '../../src/routers/router-limits.ts';
import type { RouterNotice } from '../../src/routers/router-notice.ts';
import type { RouterStore } from '../../src/storage/router-store.ts';
import { createManualClock, type ManualClock } from '../contract/manual-clock.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

export const rules: RouterRules = {
  routerPrefix: 'inworld/',
  maxRouters: 1000,
  maxRoutes: 100,
  maxVariants: 100,
  maxExpressionChars: 4096,
  maxTemplateChars: 100_000,
  maxTemplates: 64,
  maxModels: 64,
};

/** A router with a default route of one variant. */
export function makeRouter(name: string, init: Omit<MessageInitShape<typeof RouterSchema>, '$typeName'> = {}): Router {
  return create(RouterSchema, {
    name,
    defaultRoute: {
      routeId: 'default',
      variants: [{ weight: 100, variant: { variantId: 'only', modelId: 'openai/gpt-4o-mini' } }],
    },
    ...init,
  });
}

/** A book with what a test steers it by. */
export interface BookRig {
  readonly book: RouterBook;
  readonly store: MemoryStore;
  readonly clock: ManualClock;
  /** Moves the clock's two times on. Timers run by their own `fire`. */
  advance(ms: number): void;
  /** Moves the wall clock on alone, as when the machine sleeps. */
  sleep(ms: number): void;
  readonly notices: RouterNotice[];
  /** Runs the next look at the store, and waits until it is over. */
  poll(): Promise<void>;
}

type RigOptions = Partial<Omit<RouterBookOptions, 'store' | 'clock'>>;

/** Makes a book on a store in memory. It is closed when the test ends. */
export async function openBook(options: RigOptions & { readonly store?: MemoryStore } = {}): Promise<BookRig> {
  const { store = createMemoryStore(), ...others } = options;
  return { ...(await openBookOn(store, others)), store };
}

/** Makes a book on any store. It is closed when the test ends. */
export async function openBookOn(store: RouterStore, options: RigOptions = {}): Promise<Omit<BookRig, 'store'>> {
  const manual = createManualClock();
  let passedMs = 0;
  let sleptMs = 0;
  const clock: ManualClock = {
    ...manual,
    nowMs: () => manual.nowMs() + passedMs + sleptMs,
    monotonicMs: () => passedMs,
  };
  const notices: RouterNotice[] = [];
  const book = await createRouterBook({
    clock,
    rules,
    pollMs: 500,
    epoch: 'test',
    onNotice: (notice) => notices.push(notice),
    ...options,
    store,
  });
  onTestFinished(() => book.close());
  let timer = clock.nextTimer();
  return {
    book,
    clock,
    notices,
    advance(ms) {
      passedMs += ms;
    },
    sleep(ms) {
      sleptMs += ms;
    },
    async poll() {
      const current = await timer;
      timer = clock.nextTimer();
      current.fire();
      // The next look is set when this one is over.
      await timer;
    },
  };
}

/** A watch that is read an event at a time. */
export interface Watch {
  next(): Promise<RouterEvent | undefined>;
  /** The events up to `synced`, as one text each. */
  sync(): Promise<string[]>;
  readonly controller: AbortController;
}

/** Starts a watch. It ends when the test does. */
export function startWatch(book: RouterBook, resumeToken = '', workspace = 'default'): Watch {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const events = book.watch(workspace, resumeToken, controller.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<RouterEvent | undefined> => {
    const result = await events.next();
    return result.done === true ? undefined : result.value;
  };
  return {
    controller,
    next,
    async sync() {
      const shown: string[] = [];
      for (;;) {
        const event = await next();
        shown.push(showEvent(event));
        if (event === undefined || event.kind === 'synced') return shown;
      }
    },
  };
}

/** `saved NAME DISPLAY_NAME`, `deleted NAME`, `reset`, `synced` or `end`. */
export function showEvent(event: RouterEvent | undefined): string {
  if (event === undefined) return 'end';
  if (event.kind === 'saved') return `saved ${event.router.name} ${event.router.createResource().displayName}`.trim();
  return event.kind === 'deleted' ? `deleted ${event.name}` : event.kind;
}

/** The registered error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<SignalboxError> {
  const thrown: unknown = await promise.then(
    () => new Error('it resolved'),
    (reason: unknown) => reason,
  );
  if (thrown instanceof SignalboxError) return thrown;
  throw thrown;
}

/** The names and display names of the routers of a workspace. */
export function showBook(book: RouterBook, workspace = 'default'): string[] {
  return book
    .list(workspace, { pageSize: 1_000_000, afterName: undefined })
    .routers.map((router) => `${router.name} ${router.createResource().displayName}`.trim());
}
