import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createKeyHasher } from '../../src/auth/key-hasher.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('createKeyHasher', () => {
  it('is HMAC-SHA-256, as in test case 2 of RFC 4231', () => {
    const hasher = createKeyHasher(createSecretKey(Buffer.from('Jefe')));
    expect(hex(hasher.hash('what do ya want for nothing?'))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('depends on the hash key, and so does the name of the hash key', () => {
    const [first, again, second] = [1, 1, 2].map((fill) => createKeyHasher(createSecretKey(Buffer.alloc(32, fill))));
    expect(first?.hash('x')).toEqual(again?.hash('x'));
    expect(first?.hash('x')).not.toEqual(second?.hash('x'));
    expect(first?.hashKeyId).toBe(again?.hashKeyId);
    expect(first?.hashKeyId).not.toBe(second?.hashKeyId);
    expect(first?.hashKeyId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not show the hash key', () => {
    const hashKey = createSecretKey(Buffer.alloc(32, 0xab));
    const shown = inspect([hashKey, createKeyHasher(hashKey)], { depth: Number.POSITIVE_INFINITY, showHidden: true });
    expect(shown).not.toMatch(/ab ?ab/);
  });
});
