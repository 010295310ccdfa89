import { expect, onTestFinished, test } from 'vitest';
import { createError } from '../../src/core/errors.ts';
import {
  type AttemptRecord,
  type AttemptStart,
  attemptEnded,
  attemptStarted,
  type FirstToken,
  firstTokenArrived,
} from '../../src/core/events.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { createRoutingRig, readSlices } from './routing-rig.ts';
import { createScriptedProvider, finish, text } from './scripted-provider.ts';

type Told = readonly ['start', AttemptStart] | readonly ['first token', FirstToken] | readonly ['end', AttemptRecord];

/** What attempts publish, in its order. */
function listenToAttempts(): readonly Told[] {
  const told: Told[] = [];
  onTestFinished(attemptStarted.subscribe((start) => told.push(['start', start])));
  onTestFinished(firstTokenArrived.subscribe((firstToken) => told.push(['first token', firstToken])));
  onTestFinished(attemptEnded.subscribe((record) => told.push(['end', record])));
  return told;
}

test('every attempt is told of when it starts and when it ends, its first token as soon as it comes', async () => {
  const told = listenToAttempts();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: thinking, resolve: begin } = Promise.withResolvers<void>();
  const second = createScriptedProvider('second', [thinking, text('a'), held, text('b'), finish()]);
  const rig = createRoutingRig(
    createScriptedProvider('first', [
      createError('PROVIDER_FAILED', { provider: 'first', status: 500, problem: 'it is down' }),
    ]),
    second,
  );
  const starting = rig.start();
  await second.called;
  rig.clock.advance(70);
  begin();
  const answer = await starting;
  await answer.next();
  expect(told.map(([what, { model }]) => `${what} of ${model}`)).toEqual([
    'start of first/x',
    'end of first/x',
    'start of second/x',
    'first token of second/x',
  ]);
  expect(told[3]?.[1]).toMatchObject({ isStreamed: true, timeToFirstTokenMs: 70 });
  rig.clock.advance(500);
  release();
  await readSlices(answer);
  expect(told[4]).toMatchObject(['end', { model: 'second/x', timeToFirstTokenMs: 70, durationMs: 570 }]);
  expect(told).toHaveLength(5);
  expect(new Set(told.map(([, { generationId }]) => generationId)).size).toBe(1);
});

test('a whole answer has no first token to tell of', async () => {
  const told = listenToAttempts();
  const rig = createRoutingRig(createScriptedProvider('first', [text('a'), finish()]));
  await collectCompletion(await rig.start({ stream: false }));
  expect(told.map(([what, { isStreamed }]) => [what, isStreamed])).toEqual([
    ['start', false],
    ['end', false],
  ]);
});
