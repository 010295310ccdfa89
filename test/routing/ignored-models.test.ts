import { describe, expect, test } from 'vitest';
import { createChoosingRig, type TestModel } from './choosing-rig.ts';

const models: readonly TestModel[] = [
  { id: 'first/small', usd: [0.1, 0.4] },
  { id: 'first/large', usd: [3, 15] },
  { id: 'second/maker/large', usd: [2, 12] },
  { id: 'second/middle', usd: [1, 5] },
  { id: 'third/large', usd: [4, 20] },
];

const rig = createChoosingRig(models);

describe('ignore', () => {
  test.each<[ignore: string, chain: string[]]>([
    ['second', ['first/small', 'first/large', 'third/large']],
    ['second/maker/large', ['first/small', 'second/middle', 'first/large', 'third/large']],
    ['large', ['first/small', 'second/middle']],
    // An alias of the provider `first`.
    ['premier', ['second/middle', 'second/maker/large', 'third/large']],
    ['premier/small', ['second/middle', 'second/maker/large', 'first/large', 'third/large']],
    ['nobody', ['first/small', 'second/middle', 'second/maker/large', 'first/large', 'third/large']],
  ])('leaves out %s', (ignore, chain) => {
    expect(rig.chain({ model: 'auto', extraBody: { ignore: [ignore], sort: ['price'] } })).toEqual(chain);
  });

  test.each<[ignore: string, chain: string[]]>([
    ['claude-sonnet-4-5', ['first/gpt-4o-2024-08-06', 'first/gpt-4o-2024-11-20']],
    ['Claude-4.5-Sonnet', ['first/gpt-4o-2024-08-06', 'first/gpt-4o-2024-11-20']],
    [
      'claude-sonnet-4-5-20250929',
      ['first/gpt-4o-2024-08-06', 'first/gpt-4o-2024-11-20', 'second/maker/claude-sonnet-4.5'],
    ],
    [
      'gpt-4o-2024-08-06',
      [
        'first/gpt-4o-2024-11-20',
        'second/maker/claude-sonnet-4.5',
        'third/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      ],
    ],
    ['gpt-4o', ['second/maker/claude-sonnet-4.5', 'third/us.anthropic.claude-sonnet-4-5-20250929-v1:0']],
  ])('leaves out %s as each provider spells it', (ignore, chain) => {
    const spelt = createChoosingRig([
      { id: 'first/gpt-4o-2024-08-06', usd: [1, 1] },
      { id: 'first/gpt-4o-2024-11-20', usd: [2, 2] },
      { id: 'second/maker/claude-sonnet-4.5', usd: [3, 3] },
      {
        id: 'third/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
        canonicalName: 'us.claude-sonnet-4.5',
        usd: [4, 4],
      },
    ]);
    expect(spelt.chain({ model: 'auto', extraBody: { ignore: [ignore], sort: ['price'] } })).toEqual(chain);
  });

  test.each(['first/new-one', 'premier/new-one', 'new-one', 'first'])(
    'leaves out a model that nobody knows by %s, however it is named',
    (ignore) => {
      const models = ['first/new-one', 'premier/new-one', 'second/middle'];
      expect(rig.chain({ model: 'auto', extraBody: { models, ignore: [ignore] } })).toEqual(['second/middle']);
    },
  );

  test('leaves out a model of the operator by the name that calls have for it', () => {
    const own = createChoosingRig([
      { id: 'inworld/mine', usd: [1, 1] },
      { id: 'first/other', usd: [2, 2] },
    ]);
    const request = { model: 'auto', extraBody: { ignore: ['inworld/models/mine'] } };
    expect(own.chain(request)).toEqual(['first/other']);
  });
});
