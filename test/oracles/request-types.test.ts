import { beforeAll, describe, expect, it } from 'vitest';
import { describeRecordedTraffic } from '../support/recorded-traffic.ts';
import { checkBodies, type NamedBody, type TypeProblem } from './check-bodies.ts';
import { type EncoderUnderTest, encodeGenerated, encodersUnderTest } from './encoded-bodies.ts';
import { encodeHandMade } from './hand-made-bodies.ts';

/** How many generated requests each model of each encoder is asked with. */
const requestsPerModel = 60;

/** How long the compiler may take on a machine that is busy. */
const compilerTimeoutMs = 120_000;

interface TypesTest {
  readonly name: string;
  readonly encoder: EncoderUnderTest;
  readonly bodies: readonly NamedBody[];
}

function planTests(encode: (encoder: EncoderUnderTest) => NamedBody[]): TypesTest[] {
  return encodersUnderTest.map((encoder) => ({ name: encoder.type.name, encoder, bodies: encode(encoder) }));
}

const wrongName = 'wrong ';

describe('what is sent is what the types of the provider’s SDK allow', () => {
  const tests = planTests((encoder) => encodeGenerated(encoder, requestsPerModel));
  let problems: readonly TypeProblem[] = [];
  beforeAll(async () => {
    problems = await checkBodies(
      tests.map(({ encoder: { type, wrong }, bodies }) => ({
        type,
        bodies: [...bodies, ...wrong.map((body, place) => ({ name: `${wrongName}${place}`, body }))],
      })),
    );
  }, compilerTimeoutMs);

  describe.each(tests)('$name', ({ name, encoder, bodies }) => {
    const problemsOf = (isWrong: boolean) =>
      problems.filter(({ type, body }) => type === name && body.startsWith(wrongName) === isWrong);

    it('holds most of what a client may ask for', () => {
      expect(bodies.length).toBeGreaterThan((encoder.models.length * requestsPerModel) / 2);
    });

    it('takes every body that is encoded', () => {
      expect(problemsOf(false)).toEqual([]);
    });

    it('does not take what is wrong', () => {
      const found = new Set(problemsOf(true).map(({ body }) => body));
      expect([...found].sort()).toEqual(encoder.wrong.map((_, place) => `${wrongName}${place}`));
    });
  });
});

/** What clients sent that the types do not have, and the providers took. */
const clientsOwn: readonly RegExp[] = [
  // A tool that is beta still, and is in the types of the SDK's beta API.
  /"computer_20251124"/,
  // An answer that was sent back as it came.
  /'"annotations"' does not exist in type 'ChatCompletionAssistantMessageParam'/,
];

describeRecordedTraffic('what recorded requests are sent as is what the types allow', '', (cases) => {
  const tests = planTests((encoder) => encodeHandMade(encoder, cases));
  let problems: readonly TypeProblem[] = [];
  beforeAll(async () => {
    problems = await checkBodies(tests.map(({ encoder: { type }, bodies }) => ({ type, bodies })));
  }, compilerTimeoutMs);

  it.each(tests)('$name', ({ name, bodies }) => {
    expect(bodies.length).toBeGreaterThan(10);
    const found = problems.filter(({ type }) => type === name);
    expect(found.filter(({ problem }) => !clientsOwn.some((pattern) => pattern.test(problem)))).toEqual([]);
  });
});
