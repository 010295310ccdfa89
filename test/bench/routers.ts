import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { createRouterBook } from '../../src/routers/create-router-book.ts';
import type { RouterBook } from '../../src/routers/router-book.ts';
import type { RouterRules } from '../../src/routers/router-limits.ts';
import { type PlanDependencies, planChat } from '../../src/routing/plan-chat.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { planningStandIns } from '../routing/planning-stand-ins.ts';
import { createScriptedProvider } from '../routing/scripted-provider.ts';
import { type Measurement, measureCalls, measureOnce } from './measure.ts';

const routerCount = 1000;
const routeCount = 20;
const variantCount = 10;

const rules: RouterRules = {
  maxRouters: routerCount,
  maxRoutes: 100,
  maxVariants: 100,
  maxExpressionChars: 4096,
  maxTemplateChars: 100_000,
  maxTemplates: 64,
  maxModels: 64,
  routerPrefix: 'inworld/',
};

/** A thousand routers of twenty routes with ten variants: how long they take to load, and to choose among. */
export async function benchRouters(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const url = `sqlite:${join(folder, 'bench.db')}`;
  try {
    await fill(url);
    const storage = await openStorage({ url, clock: systemClock });
    try {
      const [loading, book] = await measureOnce('load 1,000 routers', () => openBook(storage));
      const measurements = [loading, ...measureChoices(book)];
      await book.close();
      return measurements;
    } finally {
      await storage.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function openBook(storage: Storage): Promise<RouterBook> {
  return createRouterBook({ store: storage.routers, clock: systemClock, rules, pollMs: 60_000, onNotice: () => {} });
}

async function fill(url: string): Promise<void> {
  const storage = await openStorage({ url, clock: systemClock });
  const book = await openBook(storage);
  for (let index = 0; index < routerCount; index += 1) await book.create('default', createRouter(index));
  await book.close();
  await storage.close();
}

function createRouter(index: number): Router {
  const createRoute = (routeId: string) => ({
    routeId,
    variants: Array.from({ length: variantCount }, (_, variant) => ({
      variant: {
        variantId: `variant-${variant}`,
        modelId: `bench/model-${variant}`,
        modelSelection: { models: ['bench/fallback'] },
        textGenerationConfig: { maxTokens: 512, temperature: 0.7 },
      },
      weight: 100 / variantCount,
    })),
  });
  return create(RouterSchema, {
    name: `router-${index}`,
    routes: Array.from({ length: routeCount - 1 }, (_, route) => ({
      route: createRoute(`route-${route}`),
      condition: { celExpression: `tier == "tier-${route}" && score > 0.5` },
    })),
    defaultRoute: createRoute('default'),
  });
}

function measureChoices(book: RouterBook): Measurement[] {
  const dependencies: PlanDependencies = {
    providers: new ProviderDirectory([
      { id: 'bench', kind: 'scripted', live: true, provider: createScriptedProvider('bench', []) },
    ]),
    routers: book,
    routerPrefix: 'inworld/',
    ...planningStandIns,
    clock: systemClock,
    random: Math.random,
    limits: { maxAttempts: 10, maxPromptChars: 100_000 },
  };
  const choose = (request: ChatCompletionRequest): void => {
    planChat({ request, workspace: 'default', stream: false }, dependencies);
  };
  const requests = Array.from({ length: routerCount }, (_, index) => createRequest(`router/router-${index}`, index));
  const direct = createRequest('bench/model-0', 0);
  // The first call of a router compiles it.
  for (const request of requests) choose(request);
  const plain = measureCalls('plan of a named model', () => choose(direct));
  const routed = measureCalls('plan of a router, 1 to 20 conditions', (call) => {
    const request = requests[call % routerCount];
    if (request !== undefined) choose(request);
  });
  return [plain, { ...routed, ratio: routed.medianUs / plain.medianUs, ratioTo: plain.name }];
}

function createRequest(model: string, index: number): ChatCompletionRequest {
  return create(ChatCompletionRequestSchema, {
    model,
    user: `user-${index * 7919}`,
    messages: [
      { role: 'system', content: 'You are helpful.' },
      { role: 'user', content: 'Hello!' },
    ],
    extraBody: { metadata: { tier: `tier-${index % routeCount}`, score: 0.8 } },
  });
}
