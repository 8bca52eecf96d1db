/** Small words of the story. */
import type { LeftOutResource } from '@chartseal/clinic'
import { encodeHex } from '@chartseal/core/encoding'

/** `1 block`, `12 blocks`. */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(amount)} ${amount === 1 ? noun : plural}`
}

/** `12,345`. */
export function grouped(amount: number | bigint): string {
  return amount.toLocaleString('en-GB')
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** What of a bundle is not used, a line for each reason. */
export function leftOutLines(leftOut: readonly LeftOutResource[]): readonly string[] {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))]
  return reasons.map(reason => {
    const names = leftOut.filter(one => one.reason === reason).map(({ name }) => name)
    const [first = ''] = names
    return names.length === 1
      ? `Left out, as ${reason}: ${first}`
      : `${names.length} left out, as ${reason}: ${first} and others`
  })
}

/** The first 8 bytes of an id in hexadecimal. */
export function short(bytes: Uint8Array): string {
  return `${encodeHex(bytes.subarray(0, 8))}…`
}

/** A copy with one bit flipped, in the middle. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const middle = Math.floor(copy.length / 2)
  copy[middle] = (copy[middle] ?? 0) ^ 1
  return copy
}

/** A name as pairings and logs take it: up to 64 visible characters. */
export function shownName(name: string): string {
  const visible = name.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
  return visible.trim().slice(0, 60).toWellFormed().trim() || 'the patient'
}
