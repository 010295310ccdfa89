import { isIPv6 } from 'node:net';

/** What keeps a server from listening, by Node's error code, with what to do. */
const problems: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'is in use by another program. Stop that program, or choose another port with --port (0 takes any free one).',
  EACCES: 'needs more rights than this user has. Choose a port above 1023 with --port.',
  EADDRNOTAVAIL: 'is not an address of this machine. Choose another with --host.',
  EAFNOSUPPORT: 'is of a kind that this machine has switched off, as IPv6 often is. Choose another with --host.',
  EINVAL:
    'cannot be listened on: a link-local address needs its interface, such as fe80::1%eth0. Choose another with --host.',
  ENOTFOUND: 'is not a host that this machine knows. Choose another with --host.',
  EAI_AGAIN: 'could not be looked up, since no name server answers. Name the host by its address with --host.',
};

/** The sentence for a failed listen. `undefined` when it was something else. */
export function describeListenProblem(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  const problem = problems[thrown.code];
  if (problem === undefined) return undefined;
  const host = 'address' in thrown ? thrown.address : 'hostname' in thrown ? thrown.hostname : undefined;
  const place = typeof host === 'string' && isIPv6(host) ? `[${host}]` : (host ?? 'to listen on');
  const port = 'port' in thrown ? `:${thrown.port}` : '';
  return `The address ${place}${port} ${problem}`;
}
