/** Which URLs a client asks. A link comes from a stranger: it must not be a way into the network of whoever opens it. */
import { shlError } from './errors.js'

const maxLength = 2_048

/**
 * The URL, parsed: https, or http of this machine alone; no user or password; no address of a private network.
 * Names are not resolved here: who opens links of strangers inside a network does so through a proxy that checks addresses.
 * @throws ChartsealError `shl/bad-url`
 */
export function requireUrl(text: string): URL {
  const problem = problemOf(text)
  if (typeof problem === 'string') throw shlError('shl/bad-url', { reason: problem })
  return problem
}

function problemOf(text: string): URL | string {
  if (text.length > maxLength) return `it has more than ${maxLength} characters`
  if (!URL.canParse(text)) return 'it is not an absolute URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it is neither https nor http'
  if (url.username !== '' || url.password !== '') return 'it names a user'
  if (isLoopback(url)) return url
  if (url.protocol !== 'https:') return 'http is for this machine alone'
  return isPrivate(url.hostname) ? 'it is an address of a private network' : url
}

/**
 * The URL, as {@link requireUrl}, of a server that may be asked on behalf of a stranger's link. One of this machine may be
 * only where that was allowed: services here trust whoever reaches them.
 * @throws ChartsealError `shl/bad-url`
 */
export function requireAskable(text: string, isLocalAllowed: boolean): URL {
  const url = requireUrl(text)
  if (isLocal(url) && !isLocalAllowed)
    throw shlError('shl/bad-url', { reason: 'it is of this machine, and nobody allowed that' })
  return url
}

/** This machine, by the names that need no certificate. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** This machine, by whatever name (RFC 6761 6.3). */
export function isLocal(url: URL): boolean {
  return isLoopback(url) || /(^|\.)localhost\.?$/.test(url.hostname)
}

/** Addresses only (RFC 6890): URL parsing has brought every spelling of an IPv4 address into this one. */
const privateAddress =
  /^(0|10|169\.254|192\.168|192\.0\.0|198\.1[89]|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(2[4-9]|[3-5]\d))\./
const privateAddress6 = /^\[(::|f[cdef]|64:ff9b:|2002:)/

const isPrivate = (hostname: string): boolean =>
  privateAddress.test(hostname) || privateAddress6.test(hostname)
