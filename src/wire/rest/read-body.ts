import type { FastifyRequest } from 'fastify';
import { createError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

/**
 * The body of a request that must have one.
 *
 * @throws SignalboxError INVALID_JSON when there is none.
 */
export function readBody({ body }: FastifyRequest): JsonObject {
  if (!isJsonObject(body)) throw createError('INVALID_JSON', { problem: 'it is empty' });
  return body;
}
