/**
 * The tables as queries see them. Text and integers only: these mean the same in SQLite and Postgres.
 */
export interface Tables {
  api_keys: ApiKeysTable;
}

/** One row for each stored key. */
export interface ApiKeysTable {
  id: string;
  workspace: string;
  /** Scopes with a space between them. */
  scopes: string;
  /** Lower-case hexadecimal. */
  secret_hash: string;
  hash_key_id: string;
  create_time_ms: number;
}
