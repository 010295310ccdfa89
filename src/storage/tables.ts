/**
 * The tables as queries see them. Text and integers only: these mean the same in SQLite and Postgres.
 */
export interface Tables {
  api_keys: ApiKeysTable;
  routers: RoutersTable;
  router_revision: RouterRevisionTable;
  operations: OperationsTable;
  catalog_syncs: CatalogSyncsTable;
  catalog_revision: CatalogRevisionTable;
  model_performance: ModelPerformanceTable;
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

/** One row for each router, and for each one that was deleted a while ago at most. */
export interface RoutersTable {
  workspace: string;
  name: string;
  /** JSON. */
  document: string;
  etag: string;
  revision: number;
  /** 0 or 1. */
  is_deleted: number;
  create_time_ms: number;
  update_time_ms: number;
}

/** A single row: the revision of the last change to a router. */
export interface RouterRevisionTable {
  value: number;
}

/** One row for each finished operation. */
export interface OperationsTable {
  name: string;
  workspace: string;
  /** JSON. */
  document: string;
  expire_time_ms: number;
}

/** One row for each source that models were synced from. */
export interface CatalogSyncsTable {
  source: string;
  revision: number;
  sync_time_ms: number;
  /** JSON. */
  document: string;
}

/** A single row: how often something was synced or removed. */
export interface CatalogRevisionTable {
  value: number;
}

/** One row for each model at a provider that was called. */
export interface ModelPerformanceTable {
  candidate: string;
  /** JSON. */
  document: string;
  update_time_ms: number;
}
