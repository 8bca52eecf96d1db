/** Which addresses of the Internet Protocol are public: IANA's special-purpose registries, RFC 6890. */

/** Bits of the prefix behind the slash. */
const specialV4: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Of 2000::/3, the only range that is routed: protocol assignments with Teredo, documentation, 6to4. */
const specialV6: readonly (readonly [firstGroups: readonly number[], bits: number])[] = [
  [[0x2001, 0], 23],
  [[0x2001, 0xdb8], 32],
  [[0x2002, 0], 16],
  [[0x3fff, 0], 20],
]

/** `false` for what is private, local, reserved or no address at all. */
export function isPublicAddress(text: string): boolean {
  const v4 = parseV4(text)
  if (v4 !== null) return !specialV4.some(([start, bits]) => sharesBits(v4, parseV4(start) ?? 0, bits))
  const start = firstGroupsOf(text)
  if (start === null || start >>> 29 !== 1) return false
  return !specialV6.some(([[first = 0, second = 0], bits]) =>
    sharesBits(start, ((first << 16) | second) >>> 0, bits),
  )
}

/** Of this machine: 127.0.0.0/8, ::1 and the name `localhost`, as a URL writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || isLoopbackAddress(hostname)
}

export function isLoopbackAddress(address: string): boolean {
  const v4 = parseV4(address)
  return address === '::1' || (v4 !== null && v4 >>> 24 === 127)
}

const sharesBits = (a: number, b: number, bits: number): boolean => (a ^ b) >>> (32 - bits) === 0

/** As the system writes it: four decimal numbers. */
function parseV4(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some(part => part > 255)) return null
  return parts.reduce((sum, part) => ((sum << 8) | part) >>> 0, 0)
}

/** The first 32 bits of an address of version 6; `null` for another text. */
function firstGroupsOf(text: string): number | null {
  const match = /^([0-9a-f]{1,4}):([0-9a-f]{0,4})(:[0-9a-f:.]*)?(%.*)?$/i.exec(text)
  if (match === null || !text.includes(':')) return null
  const [first = '', second = ''] = match.slice(1)
  return ((Number.parseInt(first, 16) << 16) | Number.parseInt(second === '' ? '0' : second, 16)) >>> 0
}
