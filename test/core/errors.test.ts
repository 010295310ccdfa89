import { describe, expect, test } from 'vitest';
import { type ErrorEntry, errorRegistry } from '../../src/core/error-registry.ts';
import { createError, SignalboxError, toSignalboxError } from '../../src/core/errors.ts';

describe('the registry', () => {
  const rows: [string, ErrorEntry][] = Object.entries(errorRegistry);

  test.each(rows)("%s: its message is a sentence, or the provider's own words", (_reason, { message }) => {
    expect(message).toMatch(/^(\{problem\}|([A-Z{]|extra_body\.).*(\.|: \{problem\}|\. \{\w+\}))$/);
  });

  test.each(rows)('%s: its statuses and its type fit', (_reason, { code, httpStatus, type }) => {
    const isServers = httpStatus >= 500;
    expect(isServers).toBe(type === 'server_error' || type === 'timeout_error');
    const statuses: Readonly<Partial<Record<ErrorEntry['code'], number[]>>> = {
      UNAUTHENTICATED: [401],
      PERMISSION_DENIED: [403],
      NOT_FOUND: [404],
      ALREADY_EXISTS: [409],
      ABORTED: [409],
      RESOURCE_EXHAUSTED: [413, 429],
      CANCELLED: [499],
      INTERNAL: [500],
      UNAVAILABLE: [502, 503],
      DEADLINE_EXCEEDED: [504],
    };
    expect(statuses[code] ?? [400, 404, 405, 415]).toContain(httpStatus);
  });

  test('only errors of an attempt let something else be tried', () => {
    const tried = rows.filter(([, { retry }]) => retry !== 'never').map(([reason]) => reason);
    const ofAttempts = /^(PROVIDER_|FIRST_TOKEN_TIMEOUT$|REQUEST_UNSUPPORTED$|CONTEXT_TOO_LONG$)/;
    for (const reason of tried) expect(reason).toMatch(ofAttempts);
  });
});

describe('an error', () => {
  test('fills in what its message names, also what looks like a placeholder or a pattern', () => {
    const values = { field: '$&', problem: 'it is {field}' };
    expect(createError('INVALID_FIELD', values).message).toBe('The field $& is invalid: it is {field}.');
  });

  test('has the HTTP status of its row unless it says otherwise', () => {
    expect(createError('PROVIDER_REFUSED', { problem: 'x' }).httpStatus).toBe(400);
    expect(createError('PROVIDER_REFUSED', { problem: 'x' }, { httpStatus: 404 }).httpStatus).toBe(404);
  });

  test('keeps its cause', () => {
    const cause = new Error('below');
    expect(createError('INTERNAL', {}, { cause }).cause).toBe(cause);
    expect(createError('INTERNAL', {})).not.toHaveProperty('cause');
  });
});

describe('whatever is thrown', () => {
  test('becomes INTERNAL, and says nothing of what it was', () => {
    for (const thrown of [new TypeError('secret'), 'secret', undefined, { message: 'secret' }, null]) {
      const error = toSignalboxError(thrown);
      expect(error.reason).toBe('INTERNAL');
      expect(error.message).not.toContain('secret');
      expect(error.details.cause).toBe(thrown);
    }
  });

  test('stays as it is when it is registered', () => {
    const error = createError('CALL_CANCELLED', {});
    expect(toSignalboxError(error)).toBe(error);
    expect(error).toBeInstanceOf(SignalboxError);
  });
});
