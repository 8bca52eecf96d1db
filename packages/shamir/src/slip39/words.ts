import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@noble/hashes/sha2.js'

/** SHA-256 over the 1,024 words of SLIP-0039, joined by single spaces. */
const listHash = 'b19efd8b03b0b388c8ffd0dbff50b468b3daeb454666bebbe20d5cc9006a3620'

/** @throws RangeError for any other list than that of SLIP-0039 */
export function requireWords(words: readonly string[]): void {
  if (encodeHex(sha256(encodeUtf8(words.join(' ')))) !== listHash)
    throw new RangeError('words must be the word list of SLIP-0039')
}

const generator = [
  0xe0e040, 0x1c1c080, 0x3838100, 0x7070200, 0xe0e0009, 0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890,
  0x3f3f120,
]

/** RS1024 over the customization string and the words; 1 for what carries a right checksum. */
export function checksum(extendable: boolean, words: readonly number[]): number {
  const custom = encodeUtf8(extendable ? 'shamir_extendable' : 'shamir')
  let state = 1
  for (const value of [...custom, ...words]) {
    const top = state >>> 20
    state = ((state & 0xfffff) << 10) ^ value
    for (const [bit, row] of generator.entries()) state ^= (top >>> bit) & 1 ? row : 0
  }
  return state
}
