/** What a user writes around a hash function: the same nonces in the same order, until one satisfies the target. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { type Contender, inProcess } from '../measure.js'

/** Tries the nonce that these eight bytes hold, little-endian: its hash when that is at most the target. */
export type TryNonce = (nonce: Uint8Array) => Uint8Array | null

/** A way to mine, for one prefix and one target. */
export type MakeTrial = (prefix: Uint8Array, target: Uint8Array) => TryNonce

export const unreachable: Uint8Array = new Uint8Array(32)
/** About one nonce in 4096. */
export const easy: Uint8Array = new Uint8Array(32).fill(0xff).fill(0, 0, 1).fill(0x0f, 1, 2)
export const easyRange = 200_000

/** How every miner of the bench names the lowest satisfying nonce. */
export const hitText = (nonce: bigint | number, hash: Uint8Array): string => `${nonce} ${encodeHex(hash)}`

export function loopContender(name: string, prefix: Uint8Array, make: MakeTrial): Contender {
  const endless = make(prefix, unreachable)
  return inProcess(
    name,
    () => encodeUtf8(search(make(prefix, easy), easyRange)),
    amount => search(endless, amount),
  )
}

function search(tryNonce: TryNonce, count: number): string {
  const nonce = new Uint8Array(8)
  const view = new DataView(nonce.buffer)
  for (let i = 0; i < count; i++) {
    view.setUint32(0, i, true)
    const hash = tryNonce(nonce)
    if (hash !== null) return hitText(i, hash)
  }
  return 'none'
}

export function isAtMost(value: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = (value[i] ?? 0) - (limit[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}

/** A buffer with the prefix in it, and the place of the nonce behind that. */
export function messageWith(prefix: Uint8Array): Uint8Array {
  const message = new Uint8Array(prefix.length + 8)
  message.set(prefix)
  return message
}
