import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../core/json.ts';
import type { RouterFilesState } from '../../routers/router-book.ts';
import type { ServerState } from '../server-state.ts';
import openapi from './openapi.json' with { type: 'json' };

/** Once and for all: whoever asks needs no key, and a hundred kilobytes are not to be written anew for each. */
const openapiText = Buffer.from(JSON.stringify(openapi));

/** What the paths for operators are served with. */
export interface OperationPathOptions {
  readonly state: ServerState;
  /** The metrics as a Prometheus scrape gets them. */
  readonly renderMetrics: () => Promise<MetricsPage>;
  /** What became of the files that routers come from. `undefined`, or what gives it: there are none. */
  readonly readRouterFiles?: (() => RouterFilesState | undefined) | undefined;
  /** Whether the store works. Default: it does. */
  readonly isStoreWorking?: (() => boolean) | undefined;
}

/** A rendered page of metrics. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Adds /healthz (the process lives), /readyz (it takes calls), /metrics and /openapi.json. None needs a key: probes and scrapers
 * have none, and nothing in them is about a caller.
 */
export function addOperationPaths(app: FastifyInstance, options: OperationPathOptions): void {
  const { state, renderMetrics } = options;
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (state.isReady) return describeReadiness(options);
    return reply.code(503).header('retry-after', '1').send(describeUnreadiness(state));
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await renderMetrics();
    return reply.type(contentType).send(text);
  });
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(openapiText));
}

/**
 * What is wrong with a server that takes calls all the same: with files of routers, what was last read is in force; without its store, chat goes on
 * from memory, and to send callers elsewhere would only help if that store were another one.
 */
function describeReadiness({ readRouterFiles, isStoreWorking }: OperationPathOptions): JsonObject {
  const files = readRouterFiles?.();
  return {
    status: 'ready',
    ...(files !== undefined && { routers: { files: encodeFiles(files) } }),
    ...(isStoreWorking?.() === false && { store: 'failing' }),
  };
}

function describeUnreadiness({ isStopping, overload }: ServerState): JsonObject {
  return isStopping || overload === undefined ? { status: 'draining' } : { status: 'overloaded', cause: overload };
}

/** Numbers alone: whoever asks has shown no key, and the sentences, which the log has, name files, workspaces and routers. */
function encodeFiles({ isCurrent, routerCount, problems }: RouterFilesState): JsonObject {
  return { is_current: isCurrent, routers: routerCount, problems: problems.length };
}
