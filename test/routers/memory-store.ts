import type {
  DescribeOperation,
  OperationRow,
  RouterContent,
  RouterRow,
  RouterStore,
} from '../../src/storage/router-store.ts';
import { StorageError } from '../../src/storage/storage-error.ts';

/** A store of the test, which can fail, hold back answers, and be written behind a book's back. */
export interface MemoryStore extends RouterStore {
  /** While true every method rejects. */
  isFailing: boolean;
  /** What every method waits for before it answers. */
  gate: Promise<void>;
  /** Names of the methods that were called, in order. */
  readonly calls: string[];
  /** Puts a row in, whatever it holds. */
  put(row: Pick<RouterContent, 'name' | 'document'> & Partial<RouterRow>): void;
}

/** Makes an empty store. */
export function createMemoryStore(nowMs: () => number = () => 1_700_000_000_000): MemoryStore {
  const rows = new Map<string, RouterRow>();
  const operations = new Map<string, OperationRow>();
  let revision = 0;
  const keyOf = ({ workspace, name }: { workspace: string; name: string }): string => `${workspace}/${name}`;

  function write(row: RouterRow, describeOperation?: DescribeOperation): RouterRow {
    const operation = describeOperation?.(row, nowMs());
    if (operation !== undefined) operations.set(operation.name, operation);
    rows.set(keyOf(row), row);
    return row;
  }
  async function answer<Result>(method: string, run: () => Result): Promise<Result> {
    store.calls.push(method);
    const { gate } = store;
    if (store.isFailing) throw new StorageError('The database is gone. Bring it back.');
    const result = run();
    await gate;
    return result;
  }

  const store: MemoryStore = {
    isFailing: false,
    gate: Promise.resolve(),
    calls: [],
    put: ({ workspace = 'default', ...row }) => {
      revision += 1;
      write({
        etag: `etag-${revision}`,
        isDeleted: false,
        createTimeMs: 1,
        updateTimeMs: 2,
        workspace,
        revision,
        ...row,
      });
    },
    insert: (content, describeOperation) =>
      answer('insert', () => {
        const before = rows.get(keyOf(content));
        if (before?.isDeleted === false) return undefined;
        revision += 1;
        const timeMs = nowMs();
        return write(
          { ...content, revision, isDeleted: false, createTimeMs: timeMs, updateTimeMs: timeMs },
          describeOperation,
        );
      }),
    update: (content, expectedRevision, describeOperation) =>
      answer('update', () => {
        const before = rows.get(keyOf(content));
        if (before === undefined || before.isDeleted || before.revision !== expectedRevision) return undefined;
        revision += 1;
        const isSame = before.document === content.document && before.etag === content.etag;
        const change = isSame ? {} : { ...content, revision, updateTimeMs: nowMs() };
        return write({ ...before, ...change }, describeOperation);
      }),
    delete: (workspace, name, expectedRevision) =>
      answer('delete', () => {
        const before = rows.get(keyOf({ workspace, name }));
        if (before === undefined || before.isDeleted || before.revision !== expectedRevision) return undefined;
        revision += 1;
        return write({ ...before, revision, isDeleted: true, updateTimeMs: nowMs() });
      }),
    get: (workspace, name) => answer('get', () => rows.get(keyOf({ workspace, name }))),
    listChangesAfter: (after) =>
      answer('listChangesAfter', () =>
        [...rows.values()].filter((row) => row.revision > after).sort((one, other) => one.revision - other.revision),
      ),
    getOperation: (name) => answer('getOperation', () => operations.get(name)),
    purge: (beforeMs) =>
      answer('purge', () => {
        for (const [key, row] of rows) if (row.isDeleted && row.updateTimeMs < beforeMs) rows.delete(key);
      }),
  };
  return store;
}
