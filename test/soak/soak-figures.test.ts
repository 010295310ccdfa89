import { expect, it } from 'vitest';
import { fitMemory } from './soak-figures.ts';

it('fits a line to the memory after the beginning', () => {
  const points = [900, 800, 100, 110, 120].map((mb, minute) => ({ atMs: minute * 60_000, bytes: mb * 1e6 }));
  const trend = fitMemory(points, 0.5);
  expect(trend.slopeMbPerMinute).toBeCloseTo(10);
  expect(trend).toMatchObject({ points: 3, firstMb: 100, lastMb: 120 });
});

it('finds no slope in one point', () => {
  expect(fitMemory([{ atMs: 5, bytes: 1e6 }], 0.5).slopeMbPerMinute).toBe(0);
});
