import { bech32m } from '@scure/base'

// Five bits in each character; the separator and the checksum of 6 on top.
const lengthOf = (prefix: string, bytes: number): number => Math.ceil((bytes * 8) / 5) + prefix.length + 7

/** Bech32m (BIP 350) of any length, in lower case. */
export function formatBech32m(prefix: string, bytes: Uint8Array): string {
  return bech32m.encode(prefix, bech32m.toWords(bytes), lengthOf(prefix, bytes.length))
}

/** The bytes of the one spelling, in lower case and with this prefix; `null` for anything else, and for more than `maxBytes`. */
export function bytesOfBech32m(text: string, prefix: string, maxBytes: number): Uint8Array | null {
  const maxLength = lengthOf(prefix, maxBytes)
  if (text.length > maxLength || !/^[a-z]+1[a-z0-9]+$/.test(text)) return null
  try {
    const decoded = bech32m.decode(text, maxLength)
    return decoded.prefix === prefix ? Uint8Array.from(bech32m.fromWords(decoded.words)) : null
  } catch {
    return null
  }
}
