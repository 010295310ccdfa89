import type { FastifyInstance } from 'fastify';
import type { ServerState } from '../server-state.ts';
import openapi from './openapi.json' with { type: 'json' };

/** What the paths for operators are served with. */
export interface OperationPathOptions {
  readonly state: ServerState;
  /** The metrics as a Prometheus scrape gets them. */
  readonly renderMetrics: () => Promise<MetricsPage>;
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
export function addOperationPaths(app: FastifyInstance, { state, renderMetrics }: OperationPathOptions): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (!state.isDraining) return { status: 'ready' };
    return reply.code(503).header('retry-after', '1').send({ status: 'draining' });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await renderMetrics();
    return reply.type(contentType).send(text);
  });
  app.get('/openapi.json', async () => openapi);
}
