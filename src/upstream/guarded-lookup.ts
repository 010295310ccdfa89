import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { UpstreamFailure } from './upstream-failure.ts';

/** An address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a host's name to all its addresses. Throws or gives none where there is none. */
export type ResolveHost = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** As the operating system resolves names. */
export const resolveWithSystem: ResolveHost = (hostname) => lookup(hostname, { all: true });

/** The failure of a host that must not be reached. It is the same for a name that does not exist, so that nobody can ask for inner names. */
export function createForbiddenHost(cause?: unknown): UpstreamFailure {
  return new UpstreamFailure('unreachable', 'its host has no public address', cause);
}

/**
 * The lookup that a socket connects with. It gives the very addresses that it has checked, so that a name cannot stand for another one
 * between check and connection. One address that is not allowed forbids the host.
 */
export function createGuardedLookup(resolve: ResolveHost, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    findAllowed(hostname, resolve, isAllowed).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (cause: unknown) => callback(createForbiddenHost(cause), '', 0),
    );
  };
}

async function findAllowed(
  hostname: string,
  resolve: ResolveHost,
  isAllowed: (address: string) => boolean,
): Promise<readonly [ResolvedAddress, ...ResolvedAddress[]]> {
  const [first, ...others] = await resolve(hostname);
  if (first === undefined) throw createForbiddenHost();
  if (![first, ...others].every(({ address }) => isAllowed(address))) throw createForbiddenHost();
  return [first, ...others];
}
