import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ChatCompletionRequestSchema,
  type ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { CatalogModel, Score } from '../../src/catalog/catalog-model.ts';
import { createCatalogView } from '../../src/catalog/create-catalog-view.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import type { SavedRouter } from '../../src/routers/saved-router.ts';
import { explainRouting } from '../../src/routing/explain-routing.ts';
import { type Plan, type PlanDependencies, planChat } from '../../src/routing/plan-chat.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider } from './scripted-provider.ts';

/** A model of the catalogue as a test writes it. */
export interface TestModel extends Omit<Partial<CatalogModel>, 'scores'> {
  /** `provider/model`. */
  readonly id: string;
  /** USD per million tokens in and out. */
  readonly usd?: readonly [input: number, output: number];
  readonly intelligence?: number;
  readonly coding?: number;
  /** As measured. Default: 1000. */
  readonly firstTokenMs?: number;
  /** As measured. Default: 50. */
  readonly tokensPerSecond?: number;
  /** Default: false. */
  readonly isFailing?: boolean;
}

/** What a test asks for. */
export interface ChoosingRequest
  extends Omit<MessageInitShape<typeof ChatCompletionRequestSchema>, '$typeName' | 'extraBody'> {
  readonly extraBody?: MessageInitShape<typeof ExtraBodySchema>;
}

/** Plans over a catalogue that the test writes. Every provider is live but `off`. */
export interface ChoosingRig {
  plan(request: ChoosingRequest): Plan;
  explain(request: ChoosingRequest): RoutingExplanation;
  /** The chain, by id. */
  chain(request: ChoosingRequest): string[];
}

/** @param chooseProbe - as that of the performance book. Default: never. */
export function createChoosingRig(
  models: readonly TestModel[],
  {
    chooseProbe = () => undefined,
    maxAttempts = 10,
    routers = [],
    providerIds,
  }: {
    chooseProbe?: (ranked: readonly string[]) => number | undefined;
    maxAttempts?: number;
    routers?: readonly SavedRouter[];
    providerIds?: readonly string[];
  } = {},
): ChoosingRig {
  const byId = new Map(models.map((model) => [model.id, model]));
  const ids = providerIds ?? [...new Set(models.map(({ id }) => providerOf(id)))];
  const providers = ids.map((id) => ({
    id,
    kind: id,
    isLive: id !== 'off',
    aliases: id === 'first' ? ['premier'] : [],
  }));
  const directory = new ProviderDirectory(
    providers.map(({ id, kind, isLive }) =>
      isLive
        ? { id, kind, live: true, provider: createScriptedProvider(id, []) }
        : { id, kind, live: false, remedy: 'set OFF_API_KEY' },
    ),
    new Map([['premier', 'first']]),
  );
  const view = createCatalogView({ shipped: models.map(createCatalogModel), synced: [], operator: [], providers });
  const dependencies: PlanDependencies = {
    providers: directory,
    catalog: { current: view },
    routers: { get: (workspace, name) => routers.find((it) => it.workspace === workspace && it.name === name) },
    routerPrefix: 'inworld/',
    performance: {
      ...planningStandIns.performance,
      expectFirstTokenMs: (id) => byId.get(id)?.firstTokenMs ?? 1000,
      expectTokensPerSecond: (id) => byId.get(id)?.tokensPerSecond ?? 50,
      chooseProbe,
    },
    health: { isFailing: (id) => byId.get(id)?.isFailing ?? false },
    clock: createManualClock(),
    random: () => 0,
    limits: { maxAttempts, maxPromptChars: 1000 },
  };
  const createInput = (fields: ChoosingRequest) => ({
    request: create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hello!' }], ...fields }),
    workspace: 'default',
    stream: false,
  });
  const plan = (request: ChoosingRequest): Plan => planChat(createInput(request), dependencies);
  return {
    plan,
    explain: (request) => explainRouting(createInput(request), dependencies),
    chain: (request) => plan(request).candidates.map(({ id }) => id),
  };
}

function providerOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

function createCatalogModel({ id, usd, intelligence, coding, ...fields }: TestModel): CatalogModel {
  const { firstTokenMs: _, tokensPerSecond: __, isFailing: ___, ...known } = fields;
  return {
    provider: providerOf(id),
    model: id.slice(id.indexOf('/') + 1),
    inputModalities: ['text'],
    outputModalities: ['text'],
    contextTokens: 100_000,
    capabilities: { functionCalling: true },
    source: 'the test',
    scores: {
      ...(intelligence !== undefined && { intelligence: createScore(intelligence) }),
      ...(coding !== undefined && { coding: createScore(coding) }),
    },
    ...(usd && { prices: [{ prices: { input_mtok: usd[0], output_mtok: usd[1] } }] }),
    ...known,
  };
}

function createScore(value: number): Score {
  return { value, source: 'the test', date: '2026-01-01', isEstimated: false };
}
