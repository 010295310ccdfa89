import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../core/json.ts';
import type { RouterFilesState } from '../../routers/router-book.ts';
import type { ServerState } from '../server-state.ts';
import openapi from './openapi.json' with { type: 'json' };

/** What the paths for operators are served with. */
export interface OperationPathOptions {
  readonly state: ServerState;
  /** The metrics as a Prometheus scrape gets them. */
  readonly renderMetrics: () => Promise<MetricsPage>;
  /** What became of the files that routers come from. `undefined`, or what gives it: there are none. */
  readonly readRouterFiles?: (() => RouterFilesState | undefined) | undefined;
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
  const { state, renderMetrics, readRouterFiles } = options;
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (!state.isDraining) {
      const files = readRouterFiles?.();
      // Ready all the same: what was last read is still in force.
      return files === undefined ? { status: 'ready' } : { status: 'ready', routers: { files: encodeFiles(files) } };
    }
    return reply.code(503).header('retry-after', '1').send({ status: 'draining' });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await renderMetrics();
    return reply.type(contentType).send(text);
  });
  app.get('/openapi.json', async () => openapi);
}

/** Numbers alone: whoever asks has shown no key, and the sentences, which the log has, name files, workspaces and routers. */
function encodeFiles({ isCurrent, routerCount, problems }: RouterFilesState): JsonObject {
  return { is_current: isCurrent, routers: routerCount, problems: problems.length };
}
