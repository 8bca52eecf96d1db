import { SigningKey } from '@chartseal/core/ed25519'
import { leafHash, treeRoot } from '@chartseal/core/merkle'
import { fixedClock } from '@chartseal/testkit'
import { cosigner, ed25519Signer, formatCheckpoint, type NoteSigner, signNote } from '@chartseal/tlog'

export const seed = (value: number): SigningKey => new SigningKey(new Uint8Array(32).fill(value))

export const origin = 'clinic.example/audit'
export const logKey: NoteSigner = ed25519Signer(origin, seed(1))
export const nowMs: number = Date.UTC(2026, 5, 1, 12)
export const witnessKey = (number: number): NoteSigner =>
  cosigner(`witness.example/w${number}`, seed(100 + number), fixedClock(nowMs))

/** Hashes of leaves 0 to `size` - 1; `history` makes other leaves from `from` on. */
export function leaves(size: number, history = '', from = 0): Uint8Array[] {
  return Array.from({ length: size }, (_, i) =>
    leafHash(new TextEncoder().encode(`entry ${i}${i < from ? '' : history}`)),
  )
}

export function checkpointText(hashes: readonly Uint8Array[], name: string = origin): string {
  return formatCheckpoint({ origin: name, size: hashes.length, root: treeRoot(hashes), extensions: [] })
}

export function checkpointOf(hashes: readonly Uint8Array[], ...more: readonly NoteSigner[]): string {
  return signNote(checkpointText(hashes), [logKey, ...more])
}
