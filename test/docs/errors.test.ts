import { describe, expect, test } from 'vitest';
import { type ErrorEntry, errorRegistry } from '../../src/core/error-registry.ts';
import type { SignalboxError } from '../../src/core/errors.ts';
import * as httpFaults from '../../src/wire/one-port-errors.ts';
import { readDocument, readTables } from './documents.ts';

const page = readDocument('docs/errors.md');

describe('docs/errors.md', () => {
  test('has every reason of the registry, as it is there, and no other', () => {
    const header = ['Reason', 'Code', 'HTTP', 'Type', 'Retry', 'Message', 'What to do'];
    const documented = readTables(page, header).map((row) => row.slice(0, -1));
    const registered = Object.entries<ErrorEntry>(errorRegistry).map(([reason, entry]) => [
      reason,
      entry.code,
      String(entry.httpStatus),
      entry.type,
      entry.retry,
      entry.message,
    ]);
    expect(documented).toEqual(registered);
  });

  test('has every fault of HTTP', () => {
    const errors = [
      httpFaults.createMalformedError(),
      httpFaults.createIncompleteError(),
      httpFaults.createHostError(),
      httpFaults.createRequestTimeoutError(),
      httpFaults.createChunkExtensionsError(),
      httpFaults.createExpectationError(),
      httpFaults.createHeaderTooLargeError(16_384),
      httpFaults.createTooManyHeadersError(200),
      httpFaults.createConnectError(),
    ];
    expect(errors).toHaveLength(Object.keys(httpFaults).filter((name) => /^create\w+Error$/.test(name)).length);
    const made = errors.map(({ details, httpStatus, message }: SignalboxError) => [
      details.code,
      String(httpStatus),
      message.replace('16384', '{maxBytes}').replace('200', '{maxCount}'),
    ]);
    expect(readTables(page, ['Code', 'HTTP', 'Message'])).toEqual(made);
  });
});
