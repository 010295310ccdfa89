import { expect, test } from 'vitest';
import { CandidateQueue } from '../../../src/routing/attempts/candidate-queue.ts';
import type { Candidate } from '../../../src/routing/resolve-model.ts';
import { createScriptedProvider } from '../scripted-provider.ts';

function createCandidates(...ids: readonly string[]): Candidate[] {
  return ids.map((id) => {
    const [provider = '', model = ''] = id.split('/');
    return { id, model, entry: undefined, provider: createScriptedProvider(provider, []) };
  });
}

function takeAll(queue: CandidateQueue): (string | undefined)[] {
  const ids: (string | undefined)[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) ids.push(next.id);
  return ids;
}

const all = createCandidates('a/1', 'a/2', 'b/1', 'b/2', 'c/1');
const healthy = { admits: () => true };

test('candidates come in their order', () => {
  expect(takeAll(new CandidateQueue(all, healthy, true))).toEqual(['a/1', 'a/2', 'b/1', 'b/2', 'c/1']);
});

test('those that are failing come last, and come', () => {
  const queue = new CandidateQueue(all, { admits: (id) => !id.startsWith('a/') }, false);
  expect(queue.prospects).toBe('healthy');
  expect([queue.take()?.id, queue.take()?.id, queue.take()?.id]).toEqual(['b/1', 'b/2', 'c/1']);
  expect(queue.prospects).toBe('unhealthy');
  expect(takeAll(queue)).toEqual(['a/1', 'a/2']);
  expect(queue.prospects).toBe('none');
});

test('after a provider failed, a ranking goes on at another, and a list as it was written', () => {
  const ranked = new CandidateQueue(all, healthy, true);
  expect(ranked.take()?.id).toBe('a/1');
  ranked.noteFailure('a');
  expect(ranked.take()?.id).toBe('b/1');
  ranked.noteFailure('b');
  expect(takeAll(ranked)).toEqual(['c/1', 'a/2', 'b/2']);
  const written = new CandidateQueue(all, healthy, false);
  written.take();
  written.noteFailure('a');
  expect(takeAll(written)).toEqual(['a/2', 'b/1', 'b/2', 'c/1']);
});

test('what is not worth trying is left out', () => {
  const queue = new CandidateQueue(all, healthy, false);
  queue.keep(({ id }) => id === 'c/1');
  expect(takeAll(queue)).toEqual(['c/1']);
});
