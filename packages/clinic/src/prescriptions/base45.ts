/** Base45 (RFC 9285): the alphabet that a QR code packs best, 5.5 bits in a character. */
import { coreError } from '@chartseal/core/errors'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** Base45 (RFC 9285): the letters of a QR code in alphanumeric mode. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const [high, low] = [bytes[i] ?? 0, bytes[i + 1]]
    text += low === undefined ? digitsOf(high, 2) : digitsOf(256 * high + low, 3)
  }
  return text
}

/** The least significant first. */
function digitsOf(value: number, count: number): string {
  let text = ''
  for (let rest = value, i = 0; i < count; i++, rest = Math.floor(rest / 45)) text += alphabet[rest % 45]
  return text
}

/** @throws ChartsealError `encoding/invalid` for another character, or a group that stands for no bytes */
export function decodeBase45(text: string): Uint8Array {
  if (text.length % 3 === 1) throw invalid()
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3)
    const value = numberOf(group)
    if (value >= (group.length === 3 ? 0x1_00_00 : 0x1_00)) throw invalid()
    if (group.length === 3) bytes.push(value >> 8)
    bytes.push(value & 0xff)
  }
  return Uint8Array.from(bytes)
}

function numberOf(group: string): number {
  return [...group].reduceRight((value, character) => {
    const digit = alphabet.indexOf(character)
    if (digit < 0) throw invalid()
    return 45 * value + digit
  }, 0)
}

const invalid = (): Error => coreError('encoding/invalid', { encoding: 'base45' })
