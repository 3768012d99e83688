import { BlockList, isIP } from 'node:net'

/** Addresses or CIDR ranges whose forwarding headers are believed. */
export interface TrustedProxies {
  has(address: string): boolean
}

/** Throws on an entry that is neither an address nor a range. */
export const trustedProxies = (entries: readonly string[]): TrustedProxies => {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) throw new Error(`not an address or a range: ${entry}`)
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return { has: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') }
}

/** An IPv4 address that came over an IPv6 socket, as IPv4. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address

/**
 * The nearest address that is no proxy of ours: read from the right of X-Forwarded-For, and only as far as trusted hops go, because
 * everything further left may be anybody's invention.
 */
export const clientAddress = (
  peer: string | undefined,
  forwarded: string | undefined,
  trusted: TrustedProxies,
): string | null => {
  if (peer === undefined) return null
  let nearest = plainAddress(peer)
  const hops = (forwarded ?? '').split(',').map((hop) => plainAddress(hop.trim()))
  while (trusted.has(nearest)) {
    const next = hops.pop()
    if (next === undefined || isIP(next) === 0) break
    nearest = next
  }
  return nearest
}
