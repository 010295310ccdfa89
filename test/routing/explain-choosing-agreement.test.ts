import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { CandidateVerdict, RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { CatalogModel, Score } from '../../src/catalog/catalog-model.ts';
import { createCatalogView } from '../../src/catalog/create-catalog-view.ts';
import type { ChatCall } from '../../src/core/chat-call.ts';
import { createError, SignalboxError } from '../../src/core/errors.ts';
import { createIdSource } from '../../src/core/ids.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { explainRouting } from '../../src/routing/explain-routing.ts';
import { type RoutingDependencies, startChat } from '../../src/routing/start-chat.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider, finish, type Script, text } from './scripted-provider.ts';

const liveProviders = ['first', 'second', 'third'];
const maxAttempts = 4;

interface GeneratedModel {
  readonly row: CatalogModel;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly isFailing: boolean;
}

const score = fc.integer({ min: 0, max: 4 }).map((step): Score => {
  return { value: step * 25, source: 'the test', date: '2026-01-01', isEstimated: step % 2 === 0 };
});

// Few values, so that many are equal.
const price = fc.constantFrom(0, 0.1, 1, 3, { base: 1, tiers: [{ start: 5, price: 9 }] });

const model: fc.Arbitrary<GeneratedModel> = fc.record({
  row: fc
    .record({
      provider: fc.constantFrom(...liveProviders, 'off'),
      model: fc.constantFrom('large', 'maker/Large', 'large-20260101', 'small', 'small:free', 'other', 'mini'),
      prices: fc.option(fc.record({ input_mtok: price, output_mtok: price }), { nil: undefined }),
      scores: fc.record({ intelligence: score, coding: score, math: score }, { requiredKeys: [] }),
      contextTokens: fc.constantFrom(undefined, 10, 100_000),
      capabilities: fc.constantFrom({}, { functionCalling: true }, { functionCalling: false }),
      isTest: fc.boolean(),
    })
    .map(({ prices, contextTokens, ...fields }) => ({
      ...fields,
      ...(prices !== undefined && { prices: [{ prices }] }),
      ...(contextTokens !== undefined && { contextTokens }),
      isTest: fields.isTest && fields.model === 'mini',
      source: 'the test',
    })),
  firstTokenMs: fc.constantFrom(100, 105, 200, 900),
  tokensPerSecond: fc.constantFrom(20, 21, 200),
  isFailing: fc.boolean(),
});

const names = fc.constantFrom(
  ...['auto', 'large', 'LARGE', 'large-20260101', 'small', 'small:free', 'mini', 'nobodys'],
  ...['first', 'premier', 'off', 'first/large', 'premier/small', 'second/unheard', 'off/large'],
);

const request = fc
  .record(
    {
      model: fc.oneof(names, fc.constantFrom('auto', 'large')),
      messages: fc.tuple(fc.record({ role: fc.constant('user'), content: fc.constant('Hello, hello, hello!') })),
      stream: fc.boolean(),
      tools: fc.array(fc.record({ type: fc.constant('function'), function: fc.record({ name: fc.constant('f') }) }), {
        maxLength: 1,
      }),
      extraBody: fc.record(
        {
          models: fc.array(
            names.filter((name) => name !== 'auto'),
            { maxLength: 3 },
          ),
          ignore: fc.array(fc.constantFrom('premier', 'second', 'large', 'third/other', 'LARGE'), { maxLength: 2 }),
          sort: fc.oneof(
            fc.constantFrom('latency', 'throughput', 'price').map((metric) => [metric]),
            fc.shuffledSubarray(['price', 'latency', 'throughput', 'intelligence', 'coding', 'math']),
          ),
          provider: fc.record(
            { order: fc.subarray([...liveProviders, 'off'], { maxLength: 2 }), allowFallbacks: fc.boolean() },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['model', 'messages'] },
  )
  .map((fields) => create(ChatCompletionRequestSchema, fields));

interface Scene {
  readonly models: readonly GeneratedModel[];
  readonly call: ChatCompletionRequest;
  /** Which of the ranked candidates is to be probed: its share of the way down. `undefined`: none. */
  readonly probe: number | undefined;
}

/** What was asked of the performance book. */
interface ProbeLog {
  ranked: readonly string[] | undefined;
}

function createDependencies({ models, probe }: Scene, script: Script, log: ProbeLog): RoutingDependencies {
  const byId = new Map(models.map((one) => [`${one.row.provider}/${one.row.model}`, one]));
  const providers = [...liveProviders, 'off'].map((id) => ({
    id,
    kind: id,
    isLive: id !== 'off',
    aliases: id === 'first' ? ['premier'] : [],
  }));
  const directory = new ProviderDirectory(
    providers.map(({ id, kind, isLive }) =>
      isLive
        ? { id, kind, live: true, provider: createScriptedProvider(id, script) }
        : { id, kind, live: false, remedy: 'switch it on' },
    ),
    new Map([['premier', 'first']]),
  );
  const rows = models.map(({ row }) => row);
  const clock = createManualClock();
  return {
    providers: directory,
    catalog: { current: createCatalogView({ shipped: rows, synced: [], operator: [], providers }) },
    routers: { get: () => undefined },
    routerPrefix: 'inworld/',
    performance: {
      ...planningStandIns.performance,
      expectFirstTokenMs: (id) => byId.get(id)?.firstTokenMs ?? 1000,
      expectTokensPerSecond: (id) => byId.get(id)?.tokensPerSecond ?? 50,
      chooseProbe(ranked) {
        log.ranked = ranked;
        return probe === undefined ? undefined : Math.floor(probe * ranked.length);
      },
    },
    health: { isFailing: (id) => byId.get(id)?.isFailing ?? false },
    clock,
    ids: createIdSource(clock),
    random: () => 0,
    limits: { maxAttempts, maxPromptChars: 1000, maxCollectedChars: 1000 },
  };
}

const answers: Script = [text('Hi'), finish()];
const fails: Script = [createError('PROVIDER_FAILED', { provider: 'it', status: 500, problem: 'it is scripted' })];

/** What a call came to: the models that were tried, and what refused it before any was. */
async function makeCall(scene: Scene, script: Script, log: ProbeLog) {
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
  try {
    const { metadata } = await collectCompletion(await startChat(call, createDependencies(scene, script, log)));
    return { tried: metadata?.attempts.map((attempt) => attempt.model) ?? [], metadata, error: undefined };
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return {
      tried: thrown.details.attempts?.map((attempt) => attempt.model) ?? [],
      metadata: undefined,
      error: thrown,
    };
  }
}

function explain(scene: Scene, log: ProbeLog): RoutingExplanation {
  const { call } = scene;
  const input = { request: call, workspace: 'default', stream: call.stream ?? false };
  return explainRouting(input, createDependencies(scene, answers, log));
}

/** Whether each value is as good as the one after it. What is not known is as bad as can be. */
function isRankedBy(verdicts: readonly CandidateVerdict[], read: (verdict: CandidateVerdict) => number | undefined) {
  const values = verdicts.map((verdict) => read(verdict) ?? Number.POSITIVE_INFINITY);
  return values.every((value, index) => index === 0 || (values[index - 1] ?? 0) <= value);
}

test('what is explained of a choice is what a call does', async () => {
  const seen = new Set<string>();
  const models = fc.uniqueArray(model, {
    size: 'max',
    maxLength: 20,
    selector: ({ row }) => `${row.provider}/${row.model}`,
  });
  const probe = fc.constantFrom(undefined, 0.3, 0.5, 0.99);
  await fc.assert(
    fc.asyncProperty(models, request, probe, async (generated, call, share) => {
      const scene = { models: generated, call, probe: share };
      const explainLog: ProbeLog = { ranked: undefined };
      const { candidates, chain, reasoning, refusal, sort } = explain(scene, explainLog);
      // An explanation measures nothing.
      expect(explainLog.ranked).toBeUndefined();
      const log: ProbeLog = { ranked: undefined };
      const answered = await makeCall(scene, answers, log);
      const failed = await makeCall(scene, fails, { ranked: undefined });
      if (refusal !== undefined) {
        seen.add(refusal.reason);
        for (const { error, tried } of [answered, failed]) {
          expect([error?.reason, error?.message, tried]).toEqual([refusal.reason, refusal.message, []]);
        }
        return;
      }
      seen.add(call.model === 'auto' ? 'auto' : call.model.includes('/') ? 'named' : 'bare');

      const included = candidates.filter(({ isIncluded }) => isIncluded);
      expect(included.map(({ model: id }) => id)).toEqual(chain);
      expect(chain.length).toBeLessThanOrEqual(maxAttempts);
      const probed = share === undefined ? undefined : log.ranked?.[Math.floor(share * log.ranked.length)];
      const isFailing = generated.some(
        (one) => one.isFailing === true && `${one.row.provider}/${one.row.model}` === probed,
      );
      if (probed === undefined || probed === log.ranked?.[0] || isFailing) {
        expect(answered.tried).toEqual(chain.slice(0, 1));
        expect(answered.metadata?.reasoning).toBe(`${reasoning} - success`);
        expect(failed.tried.toSorted()).toEqual(chain.toSorted());
        expect(failed.tried[0]).toBe(chain[0]);
      } else {
        seen.add('probe');
        expect(answered.tried).toEqual([probed]);
        expect(answered.metadata?.reasoning).toMatch(/to measure how fast it is now/);
        expect(failed.tried[0]).toBe(probed);
        // A probe that fails costs a call nothing but time.
        expect(failed.tried).toContain(chain[0]);
      }

      const [metric] = sort;
      if (call.model !== 'auto' || sort.length === 0) return;
      // The last place may be kept for another provider.
      for (const isUnhealthy of [false, true]) {
        const ranked = included.slice(0, -1).filter((verdict) => verdict.isUnhealthy === isUnhealthy);
        if (metric === 'intelligence' || metric === 'coding' || metric === 'math') {
          expect(isRankedBy(ranked, ({ scores }) => -(scores[metric]?.value ?? Number.NEGATIVE_INFINITY))).toBe(true);
          seen.add('by score');
        } else if (metric === 'price' && call.extraBody?.sort[0] === 'price') {
          expect(isRankedBy(ranked, ({ cost }) => cost)).toBe(true);
          seen.add('by price');
        }
      }
      const order = included.slice(0, -1).map(({ isUnhealthy }) => Number(isUnhealthy));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
    { numRuns: 1000 },
  );
  // A generator that makes only refusals would show nothing.
  expect([...seen]).toEqual(
    expect.arrayContaining(['auto', 'bare', 'named', 'probe', 'by score', 'by price', 'NO_CANDIDATE', 'MODEL_UNKNOWN']),
  );
});
