import { BlockList, isIP } from 'node:net';

/** IPv4 that is not the open Internet: iana.org/assignments/iana-ipv4-special-registry, and multicast. */
const specialRanges4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's own services for its machines: learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16.
  ['168.63.129.16', 32],
];

/**
 * Inside of 2000::/3, which alone is global unicast (iana.org/assignments/ipv6-unicast-address-assignments), what is special: protocol
 * assignments with Teredo, documentation, and 6to4, which carries any IPv4 address.
 */
const specialRanges6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = createList(specialRanges4, 'ipv4', createList(specialRanges6, 'ipv6', new BlockList()));
const global6 = createList([['2000::', 3]], 'ipv6', new BlockList());

/**
 * Whether an IP address belongs to the open Internet: not loopback, private, unique-local, link-local (and so no cloud's metadata),
 * multicast or otherwise special. IPv6 that carries an IPv4 address is not, whatever the address.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

function createList(
  ranges: readonly (readonly [string, number])[],
  family: 'ipv4' | 'ipv6',
  list: BlockList,
): BlockList {
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, family);
  return list;
}
