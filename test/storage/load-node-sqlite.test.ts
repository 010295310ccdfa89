import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadNodeSqlite, withoutSqliteWarning } from '../../src/storage/load-node-sqlite.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('withoutSqliteWarning', () => {
  it('drops the warning about SQLite and passes all others on', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const result = withoutSqliteWarning(() => {
      process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
      process.emitWarning('Something else is an experimental feature', 'ExperimentalWarning');
      process.emitWarning('SQLite is an experimental feature', 'OtherWarning');
      process.emitWarning(new Error('an error'));
      return 'loaded';
    });
    expect(result).toBe('loaded');
    expect(emitWarning.mock.calls.map(([warning]) => String(warning))).toEqual([
      'Something else is an experimental feature',
      'SQLite is an experimental feature',
      'Error: an error',
    ]);
  });

  it('changes nothing once it is done, even when loading fails', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const fail = () => {
      throw new Error('no such module');
    };
    expect(() => withoutSqliteWarning(fail)).toThrow('no such module');
    process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
    expect(emitWarning).toHaveBeenCalledTimes(1);
  });
});

describe('loadNodeSqlite', () => {
  it('loads the module', () => {
    const { DatabaseSync } = loadNodeSqlite();
    const database = new DatabaseSync(':memory:');
    expect(database.prepare('select 1 as one').get()).toEqual({ one: 1 });
    database.close();
  });
});
