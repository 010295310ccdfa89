import { getSystemErrorMessage } from 'node:util';

/**
 * The store cannot be used. The message is for the operator: what is wrong and what to do, complete without a stack trace.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  /**
   * @param message - one sentence on what is wrong, one on what to do.
   * @param cause - whatever was thrown below. Logged, never printed.
   */
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** Whether a failed file operation failed for this reason, such as `ENOENT`. */
export function hasErrorCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

/** What the operating system says about a failed file operation, such as `permission denied (EACCES)`. */
export function describeFileProblem(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return 'unknown problem';
  }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  const errno = 'errno' in thrown && typeof thrown.errno === 'number' ? thrown.errno : undefined;
  const text = errno === undefined ? thrown.message : getSystemErrorMessage(errno);
  return code === undefined ? text : `${text} (${code})`;
}

/** Primary result codes, from https://www.sqlite.org/rescode.html. */
const sqliteCode = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** What node:sqlite throws when a database is used that is closed. */
const closedDatabaseCode = 'ERR_INVALID_STATE';

/**
 * Turns whatever SQLite threw into a sentence for the operator.
 *
 * @param thrown - usually an Error of node:sqlite with `errcode` (an extended result code) and `errstr`.
 * @param database - the path as messages show it.
 */
export function toStorageError(thrown: unknown, database: string): StorageError {
  if (thrown instanceof StorageError) {
    return thrown;
  }
  return new StorageError(describeDatabaseProblem(thrown, database), thrown);
}

/** Whether a failure is that another process had the lock, so that trying again can help. */
export function isLockedError(thrown: unknown): boolean {
  return thrown instanceof StorageError && primaryResultCode(thrown.cause) === sqliteCode.busy;
}

function describeDatabaseProblem(thrown: unknown, database: string): string {
  if (hasErrorCode(thrown, closedDatabaseCode)) {
    return `The database ${database} is closed, because the server is stopping. Start it to use the database again.`;
  }
  const problem = describeSqliteProblem(thrown);
  switch (primaryResultCode(thrown)) {
    case sqliteCode.permission:
    case sqliteCode.readOnly:
    case sqliteCode.cannotOpen:
      return `The database ${database} cannot be written: ${problem}. Set storage.url to a writable place.`;
    case sqliteCode.ioError:
    case sqliteCode.full:
      return `The database ${database} cannot be written: ${problem}. Check the disk, or set storage.url to another one.`;
    case sqliteCode.busy:
    case sqliteCode.locked:
      return `The database ${database} is locked by another process. Stop that process, or set storage.url to another place.`;
    case sqliteCode.corrupt:
      return `The database ${database} is damaged. Restore it from a backup, or move it away to start with an empty one.`;
    case sqliteCode.notADatabase:
      return `The file ${database} is not a SQLite database. Set storage.url to another place.`;
    default:
      return `The database ${database} failed: ${problem}. Check the disk and the file, or set storage.url to another place.`;
  }
}

/** The low byte of an extended result code is the primary one. */
function primaryResultCode(thrown: unknown): number | undefined {
  if (thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number') {
    return thrown.errcode & 0xff;
  }
  return undefined;
}

function describeSqliteProblem(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'unknown problem';
}
