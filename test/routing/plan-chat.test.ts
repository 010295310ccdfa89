import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  ChatCompletionRequestSchema,
  type ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { ProviderDirectory, type ProviderEntry } from '../../src/providers/provider-directory.ts';
import { type Plan, planChat } from '../../src/routing/plan-chat.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider } from './scripted-provider.ts';

const entries: ProviderEntry[] = [
  ...['first', 'second', 'inworld'].map((id) => ({
    id,
    kind: 'scripted',
    live: true as const,
    provider: createScriptedProvider(id, []),
  })),
  { id: 'off', kind: 'scripted', live: false, remedy: 'switch it on' },
];

function plan(model: string, extraBody: MessageInitShape<typeof ExtraBodySchema> = {}, maxAttempts = 10): Plan {
  const request = create(ChatCompletionRequestSchema, { model, messages: [{ role: 'user', content: 'x' }], extraBody });
  return planChat(
    { request, workspace: 'default', stream: false },
    {
      providers: new ProviderDirectory(entries),
      routers: { get: () => undefined },
      routerPrefix: 'inworld/',
      ...planningStandIns,
      clock: createManualClock(),
      random: () => 0,
      limits: { maxAttempts, maxPromptChars: 1000 },
    },
  );
}

function listCandidates({ candidates }: Plan): string[] {
  return candidates.map(({ id, provider, model }) => `${id} = ${provider.id} + ${model}`);
}

/** The reason that a plan is refused for. */
function refusalOf(run: () => Plan): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return `${thrown.reason} ${thrown.details.param}`;
  }
  throw new Error('it was not refused');
}

describe('a name', () => {
  test.each([
    ['first/gpt-4o', 'first/gpt-4o = first + gpt-4o'],
    ['first/openai/gpt-oss-120b', 'first/openai/gpt-oss-120b = first + openai/gpt-oss-120b'],
    ['first/llama3:8b-q4.0', 'first/llama3:8b-q4.0 = first + llama3:8b-q4.0'],
    ['first//x', 'first//x = first + /x'],
    ['inworld/models/tiny', 'inworld/models/tiny = inworld + tiny'],
    ['inworld/models/a/b', 'inworld/models/a/b = inworld + a/b'],
  ])('%s is split at the first slash', (model, candidate) => {
    expect(listCandidates(plan(model))).toEqual([candidate]);
  });

  test.each([
    ['inworld/models', 'ROUTER_UNKNOWN model'],
    ['inworld/x', 'ROUTER_UNKNOWN model'],
    ['router/x', 'ROUTER_UNKNOWN model'],
    ['inworld/models/', 'INVALID_FIELD model'],
    ['first/', 'INVALID_FIELD model'],
    ['off/x', 'PROVIDER_NOT_CONFIGURED model'],
    ['nobody/x', 'PROVIDER_UNKNOWN model'],
    ['First/x', 'PROVIDER_UNKNOWN model'],
    ['auto', 'SELECTION_UNAVAILABLE model'],
    ['x', 'MODEL_UNKNOWN model'],
  ])('%s is refused: %s', (model, refusal) => {
    expect(refusalOf(() => plan(model))).toBe(refusal);
  });
});

describe('fallbacks', () => {
  test('stand in their order, each once, without what is to be ignored, up to the most', () => {
    const models = ['second/a', 'first/x', 'second/b', 'second/a', 'inworld/models/c'];
    expect(listCandidates(plan('first/x', { models, ignore: ['second/b'] }))).toEqual([
      'first/x = first + x',
      'second/a = second + a',
      'inworld/models/c = inworld + c',
    ]);
    expect(plan('first/x', { models }, 2).candidates).toHaveLength(2);
  });

  test('can take the place of a model that is to be ignored', () => {
    expect(listCandidates(plan('first/x', { models: ['second/a'], ignore: ['first'] }))).toEqual([
      'second/a = second + a',
    ]);
  });

  test.each([
    [{ models: ['second/a', 'nobody/x'] }, 'PROVIDER_UNKNOWN extra_body.models[1]'],
    [{ models: ['auto'] }, 'INVALID_FIELD extra_body.models[0]'],
    [{ models: ['second/a'], ignore: ['first', 'second/a'] }, 'NO_CANDIDATE extra_body.ignore'],
    [{ webSearch: {} }, 'WEB_SEARCH_UNAVAILABLE web_search'],
  ])('of %o are refused: %s', (extraBody, refusal) => {
    expect(refusalOf(() => plan('first/x', extraBody))).toBe(refusal);
  });
});

describe('a first-token timeout', () => {
  test.each([
    ['300ms', 300],
    ['1.5s', 1500],
    // Node runs a timer of more than 31 bits at once.
    ['999999999s', 86_400_000],
  ])('of %s is %i ms', (ttftTimeout, timeoutMs) => {
    expect(plan('first/x', { fallback: { ttftTimeout } }).firstTokenTimeoutMs).toBe(timeoutMs);
  });

  test('that is not given is none', () => {
    expect(plan('first/x', { fallback: {} }).firstTokenTimeoutMs).toBeUndefined();
  });
});
