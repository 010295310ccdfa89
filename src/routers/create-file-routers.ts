import { ConfigError } from '../config/config-error.ts';
import type { Clock } from '../core/clock.ts';
import { createSavedRouter, type DocumentedRouter } from './create-saved-router.ts';
import type { FileRouters } from './file-routers.ts';
import { createEtag, encodeRouterDocument } from './router-document.ts';
import { type PlacedEntry, type ReadRouters, type RouterFilePlaces, RouterFileReader } from './router-file-reader.ts';
import type { RouterRules } from './router-limits.ts';
import type { OnRouterNotice } from './router-notice.ts';
import { SettledFiles } from './settled-files.ts';

/** Most problems that are told at once. */
const maxProblems = 50;

const defaultSettleMs = 200;
const defaultMaxChangingMs = 10_000;

/** What the routers of files are made of. */
export interface FileRoutersOptions extends RouterFilePlaces {
  readonly rules: RouterRules;
  readonly clock: Clock;
  /** How long after one look at the files the next one is, in milliseconds. */
  readonly pollMs: number;
  readonly onNotice: OnRouterNotice;
  /**
   * How long a changed file has to lie still before it is taken, in milliseconds.
   *
   * @default 200
   */
  readonly settleMs?: number | undefined;
  /**
   * After how long a file that never does is a problem, in milliseconds.
   *
   * @default 10000
   */
  readonly maxChangingMs?: number | undefined;
}

/**
 * Reads the routers of files, and again when a file changes. They are in force together: while there is anything wrong with one of them,
 * the last good ones stay.
 *
 * @throws ConfigError with every problem, when there is one at the start.
 */
export async function createFileRouters(options: FileRoutersOptions): Promise<FileRouters> {
  const { rules, clock, pollMs, onNotice, configFile, folder } = options;
  const { settleMs = defaultSettleMs, maxChangingMs = defaultMaxChangingMs } = options;
  const reader = new RouterFileReader(options, rules, new SettledFiles(clock, settleMs, maxChangingMs));
  const listeners = new Set<() => void>();
  let inForce = new Map<string, DocumentedRouter>();
  let problems: readonly string[] = [];
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();
  let cancelTimer = (): void => {};
  let endPause = (): void => {};

  const first = await reader.readFirst();
  problems = findProblems(first, rules);
  if (problems.length > 0) throw new ConfigError(problems);
  inForce = replace(inForce, first.entries);

  function replace(before: ReadonlyMap<string, DocumentedRouter>, entries: readonly PlacedEntry[]) {
    return new Map(entries.map((entry) => [keyOf(entry), place(entry, before.get(keyOf(entry)))]));
  }

  function place({ workspace, router, file }: PlacedEntry, before: DocumentedRouter | undefined): DocumentedRouter {
    const document = encodeRouterDocument(router);
    if (before?.document === document && before.file === file) return before;
    const updateTimeMs = before?.document === document ? before.updateTimeMs : clock.nowMs();
    const createTimeMs = before?.createTimeMs ?? updateTimeMs;
    const etag = createEtag(document);
    return createSavedRouter(
      { workspace, name: router.name, document, etag, createTimeMs, updateTimeMs, file },
      onNotice,
    );
  }

  /** Looks again after a pause, for as long as files are being written. */
  async function readAgain(): Promise<void> {
    let read = await reader.readAgain();
    while (!read.isSettled && !isClosed) {
      await pause();
      read = await reader.readAgain();
    }
    if (read.hasChanged && !isClosed) take(read);
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(settleMs, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  function take(read: ReadRouters): void {
    const found = findProblems(read, rules);
    if (found.length > 0) {
      reject(found);
      return;
    }
    const wasRejected = problems.length > 0;
    problems = [];
    const next = replace(inForce, read.entries);
    const isSame = next.size === inForce.size && [...next].every(([key, router]) => inForce.get(key) === router);
    inForce = next;
    if (isSame && !wasRejected) return;
    const text = 'The routers of files were read again and are in force.';
    onNotice({ kind: 'files-taken', severity: 'info', text, fields: { routers: next.size } });
    for (const listener of listeners) listener();
  }

  function reject(found: readonly string[], cause?: unknown): void {
    // The same problems again are no news.
    if (found.join('\n') === problems.join('\n')) return;
    problems = found;
    const text = 'The files of routers cannot be taken. The last good ones stay in force until they are mended.';
    onNotice({ kind: 'files-rejected', severity: 'error', text, fields: { problems: found }, cause });
  }

  /** One reading at a time. What asks during one has its own after it. */
  function reload(): Promise<void> {
    running = running
      .then(() => (isClosed ? undefined : readAgain()))
      // A mistake of ours must not end the following of files.
      .catch((thrown: unknown) =>
        reject(['The server made a mistake when it read them. The log has its cause.'], thrown),
      );
    return running;
  }

  function schedule(): void {
    if (isClosed || (configFile === undefined && folder === undefined)) return;
    cancelTimer = clock.after(pollMs, () => {
      void reload().then(schedule);
    });
  }
  schedule();

  return {
    get routers() {
      return [...inForce.values()];
    },
    get state() {
      return { isCurrent: problems.length === 0, problems, routerCount: inForce.size };
    },
    reload,
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      isClosed = true;
      cancelTimer();
      endPause();
      return running;
    },
  };
}

/** A slash is in no workspace and in no name. */
function keyOf({ workspace, router }: PlacedEntry): string {
  return `${workspace}/${router.name}`;
}

/** What is wrong with the files, and with what they hold together. */
function findProblems(read: ReadRouters, { maxRouters }: RouterRules): string[] {
  const places = new Map<string, string>();
  const counts = new Map<string, number>();
  const problems = [...read.problems];
  for (const entry of read.entries) {
    const key = keyOf(entry);
    const { workspace, router, place } = entry;
    const earlier = places.get(key);
    if (earlier !== undefined) {
      problems.push(
        `${place}: The router ${router.name} of the workspace ${workspace} is there already, in ${earlier}.`,
      );
      continue;
    }
    places.set(key, place);
    counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
  }
  for (const [workspace, count] of counts) {
    if (count > maxRouters) {
      problems.push(
        `The files hold ${count} routers of the workspace ${workspace}, and routing.max_routers allows ${maxRouters}.`,
      );
    }
  }
  const more = problems.length - maxProblems;
  return more > 0 ? [...problems.slice(0, maxProblems), `There are ${more} more problems of this kind.`] : problems;
}
