import type { ServiceImpl } from '@connectrpc/connect';
import type { ModelService } from '../../../gen/signalbox/model/v1/model_service_pb.ts';
import type { ModelGateway } from '../model-gateway.ts';
import { requirePrincipal } from './auth-gate.ts';

/** What ModelService is served with. */
export interface ModelServiceOptions {
  readonly models: ModelGateway;
}

/** ModelService. */
export function createModelService({ models }: ModelServiceOptions): ServiceImpl<typeof ModelService> {
  return {
    listModels({ provider, capabilities, supportedOnly }, context) {
      const filter = { provider, capabilities, capabilityField: 'capabilities', supportedOnly };
      return { models: models.list(requirePrincipal(context), filter) };
    },

    getModel: ({ name }, context) => models.get(requirePrincipal(context), name),
  };
}
