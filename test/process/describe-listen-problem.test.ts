import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeListenProblem } from '../../src/describe-listen-problem.ts';

/** What Node says to a server that cannot listen. */
function listen(port: number, host: string): Promise<Error> {
  const server = createServer();
  onTestFinished(() => {
    server.close();
  });
  return new Promise((resolve, reject) => {
    server.once('error', resolve);
    server.listen(port, host, () => reject(new Error('it listens')));
  });
}

/** An error as Node makes them. */
function createSystemError(fields: Readonly<Record<string, string | number>>): Error {
  return Object.assign(new Error('system'), fields);
}

describe('what keeps a server from listening is a sentence', () => {
  test.each([
    [8585, '192.0.2.1', 'The address 192.0.2.1:8585 is not an address of this machine. Choose another with --host.'],
    [0, '192.0.2.1', 'The address 192.0.2.1 is not an address of this machine. Choose another with --host.'],
    [
      8585,
      '::ffff:192.0.2.1',
      'The address [::ffff:192.0.2.1]:8585 is not an address of this machine. Choose another with --host.',
    ],
  ])('for port %i of %s', async (port, host, sentence) => {
    expect(describeListenProblem(await listen(port, host))).toBe(sentence);
  });

  test.each([
    [{ code: 'EADDRINUSE', address: '::1', port: 80 }, /^The address \[::1\]:80 is in use by another program\./],
    [{ code: 'EACCES', address: '0.0.0.0', port: 80 }, /^The address 0\.0\.0\.0:80 needs more rights .*--port\.$/],
    [{ code: 'EAFNOSUPPORT', address: '::' }, /^The address \[::\] is of a kind .*IPv6.*--host\.$/],
    [{ code: 'EINVAL', address: 'fe80::1' }, /^The address \[fe80::1\] cannot be listened on: .*--host\.$/],
    [{ code: 'ENOTFOUND', hostname: 'no-such-host' }, /^The address no-such-host is not a host .*--host\.$/],
    [{ code: 'EAI_AGAIN', hostname: 'some-host' }, /^The address some-host could not be looked up, .*--host\.$/],
    [{ code: 'EADDRINUSE' }, /^The address to listen on is in use/],
  ])('for %o', (fields, sentence) => {
    expect(describeListenProblem(createSystemError(fields))).toMatch(sentence);
  });
});

test.each([
  undefined,
  'EADDRINUSE',
  new Error('x'),
  createSystemError({ code: 'ENOENT' }),
  createSystemError({ code: 98 }),
])('%o is something else', (thrown) => {
  expect(describeListenProblem(thrown)).toBeUndefined();
});
