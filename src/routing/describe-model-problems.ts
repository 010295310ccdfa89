import { create } from '@bufbuild/protobuf';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { SignalboxError } from '../core/errors.ts';
import { compileRouter } from '../routers/compile-router.ts';
import type { VariantProgram } from '../routers/router-program.ts';
import { applyVariant } from './apply-variant.ts';
import { type ConsideredModel, planCandidates } from './plan-candidates.ts';
import type { ModelNames } from './resolve-model.ts';

/**
 * The models of a router that this server could not call now, one sentence each. None of them keeps a router from being saved: a provider
 * may be configured later.
 */
export function describeModelProblems(router: Router, names: ModelNames): string[] {
  const { routes, defaultRoute } = compileRouter(router);
  return [...routes, ...(defaultRoute === undefined ? [] : [defaultRoute])].flatMap(({ routeId, variants }) =>
    variants.flatMap((variant) =>
      listUnresolved(variant, router.name, names).map(
        ({ name, reason }) =>
          `Route '${routeId}', variant '${variant.variantId}': ${name} cannot be called now. ${reason}`,
      ),
    ),
  );
}

function listUnresolved(variant: VariantProgram, router: string, names: ModelNames): ConsideredModel[] {
  const considered: ConsideredModel[] = [];
  const request = applyVariant(create(ChatCompletionRequestSchema), variant, []);
  try {
    planCandidates(request, { ...names, maxAttempts: Number.POSITIVE_INFINITY, router }, considered);
  } catch (thrown) {
    // That nothing is left is what the list of what was considered says as well.
    if (!(thrown instanceof SignalboxError)) throw thrown;
  }
  return considered.filter(({ exclusion }) => exclusion === 'unresolved');
}
