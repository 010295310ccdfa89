import { clone, create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatCompletion } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Message } from '../../gen/signalbox/chat/v1/message_pb.ts';
import { type Router, RouterSchema, type RouteSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { VariantSchema } from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { ChatCall } from '../../src/core/chat-call.ts';
import { createError, SignalboxError } from '../../src/core/errors.ts';
import { createIdSource } from '../../src/core/ids.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { compileRouter } from '../../src/routers/compile-router.ts';
import type { SavedRouter } from '../../src/routers/saved-router.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { explainRouting } from '../../src/routing/explain-routing.ts';
import { startChat } from '../../src/routing/start-chat.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider, finish, type Script, text } from './scripted-provider.ts';

const modelName = fc.constantFrom(
  'first/a',
  'first/b',
  'second/a',
  'off/x',
  'nobody/x',
  'bare',
  'auto',
  'inworld/models/z',
);

const variant: fc.Arbitrary<MessageInitShape<typeof VariantSchema>> = fc.record(
  {
    modelId: modelName,
    modelSelection: fc.record(
      {
        models: fc.array(modelName, { maxLength: 3 }),
        ignore: fc.array(fc.constantFrom('first', 'second/a', 'b'), { maxLength: 1 }),
        provider: fc.record({ order: fc.subarray(['first', 'second', 'off']), allowFallbacks: fc.boolean() }),
      },
      { requiredKeys: [] },
    ),
    messageTemplates: fc.array(
      fc.record({
        role: fc.constant('system'),
        content: fc.constantFrom('Be brief.', 'You are {{who}}.', '{{ a }}{{b}}'),
      }),
      { maxLength: 2 },
    ),
    fallback: fc.constantFrom(undefined, { ttftTimeout: '1s' }),
    textGenerationConfig: fc.constantFrom(undefined, { temperature: 0.5, maxTokens: 5 }, { seed: 3n }),
  },
  { requiredKeys: ['modelId'] },
);

function createRoute(routeId: string): fc.Arbitrary<MessageInitShape<typeof RouteSchema>> {
  return fc
    .tuple(fc.array(variant, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 100 }))
    .map(([variants, share]) => ({
      routeId,
      variants: variants.map((fields, index) => ({
        variant: { ...fields, variantId: `v${index}` },
        weight: variants.length === 1 ? 100 : ([share, 100 - share, 0][index] ?? 0),
      })),
    }));
}

const condition = fc.constantFrom(
  'tier == "premium"',
  'score > 0.5',
  'vip',
  'has(metadata.tier) && tier != "free"',
  'size(messages) > 1',
  'messages.last().content.matches("(?i)refund")',
  'messages.exists(m, m.role == "system")',
  'user == "u1"',
  'stream',
  'model.startsWith("router/")',
  'nothing.like.it == 1',
);

const router = fc
  .tuple(fc.array(condition, { maxLength: 3 }), fc.boolean())
  .chain(([conditions, hasDefault]) =>
    fc.record({
      routes: fc.tuple(...conditions.map((_, index) => createRoute(`route-${index}`))),
      conditions: fc.constant(conditions),
      defaultRoute: hasDefault || conditions.length === 0 ? createRoute('default') : fc.constant(undefined),
    }),
  )
  .map(({ routes, conditions, defaultRoute }) =>
    create(RouterSchema, {
      name: 'generated',
      routes: routes.map((route, index) => ({ route, condition: { celExpression: conditions[index] ?? '' } })),
      ...(defaultRoute !== undefined && { defaultRoute }),
    }),
  );

