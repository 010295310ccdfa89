import { expect, it } from 'vitest';
import { Warnings } from '../../src/dialects/warnings.ts';

it('say each thing once, in order', () => {
  const warnings = new Warnings();
  warnings.add('One.');
  warnings.leaveOut(['a', 'b'], 'nobody takes them');
  warnings.leaveOut([], 'there are none');
  warnings.add('One.');
  expect(warnings.list()).toEqual(['One.', 'Left out, since nobody takes them: a, b.']);
});

it('name no more than ten fields and a hundred characters of each, which stay well-formed', () => {
  const warnings = new Warnings();
  warnings.leaveOut([`${'x'.repeat(99)}😀`, ...Array.from({ length: 11 }, (_, index) => `f${index}`)], 'so');
  expect(warnings.list()).toEqual([
    `Left out, since so: ${'x'.repeat(99)}\uFFFD, f0, f1, f2, f3, f4, f5, f6, f7, f8, and 2 more.`,
  ]);
});
