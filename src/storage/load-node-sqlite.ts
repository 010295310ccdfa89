/**
 * Loads node:sqlite.
 *
 * Node 22 calls the module experimental in a warning on every start. The embedded store is there by default, so the warning
 * would greet every user and help none; it alone is dropped. A static import would be loaded before any code of this file
 * runs, hence `getBuiltinModule`.
 */
export function loadNodeSqlite(): typeof import('node:sqlite') {
  return withoutSqliteWarning(() => process.getBuiltinModule('node:sqlite'));
}

/**
 * Runs `load` and drops the warning that node:sqlite is experimental, if `load` raises it before it returns. All other
 * warnings pass, and after the call so does that one.
 */
export function withoutSqliteWarning<Result>(load: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = new Proxy(emitWarning, {
    apply(target, self, parameters: readonly unknown[]) {
      const [warning, kind] = parameters;
      const isDropped =
        kind === 'ExperimentalWarning' &&
        typeof warning === 'string' &&
        warning.startsWith('SQLite is an experimental');
      return isDropped ? undefined : Reflect.apply(target, self, parameters);
    },
  });
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
