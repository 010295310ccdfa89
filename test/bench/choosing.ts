import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createCatalogView } from '../../src/catalog/create-catalog-view.ts';
import { estimateScores } from '../../src/catalog/estimate-scores.ts';
import { loadShippedCatalog } from '../../src/catalog/load-shipped-catalog.ts';
import { createPerformanceBook } from '../../src/catalog/speed/create-performance-book.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { type PlanDependencies, planChat } from '../../src/routing/plan-chat.ts';
import { createScriptedProvider } from '../routing/scripted-provider.ts';
import { type Measurement, measureCalls, measureOnce } from './measure.ts';

/** What a team with a few keys has, and one with a gateway's key too. */
const few = ['openai', 'anthropic', 'google-ai-studio', 'groq'];
const many = [...few, 'openrouter', 'bedrock', 'vercel-ai-gateway'];

const callsOfRound = 200;

/** How long the shipped catalogue takes to load, and to choose from. */
export async function benchChoosing(): Promise<Measurement[]> {
  const [loading, shipped] = await measureOnce('load the shipped catalogue', async () => loadShippedCatalog());
  const createDependencies = (liveIds: readonly string[]): [dependencies: PlanDependencies, liveCount: number] => {
    const providers = shipped.providers.map(({ id }) => ({ id, kind: id, isLive: liveIds.includes(id), aliases: [] }));
    const view = createCatalogView({
      shipped: shipped.models,
      synced: [],
      operator: [],
      providers,
      estimateScores: (models, canonicalName) => estimateScores(models, { canonicalName, atMs: systemClock.nowMs() }),
    });
    const directory = new ProviderDirectory(
      providers.map(({ id, kind, isLive }) =>
        isLive
          ? { id, kind, live: true, provider: createScriptedProvider(id, []) }
          : { id, kind, live: false, remedy: 'set its key' },
      ),
    );
    const dependencies: PlanDependencies = {
      providers: directory,
      catalog: { current: view },
      routers: { get: () => undefined },
      routerPrefix: 'inworld/',
      performance: createPerformanceBook({ clock: systemClock, random: Math.random }),
      health: { isFailing: () => false },
      clock: systemClock,
      random: Math.random,
      limits: { maxAttempts: 10, maxPromptChars: 100_000 },
    };
    return [dependencies, view.entries.filter(({ isLive }) => isLive).length];
  };
  const measure = (liveIds: readonly string[], fields: { model: string; sort?: string[] }): Measurement => {
    const [dependencies, count] = createDependencies(liveIds);
    const request = createRequest(fields);
    const sort = fields.sort === undefined ? '' : ` by ${fields.sort.join(', ')}`;
    const name = `plan of ${fields.model}${sort}, ${count} models live`;
    const plan = () => planChat({ request, workspace: 'default', stream: true }, dependencies);
    return measureCalls(name, plan, callsOfRound);
  };
  return [
    loading,
    measure(few, { model: 'gpt-oss-120b' }),
    measure(few, { model: 'auto' }),
    measure(many, { model: 'auto' }),
    measure(many, { model: 'auto', sort: ['latency'] }),
  ];
}

function createRequest({ model, sort = [] }: { model: string; sort?: string[] }): ChatCompletionRequest {
  return create(ChatCompletionRequestSchema, {
    model,
    messages: [{ role: 'user', content: 'Which of the rivers of Europe flow into the Black Sea?' }],
    extraBody: { sort },
  });
}
