import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Networks that are not the public internet: this host, private, link-local, carrier, test, multicast, reserved. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
  // As a network without IPv4 spells it (NAT64, RFC 6052).
  PRIVATE.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}

/** Whether an IP address in text is outside the public internet; an IPv4 address written as IPv6 counts as what it is. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether any address of the URL's host is private. Names are resolved; one that does not resolve throws. A name could
 * resolve to something else when it is connected to, so this keeps honest mistakes and plain attacks out, not a hostile
 * name server.
 */
export async function hasPrivateHost(url: URL): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return isPrivateAddress(host);
  const addresses = await lookup(host, { all: true });
  return addresses.some(({ address }) => isPrivateAddress(address));
}

/** The hub's base URL without a trailing slash; throws a TypeError for anything but a plain http or https address. */
export function hubBase(hub: string): URL {
  if (!URL.canParse(hub))
    throw new TypeError("the hub's URL cannot be read; it looks like https://hub.example");
  const url = new URL(hub);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TypeError(`the hub's URL must begin with http:// or https://, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError("the hub's URL must be an address alone, without a user, a query or a fragment");
  }
  return url;
}

/** Whether the host is this machine by its very name, without asking a name server. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Why a file of `hub` may not be fetched from `url`, in words that follow "but"; null where it may. */
export async function hopProblem(hub: URL, url: URL): Promise<string | null> {
  if (url.origin === hub.origin) return null;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only http and https are followed';
  if (hub.protocol === 'https:' && url.protocol === 'http:') return 'an encrypted hub stays encrypted';
  const leadsInside = (await hasPrivateHost(url)) && !(await hasPrivateHost(hub));
  return leadsInside ? 'that is a private network' : null;
}
