import { expect, test } from 'vitest';
import { KeyedTurns } from '../../src/routers/keyed-turns.ts';

test('turns of one key come one after another, in order, and those of others at once', async () => {
  const turns = new KeyedTurns();
  const done: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const take = (key: string, label: string, waitFor?: Promise<void>): Promise<void> =>
    turns.run(key, async () => {
      await waitFor;
      done.push(label);
    });
  const waiting = [take('a', 'a1', gate), take('a', 'a2'), take('a', 'a3')];
  await take('b', 'b1');
  expect(done).toEqual(['b1']);
  open();
  await Promise.all(waiting);
  expect(done).toEqual(['b1', 'a1', 'a2', 'a3']);
});

test('a turn that fails is over', async () => {
  const turns = new KeyedTurns();
  const failed = turns.run('a', () => Promise.reject(new Error('It failed.')));
  const next = turns.run('a', () => Promise.resolve('next'));
  await expect(failed).rejects.toThrow('It failed.');
  expect(await next).toBe('next');
});
