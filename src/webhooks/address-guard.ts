import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface AddressRules {
  allowPrivate: boolean
  /** Which addresses are not private; the internet's, unless said otherwise. */
  isPublic?: (address: string) => boolean
}

/** An address that callbacks may not go to; says which and why. */
export class RefusedAddressError extends Error {
  override name = 'RefusedAddressError'
}

/** Resolves a name to all of its addresses, as `dns.lookup` with `all` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** All of IPv6 that has been given out for the internet; ipaddr.js calls unassigned blocks unicast, too. */
const internet6 = ipaddr.parseCIDR('2000::/3')

/** Whether the whole internet means the same machine by this address, also when IPv4 hides in IPv6. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(internet6))
}

/**
 * Checks what can be told of a callback's URL before it is resolved: http or https, no credentials, and no address
 * literal that is private. Throws `RefusedAddressError`.
 */
export function checkUrl(url: URL, { allowPrivate, isPublic = isPublicAddress }: AddressRules): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RefusedAddressError(`${url.protocol} is neither http nor https`)
  }
  if (url.username !== '' || url.password !== '') throw new RefusedAddressError('the URL holds credentials')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host))
    throw new RefusedAddressError(`${host} is private`)
}

/**
 * The resolver of a connection that is being made: what it lets through is what is connected to, so a name that resolves
 * differently the second time gains nothing.
 */
export function publicLookup(
  isPublic: (address: string) => boolean = isPublicAddress,
  resolve: Resolve = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const allowed = addresses.filter(({ address }) => isPublic(address))
      const [first] = allowed
      if (!first) return callback(new RefusedAddressError(`${hostname} is private`), '', 0)
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
