import { describe, expect, it } from 'vitest';
import { JsonSource } from '../../src/dialects/json-source.ts';

describe('JsonSource', () => {
  const args = { n: 1 };

  it('gives an object as it was written', () => {
    expect(new JsonSource('{ "args": { "n": 1.0 } }', { args }, ['args']).textOf(args)).toBe('{ "n": 1.0 }');
  });

  it('writes an object that does not stand at the path', () => {
    expect(new JsonSource('{ "args": { "n": 1.0 } }', { args }, ['input']).textOf(args)).toBe('{"n":1}');
  });
});