const request = fc
  .record(
    {
      model: fc.constantFrom('inworld/generated', 'router/generated', 'router/absent', 'first/a', 'off/x'),
      stream: fc.boolean(),
      user: fc.constantFrom('', 'u1', 'u2', 'u3'),
      temperature: fc.constantFrom(0, 1),
      messages: fc.array(
        fc.record({ role: fc.constantFrom('user', 'system'), content: fc.constantFrom('Hello!', 'A REFUND {{who}}') }),
        { maxLength: 2 },
      ),
      extraBody: fc.record(
        {
          metadata: fc.record(
            {
              tier: fc.constantFrom('premium', 'free', 3),
              score: fc.constantFrom(0.2, 0.9),
              vip: fc.constantFrom(true, 'yes'),
            },
            { requiredKeys: [] },
          ),
          models: fc.array(fc.constantFrom('first/a', 'second/c'), { maxLength: 2 }),
          ignore: fc.array(fc.constantFrom('first', 'second', 'first/b'), { maxLength: 1 }),
          promptVariables: fc.constantFrom({}, { who: 'a {{b}} pirate' }, { who: 'x', a: '', b: '2' }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['model', 'messages'] },
  )
  .map((fields) => create(ChatCompletionRequestSchema, fields));

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** A call, made or explained: the same dependencies but for what a script decides. */
interface Scene {
  readonly call: ChatCompletionRequest;
  readonly saved: SavedRouter;
  readonly random: number;
}

const limits = { maxAttempts: 3, maxPromptChars: 1000, maxCollectedChars: 1000 };

function createDependencies({ saved, random }: Scene, script: Script) {
  const providers = ['first', 'second', 'inworld'].map((id) => createScriptedProvider(id, script));
  const directory = new ProviderDirectory([
    ...providers.map((provider) => ({ id: provider.id, kind: 'scripted', live: true as const, provider })),
    { id: 'off', kind: 'scripted', live: false, remedy: 'switch it on' },
  ]);
  const clock = createManualClock();
  const planning = {
    providers: directory,
    routers: { get: (_: string, name: string) => (name === saved.name ? saved : undefined) },
    routerPrefix: 'inworld/',
    ...planningStandIns,
    clock,
    random: () => random,
    limits,
  };
  return { planning, calling: { ...planning, ids: createIdSource(clock) }, providers };
}

/** What a call came to. */
interface Outcome {
  readonly answer?: ChatCompletion;
  readonly error?: SignalboxError;
  /** The messages that every attempt was made with. */
  readonly messages: readonly Message[][];
}

async function makeCall(scene: Scene, script: Script): Promise<Outcome> {
  const { calling, providers } = createDependencies(scene, script);
  const call: ChatCall = {
    generationId: '00000000-0000-4000-8000-000000000000',
    principal: { workspace: 'default', keyId: 'test', scopes: new Set(['inference']) },
    protocol: 'rest',
    request: scene.call,
    source: undefined,
    stream: scene.call.stream ?? false,
    signal: new AbortController().signal,
    receivedAtMs: 0,
  };
  const listMessages = (): Message[][] =>
    providers.flatMap(({ attempts }) => attempts.map((attempt) => attempt.request.messages));
  try {
    const answer = await collectCompletion(await startChat(call, calling));
    return { answer, messages: listMessages() };
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return { error: thrown, messages: listMessages() };
  }
}

const answers: Script = [text('Hi'), finish()];
const fails: Script = [createError('PROVIDER_FAILED', { provider: 'it', status: 500, problem: 'it is scripted' })];

function explain(scene: Scene): RoutingExplanation {
  const { planning, providers } = createDependencies(scene, answers);
  const { call } = scene;
  const explanation = explainRouting({ request: call, workspace: 'default', stream: call.stream ?? false }, planning);
  expect(providers.flatMap(({ attempts }) => attempts)).toEqual([]);
  return explanation;
}

test('what is explained is what a call does', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(router, request, chance, async (resource, call, random) => {
      const saved = createSavedRouter(resource);
      const scene = { call, saved, random };
      const before = clone(ChatCompletionRequestSchema, call);
      const { chain, messages, reasoning, refusal, router: name, routeId, variantId, warnings } = explain(scene);
      expect(call).toEqual(before);
      seen.add(refusal?.reason ?? (name === undefined ? 'model' : 'router'));

      const answered = await makeCall(scene, answers);
      const failed = await makeCall(scene, fails);
      if (refusal !== undefined) {
        for (const { error, messages: sent } of [answered, failed]) {
          expect([error?.reason, error?.message, sent]).toEqual([refusal.reason, refusal.message, []]);
        }
        return;
      }
      const metadata = answered.answer?.metadata;
      expect(answered.answer?.model).toBe(chain[0]);
      expect(metadata?.reasoning).toBe(`${reasoning} - success`);
      expect([metadata?.router, metadata?.routeId, metadata?.variantId]).toEqual([name, routeId, variantId]);
      expect(metadata?.warnings).toEqual(warnings);
      expect(answered.messages).toEqual([messages]);
      expect(failed.error?.details.attempts?.map(({ model }) => model)).toEqual(chain);
    }),
    { numRuns: 500 },
  );
  // A generator that only makes refusals would show nothing.
  expect([...seen]).toEqual(
    expect.arrayContaining(['router', 'model', 'NO_ROUTE_MATCHED', 'PROMPT_VARIABLE_MISSING', 'ROUTER_UNKNOWN']),
  );
});

function createSavedRouter(router: Router): SavedRouter {
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
