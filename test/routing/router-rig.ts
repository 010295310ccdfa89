import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { VariantSchema } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { compileRouter } from '../../src/routers/compile-router.ts';
import { normaliseRouter } from '../../src/routers/normalise-router.ts';
import type { SavedRouter } from '../../src/routers/saved-router.ts';
import { explainRouting } from '../../src/routing/explain-routing.ts';
import { type Plan, type PlanDependencies, planChat } from '../../src/routing/plan-chat.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider } from './scripted-provider.ts';

type RouterFields = MessageInitShape<typeof RouterSchema>;
type RequestFields = MessageInitShape<typeof ChatCompletionRequestSchema>;

/** A router in force, as if it had been saved. */
export function createSavedRouter(fields: RouterFields): SavedRouter {
  const router = normaliseRouter(create(RouterSchema, fields));
  return {
    workspace: 'default',
    name: router.name,
    etag: '',
    createTimeMs: 0,
    updateTimeMs: 0,
    file: undefined,
    createResource: () => router,
    program: compileRouter(router),
  };
}

/** A router with one variant, which every call gets. */
export function createRouterOf(
  variant: MessageInitShape<typeof VariantSchema>,
  rest: Omit<RouterFields, '$typeName' | '$unknown'> = {},
): SavedRouter {
  return createSavedRouter({
    name: 'only',
    defaultRoute: { variants: [{ variant: { variantId: 'v', modelId: 'first/a', ...variant }, weight: 100 }] },
    ...rest,
  });
}

/** Plans and explanations over some routers, with the providers `first` and `second`, and `off`, which is not configured. */
export interface RouterRig {
  plan(fields: RequestFields): Plan;
  explain(fields: RequestFields): RoutingExplanation;
}

export function createRouterRig(
  routers: readonly SavedRouter[],
  { random = () => 0, maxAttempts = 10, maxPromptChars = 1000 } = {},
): RouterRig {
  const live = ['first', 'second'].map((id) => ({
    id,
    kind: 'scripted',
    live: true as const,
    provider: createScriptedProvider(id, []),
  }));
  const dependencies: PlanDependencies = {
    providers: new ProviderDirectory([...live, { id: 'off', kind: 'scripted', live: false, remedy: 'switch it on' }]),
    routers: { get: (workspace, name) => routers.find((it) => it.workspace === workspace && it.name === name) },
    routerPrefix: 'inworld/',
    ...planningStandIns,
    clock: createManualClock(),
    random,
    limits: { maxAttempts, maxPromptChars },
  };
  const createInput = (fields: RequestFields) => {
    const request: ChatCompletionRequest = create(ChatCompletionRequestSchema, {
      messages: [{ role: 'user', content: 'Hello!' }],
      ...fields,
    });
    return { request, workspace: 'default', stream: request.stream ?? false };
  };
  return {
    plan: (fields) => planChat(createInput(fields), dependencies),
    explain: (fields) => explainRouting(createInput(fields), dependencies),
  };
}
