import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuthenticatorOptions,
  createAuthenticator,
  type ResolvedKey,
  requireScope,
} from '../../src/auth/authenticator.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { createKeyHasher, type KeyHasher } from '../../src/auth/key-hasher.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { type Principal, scopes } from '../../src/core/principal.ts';
import type { KeyRecord } from '../../src/storage/key-store.ts';

const hasher = createKeyHasher(createSecretKey(Buffer.alloc(32, 1)));
const otherHasher = createKeyHasher(createSecretKey(Buffer.alloc(32, 2)));

const app: ResolvedKey = { id: 'app', secret: 'app-secret', workspace: 'default', scopes: ['inference'] };
const admin: ResolvedKey = { id: 'admin', secret: 'admin-secret', workspace: 'ops', scopes };

function store(key: ResolvedKey, by: KeyHasher = hasher): KeyRecord {
  return {
    id: key.id,
    workspace: key.workspace,
    scopes: new Set(key.scopes),
    secretHash: by.hash(key.secret),
    hashKeyId: by.hashKeyId,
    createTimeMs: 0,
  };
}

function create(options: Partial<AuthenticatorOptions>) {
  return createAuthenticator({ configuredKeys: [], storedKeys: [], hasher, ...options });
}

function header(id: string, secret: string): string {
  return `Bearer ${formatCredential(id, secret)}`;
}

function catchError(run: () => unknown): SignalboxError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SignalboxError) {
      return thrown;
    }
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}

describe('authenticate', () => {
  it('knows configured and stored keys by id and secret', () => {
    const { authenticate } = create({ configuredKeys: [app], storedKeys: [store(admin)] });
    expect(authenticate(header('app', 'app-secret'))).toEqual({
      keyId: 'app',
      workspace: 'default',
      scopes: new Set(['inference']),
    });
    expect(authenticate(`basic ${formatCredential('admin', 'admin-secret')}`)).toEqual({
      keyId: 'admin',
      workspace: 'ops',
      scopes: new Set(scopes),
    });
  });

  it.each([[undefined], ['']])('calls %j missing', (value) => {
    const error = catchError(() => create({ configuredKeys: [app] }).authenticate(value));
    expect(error.reason).toBe('CREDENTIALS_MISSING');
    expect(error.httpStatus).toBe(401);
  });

  it.each([
    ['a wrong secret', header('app', 'app-secret2')],
    ['the secret of another key', header('app', 'admin-secret')],
    ['an unknown id', header('nobody', 'app-secret')],
    ['an id in other case', header('App', 'app-secret')],
    ['an id that objects have', header('__proto__', 'app-secret')],
    ['a malformed header', 'Bearer app-secret'],
  ])('calls %s invalid', (_, value) => {
    const error = catchError(() => create({ configuredKeys: [app, admin] }).authenticate(value));
    expect(error.reason).toBe('CREDENTIALS_INVALID');
    expect(error.httpStatus).toBe(401);
    expect(error.cause).toBeUndefined();
  });

  it('answers the same for an unknown id as for a wrong secret', () => {
    const { authenticate } = create({ configuredKeys: [app] });
    const unknownId = catchError(() => authenticate(header('nobody', 'x')));
    const wrongSecret = catchError(() => authenticate(header('app', 'x')));
    expect(unknownId.message).toBe(wrongSecret.message);
    expect(unknownId.details).toEqual(wrongSecret.details);
  });

  it('hashes the secret once, whether the id is known or not', () => {
    const hashed: string[] = [];
    const counting: KeyHasher = {
      hashKeyId: hasher.hashKeyId,
      hash(secret) {
        hashed.push(secret);
        return hasher.hash(secret);
      },
    };
    const { authenticate } = create({ configuredKeys: [app], hasher: counting });
    for (const [id, secret] of [
      ['app', 'app-secret'],
      ['app', 'wrong'],
      ['nobody', 'guess'],
    ] as const) {
      hashed.length = 0;
      try {
        authenticate(header(id, secret));
      } catch {
        // Two of the three are refused; what counts is the work done.
      }
      expect(hashed).toEqual([secret]);
    }
  });

  it('throws registered errors only', () => {
    const { authenticate } = create({ configuredKeys: [app] });
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((text) => `Bearer ${text}`),
      fc.tuple(fc.string(), fc.string()).map((parts) => `Basic ${Buffer.from(parts.join(':')).toString('base64')}`),
    );
    fc.assert(
      fc.property(value, (text) => {
        expect(catchError(() => authenticate(text)).reason).toMatch(/^CREDENTIALS_/);
      }),
    );
  });
});

describe('createAuthenticator', () => {
  it('refuses two configured keys with one id, also when they are equal', () => {
    for (const twin of [app, { ...app, secret: 'second-secret' }]) {
      const run = () => create({ configuredKeys: [app, admin, twin] });
      expect(run).toThrow('The key id "app" is configured twice.');
      expect(run).not.toThrow(/secret"|-secret/);
    }
  });

  it('refuses a configured key that no header can carry', () => {
    expect(() => create({ configuredKeys: [{ ...app, id: 'a:b' }] })).toThrow('The key id "a:b" cannot be used.');
    expect(() => create({ configuredKeys: [{ ...app, secret: '' }] })).toThrow('The secret of the key "app"');
    expect(() => create({ configuredKeys: [{ ...app, secret: 'x'.repeat(2_000) }] })).toThrow('too long');
  });

  it('prefers the configured key to a stored one with its id', () => {
    const { authenticate, unverifiableKeyIds } = create({
      configuredKeys: [app],
      storedKeys: [store({ ...app, secret: 'stored-secret', workspace: 'stored' }, otherHasher)],
    });
    expect(authenticate(header('app', 'app-secret')).workspace).toBe('default');
    expect(catchError(() => authenticate(header('app', 'stored-secret'))).reason).toBe('CREDENTIALS_INVALID');
    expect(unverifiableKeyIds).toEqual([]);
  });

  it('names stored keys of another hash key, which nobody can use', () => {
    const { authenticate, unverifiableKeyIds } = create({ storedKeys: [store(app, otherHasher), store(admin)] });
    expect(unverifiableKeyIds).toEqual(['app']);
    expect(catchError(() => authenticate(header('app', 'app-secret'))).reason).toBe('CREDENTIALS_INVALID');
    expect(authenticate(header('admin', 'admin-secret')).keyId).toBe('admin');
  });

  it('shows secrets nowhere', () => {
    const authenticator = create({ configuredKeys: [app], storedKeys: [store(admin)] });
    const principal = authenticator.authenticate(header('app', 'app-secret'));
    const refused = catchError(() => authenticator.authenticate(header('app', 'guessed-secret')));
    const shown = [authenticator, principal, refused, hasher]
      .map((value) => inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(value))
      .join('\n');
    expect(shown).not.toMatch(/(app|admin|guessed)-secret/);
    for (const secret of ['app-secret', 'admin-secret', 'guessed-secret']) {
      expect(shown).not.toContain(Buffer.from(secret).toString('base64').slice(0, 10));
    }
  });
});

describe('requireScope', () => {
  const principal: Principal = { workspace: 'default', keyId: 'app', scopes: new Set(['inference', 'router.read']) };

  it('lets a key with the scope pass', () => {
    requireScope(principal, 'inference');
    requireScope(principal, 'router.read');
  });

  it('names the scope that is missing', () => {
    const error = catchError(() => requireScope(principal, 'router.write'));
    expect(error.reason).toBe('SCOPE_MISSING');
    expect(error.httpStatus).toBe(403);
    expect(error.message).toContain('router.write');
  });
});
