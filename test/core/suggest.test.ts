import { expect, test } from 'vitest';
import { suggest } from '../../src/core/suggest.ts';

test.each([
  ['prot', 'port'],
  ['Port', 'port'],
  ['maxBodyBytes', 'max_body_bytes'],
  ['max-body-byte', 'max_body_bytes'],
  ['maximum_body_bytes', 'max_body_bytes'],
  ['tsl', undefined],
  ['tl', 'tls'],
  ['x', undefined],
  ['', undefined],
  ['host_name', undefined],
  ['x'.repeat(100_000), undefined],
])('%.20s: %s', (word, suggestion) => {
  expect(suggest(word, ['port', 'host', 'tls', 'max_body_bytes'])).toBe(suggestion);
});

test('without candidates there is none', () => {
  expect(suggest('port', [])).toBeUndefined();
});
