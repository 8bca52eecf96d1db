/** From which network a request comes: what its limits are counted by. It is never written anywhere. */
import { BlockList, isIP } from 'node:net'

/** `null`: nobody may set X-Forwarded-For. */
export function proxyList(proxies: readonly string[]): BlockList | null {
  if (proxies.length === 0) return null
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** Whether a text is an address, or an address and the length of a prefix. */
export function isProxy(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32))
}

/**
 * The address that asks, behind proxies that are trusted: the last one of X-Forwarded-For that none of them is.
 * @param peer the other end of the connection
 */
export function sourceOf(peer: string, forwarded: string | null, proxies: BlockList | null): string {
  let source = plain(peer)
  if (proxies === null) return source
  const hops = (forwarded ?? '').split(',').map(hop => plain(hop.trim()))
  while (hops.length > 0 && isIn(proxies, source)) {
    const hop = hops.pop() ?? ''
    // What cannot be read was not written by a proxy of ours.
    if (isIP(hop) === 0) break
    source = hop
  }
  return source
}

/** An IPv4 address is one network; of an IPv6 address the first 64 bits are. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4).map(shortened).join(':')
}

const shortened = (group: string): string => group.replace(/^0+(?=.)/, '')

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Node shows an IPv4 peer of a socket for both families as ::ffff:192.0.2.1. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}
