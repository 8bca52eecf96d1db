/** Strict encodings: one value has one spelling, and every other spelling is refused. */
import { base64, base64urlnopad, hex } from '@scure/base'
import { coreError } from './errors.js'

export { type CborValue, decodeCbor, decodeCborViews, encodeCbor } from './cbor-codec.js'
export { decodeUtf8, encodeUtf8, withoutBom } from './utf8.js'

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  return hex.encode(bytes)
}

/** @throws ChartsealError `encoding/invalid` for anything but lower-case hexadecimal */
export function decodeHex(text: string): Uint8Array {
  if (!/^[0-9a-f]*$/.test(text)) throw coreError('encoding/invalid', { encoding: 'hex' })
  return canonical('hex', text, hex)
}

/** Standard alphabet, with padding (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return base64.encode(bytes)
}

/** @throws ChartsealError `encoding/invalid` unless it is the canonical spelling (RFC 4648 3.5) */
export function decodeBase64(text: string): Uint8Array {
  return canonical('base64', text, base64)
}

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Base64 as Python's `base64.b64decode` reads it, for archives that the seeds wrote: other characters are
 * dropped, what follows the padding is ignored, unused low bits may be set. Many texts mean one value, so
 * nothing new should be read with it.
 * @throws ChartsealError `encoding/invalid` for non-ASCII text, or groups that are not complete
 */
export function legacyDecodeBase64(text: string): Uint8Array {
  // Python refuses it anywhere, also behind the padding.
  if (/[\u0080-\uffff]/.test(text)) throw coreError('encoding/invalid', { encoding: 'base64' })
  const bytes: number[] = []
  let group = 0
  let digits = 0
  let pads = 0
  for (const character of text) {
    if (character === '=') {
      if (digits >= 2 && digits + ++pads >= 4) return Uint8Array.from(bytes)
      continue
    }
    const digit = base64Alphabet.indexOf(character)
    if (digit < 0) continue
    pads = 0
    if (digits > 0) bytes.push((((group << 6) | digit) >> (6 - 2 * digits)) & 0xff)
    group = digit
    digits = (digits + 1) % 4
  }
  if (digits !== 0) throw coreError('encoding/invalid', { encoding: 'base64' })
  return Uint8Array.from(bytes)
}

/** URL-safe alphabet, without padding (RFC 4648 section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/** @throws ChartsealError `encoding/invalid` unless it is the canonical spelling */
export function decodeBase64Url(text: string): Uint8Array {
  return canonical('base64url', text, base64urlnopad)
}

function canonical(encoding: string, text: string, coder: { decode(text: string): Uint8Array }): Uint8Array {
  try {
    return Uint8Array.from(coder.decode(text))
  } catch {
    throw coreError('encoding/invalid', { encoding })
  }
}
