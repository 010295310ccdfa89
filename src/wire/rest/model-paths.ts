import type { FastifyInstance } from 'fastify';
import { routerReaderScopes } from '../../auth/authenticator.ts';
import { createError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodeModel } from '../../dialects/model-json/encode-model.ts';
import type { CallableModel } from '../callable-models.ts';
import type { ModelGateway } from '../model-gateway.ts';
import { type CallerOptions, createCallerHook, readCaller } from './caller.ts';
import { parseFlag, readQuery } from './read-query.ts';

/** What the paths of models are served with. */
export interface ModelPathOptions {
  readonly models: ModelGateway;
}

interface ModelRoute {
  readonly Params: { readonly '*': string };
}

/** Adds /llm/v1alpha/models, the catalogue, and /v1/models, what can be called of it in the form that OpenAI's clients know. */
export function addModelPaths(app: FastifyInstance, options: ModelPathOptions & CallerOptions): void {
  const { models } = options;
  const reads = { onRequest: createCallerHook(options, ...routerReaderScopes) };

  app.get('/llm/v1alpha/models', reads, async (request) => {
    const query = readQuery(request, ['provider', 'capability', 'supported'], ['capability']);
    const { provider = '', capability = '', supported } = query;
    const filter = {
      provider,
      // An empty value is no filter, as with the provider.
      capabilities: capability.split(',').filter((name) => name !== ''),
      capabilityField: 'capability',
      supportedOnly: parseFlag(supported, 'supported'),
    };
    return { models: models.list(readCaller(request).principal, filter).map(encodeModel) };
  });

  // Clients of OpenAI's add query parameters of their own here, such as their version. They are ignored, as OpenAI does.
  app.get('/v1/models', reads, async (request) => ({
    object: 'list',
    data: models.listCallable(readCaller(request).principal).map(encodeCallableModel),
  }));

  // The slash of a name may be encoded, as OpenAI's SDKs do it, or not.
  app.get<ModelRoute>('/v1/models/*', reads, async (request) => {
    const name = request.params['*'];
    if (name === '') throw createError('PATH_UNKNOWN', { path: '/v1/models/' });
    return encodeCallableModel(models.getCallable(readCaller(request).principal, name));
  });
}

/** Encodes what can be called as OpenAI's `Model` (https://platform.openai.com/docs/api-reference/models/object). */
function encodeCallableModel({ id, createdS, owner }: CallableModel): JsonObject {
  return { id, object: 'model', created: createdS, owned_by: owner };
}
