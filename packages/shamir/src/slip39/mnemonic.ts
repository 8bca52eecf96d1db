import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { slip39Error } from './errors.js'
import { checksum } from './words.js'

/** What all mnemonics of one set have in common. */
export interface MnemonicSet {
  /** 15 bits. */
  readonly id: number
  readonly extendable: boolean
  readonly exponent: number
  readonly groupThreshold: number
  readonly groupCount: number
}

export interface Mnemonic extends MnemonicSet {
  /** 0 to 15. */
  readonly group: number
  /** 0 to 15. */
  readonly member: number
  readonly threshold: number
  readonly value: Uint8Array
}

const minWords = 20
const maxWords = 33
const headWords = 4
const checksumWords = 3

/** The words of one share, SLIP-0039 "Format of the share mnemonic". */
export function formatMnemonic(share: Mnemonic, words: readonly string[]): string {
  const { id, extendable, exponent, value } = share
  const size = Math.ceil((value.length * 8) / 10)
  const fields = [
    share.group,
    share.groupThreshold - 1,
    share.groupCount - 1,
    share.member,
    share.threshold - 1,
  ]
  const start = (BigInt(id) << 5n) | (extendable ? 16n : 0n) | BigInt(exponent)
  const head = fields.reduce((sum, field) => (sum << 4n) | BigInt(field), start)
  const data = [...toWords(head, headWords), ...toWords(toBigIntBE(value), size)]
  const sum = checksum(extendable, [...data, 0, 0, 0]) ^ 1
  return [...data, ...toWords(BigInt(sum), checksumWords)].map(word => words[word]).join(' ')
}

/** @throws ChartsealError `slip39/invalid-mnemonic` */
export function parseMnemonic(text: string, words: readonly string[], index: number): Mnemonic {
  const refuse = (reason: string): Error => slip39Error('slip39/invalid-mnemonic', { index, reason })
  const values = text.split(' ').map(word => words.indexOf(word))
  if (values.length < minWords || values.length > maxWords) throw refuse('number of words')
  if (values.includes(-1)) throw refuse('unknown word')
  const head = Number(fromWords(values.slice(0, headWords)) >> 20n)
  const extendable = ((head >> 4) & 1) === 1
  if (checksum(extendable, values) !== 1) throw refuse('checksum')
  const low = Number(fromWords(values.slice(0, headWords)) & 0xfffffn)
  const field = (shift: number): number => (low >> shift) & 15
  const set = { id: head >> 5, extendable, exponent: head & 15, groupThreshold: field(12) + 1 }
  const groupCount = field(8) + 1
  if (set.groupThreshold > groupCount) throw refuse('group threshold')
  const value = shareValue(values.slice(headWords, -checksumWords))
  if (value === null) throw refuse('padding or size')
  return { ...set, groupCount, group: field(16), member: field(4), threshold: field(0) + 1, value }
}

/** Padded on the left with at most 8 zero bits to whole words. */
function shareValue(words: readonly number[]): Uint8Array | null {
  const padding = (words.length * 10) % 16
  const sizeBytes = (words.length * 10 - padding) / 8
  const value = fromWords(words)
  if (padding > 8 || value >> BigInt(sizeBytes * 8) !== 0n) return null
  return fromBigIntBE(value, sizeBytes)
}

function fromWords(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 10n) | BigInt(word), 0n)
}

function toWords(value: bigint, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(10 * (count - 1 - i))) & 1023n))
}
