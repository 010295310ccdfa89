import { expect, test } from 'vitest';
import { RowReader } from '../../../src/catalog/sync/row-reader.ts';

test.each(['', ' ', '\u3000'])('a text of nothing but blanks is not known: %j', (name) => {
  const problems: string[] = [];
  const row = new RowReader({ name }, (problem) => problems.push(problem));
  expect(row.text('name')).toBeUndefined();
  expect(problems).toEqual([]);
});

test('a text is without the blanks around it', () => {
  expect(new RowReader({ name: ' GPT-5.4 ' }, () => undefined).text('name')).toBe('GPT-5.4');
});
