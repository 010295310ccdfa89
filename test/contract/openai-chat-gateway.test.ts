import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import type { PlainAnswer } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { type ClientView, type GatewayRig, openGatewayRig } from './gateway-rig.ts';
import { readRecordedAnswer } from './recorded-answer.ts';

/** The whole way: what a provider answered, as a client of the gateway gets it. */

const kinds = providerKinds.filter(isOpenAiChatKind).map(({ kind }) => kind);

function configure(origin: string): string {
  const entries = kinds.map((kind) => `  ${kind}: { base_url: "${origin}/v1", api_key: "provider-key" }`);
  return `providers:\n${entries.join('\n')}\n`;
}

/** Recordings are not read for images. */
function withoutImages({ choices, usage }: PlainAnswer): PlainAnswer {
  return { choices: choices.map((choice) => ({ ...choice, images: [] })), usage };
}

describeRecordedTraffic('recorded answers, through the gateway', 'chat/completions', (all) => {
  const cases = all
    .filter(({ provider }) => kinds.includes(provider))
    .filter((recorded) => recorded.readRequest()?.['n'] === undefined && !recorded.features.has('n>1'))
    .map((recorded) => ({ name: recorded.name, recorded, expected: readRecordedAnswer(recorded) }));
  const complete = cases.filter(({ expected }) => expected.errorMessage === undefined);
  const failed = cases.filter(({ expected }) => expected.errorMessage !== undefined);
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await openGatewayRig(configure);
  });
  afterAll(() => rig.close());

  it('are there in numbers', () => {
    expect(new Set(cases.map(({ recorded }) => recorded.provider)).size).toBeGreaterThan(15);
    expect(failed.length).toBeGreaterThan(15);
  });

  describe.each(['REST', 'gRPC'] as const)('over %s', (protocol) => {
    function ask({ provider, kind, httpStatus, headers, readBody }: RecordedCase): Promise<ClientView> {
      rig.upstream.respond({ status: httpStatus, headers, body: readBody() });
      return rig.ask[protocol](`${provider}/some-model`, kind === 'stream');
    }

    it.each(complete)('$name', async ({ recorded, expected }) => {
      const { answer, error } = await ask(recorded);
      expect(error).toBeUndefined();
      expect(withoutImages(answer)).toEqual(expected.answer);
    });

    it.each(failed)('$name', async ({ recorded, expected: { errorMessage = '', answer } }) => {
      const { error } = await ask(recorded);
      expect(error).toBeDefined();
      if (protocol === 'REST') expect(error?.status === 200).toBe(answer.choices.length > 0);
      // What is wrong with the operator's key is not for callers.
      if (recorded.httpStatus === 401) expect(error?.message).not.toContain(errorMessage);
      else expect(error?.message).toContain(errorMessage);
    });
  });
});
