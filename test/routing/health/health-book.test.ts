import { expect, onTestFinished, test } from 'vitest';
import { type CircuitChange, circuitChanged } from '../../../src/core/events.ts';
import { createHealthBook, defaultHealthRules } from '../../../src/routing/health/health-book.ts';
import { createManualClock } from '../../wire/one-port-harness.ts';

function createRig(maxModels = 1000) {
  const clock = createManualClock();
  const changes: CircuitChange[] = [];
  onTestFinished(circuitChanged.subscribe((change) => changes.push(change)));
  const book = createHealthBook(clock, { ...defaultHealthRules, maxModels });
  const begin = (id: string) => book.begin({ id, provider: { id: id.split('/')[0] ?? '' } });
  const fail = (id: string, times = 1): void => {
    for (let time = 0; time < times; time += 1) begin(id).failed();
  };
  return { clock, changes, book, begin, fail };
}

test('each model has a circuit of its own, which is told of when it changes', () => {
  const { book, changes, clock, begin, fail } = createRig();
  fail('a/x', 5);
  expect([book.isFailing('a/x'), book.admits('a/x'), book.read('a/x').state]).toEqual([true, false, 'open']);
  expect([book.isFailing('a/y'), book.admits('a/y'), book.read('a/y').state]).toEqual([false, true, 'closed']);
  clock.advance(5000);
  expect([book.isFailing('a/x'), book.admits('a/x')]).toEqual([false, true]);
  begin('a/x').answered();
  const model = { provider: 'a', model: 'a/x' };
  expect(changes).toEqual([
    { ...model, from: 'closed', to: 'open', openMs: 5000 },
    { ...model, from: 'open', to: 'half-open', openMs: undefined },
    { ...model, from: 'half-open', to: 'closed', openMs: undefined },
  ]);
});

test('the model that was called longest ago is forgotten, and its circuit counts as closed', () => {
  const { book, changes, begin, fail } = createRig(2);
  const late = begin('a/x');
  fail('a/x', 5);
  fail('b/x', 5);
  fail('a/x');
  fail('c/x');
  expect([book.read('a/x').state, book.read('b/x').state]).toEqual(['open', 'closed']);
  fail('d/x');
  expect(book.read('a/x').state).toBe('closed');
  expect(changes.map(({ model, to }) => [model, to])).toEqual([
    ['a/x', 'open'],
    ['b/x', 'open'],
    ['b/x', 'closed'],
    ['a/x', 'closed'],
  ]);
  late.answered();
  expect(changes).toHaveLength(4);
});

test('a provider is not retried when most of it fails, whatever its models, until answers or time fill its budget', () => {
  const { book, clock, begin, fail } = createRig();
  fail('a/x', 10);
  fail('a/y', 9);
  expect([book.mayRetry('a'), book.mayRetry('b')]).toEqual([true, true]);
  fail('a/z');
  expect([book.mayRetry('a'), book.mayRetry('b')]).toEqual([false, true]);
  for (let time = 0; time < 4; time += 1) begin('a/x').answered();
  expect(book.mayRetry('a')).toBe(true);
  fail('a/x', 200);
  clock.advance(90_000);
  expect(book.mayRetry('a')).toBe(false);
  clock.advance(15_000);
  expect(book.mayRetry('a')).toBe(true);
});

test('one failure in ten is always retried, in any number', () => {
  const { book, begin, fail } = createRig();
  for (let round = 0; round < 1000; round += 1) {
    for (let time = 0; time < 9; time += 1) begin('a/x').answered();
    fail('a/x');
    expect(book.mayRetry('a')).toBe(true);
  }
});
