import { expect, it } from 'vitest';
import { killWriters } from './kill-rounds.ts';

/** `npm run soak -- --kill` does it 200 times. */
const kills = 12;

it('loses no acknowledged write, and stores none by half, when it is killed at any moment', async () => {
  const seeds = [1, 2];
  const reports = await Promise.all(seeds.map((seed) => killWriters({ kills: kills / seeds.length, seed })));
  const sum = (key: 'kills' | 'acknowledged'): number => reports.reduce((total, report) => total + report[key], 0);
  expect(sum('kills')).toBe(kills);
  expect(sum('acknowledged')).toBeGreaterThan(0);
});
