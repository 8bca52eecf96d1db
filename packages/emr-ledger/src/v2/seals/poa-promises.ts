/** What a sealer may not do again: from its notes, and from what others show that it has signed. */
import { toBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeHex } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { readStrictly } from '../fields.js'
import type { SealNotes } from '../seal.js'
import type { PoaNode } from './poa-tree.js'

/** @internal Names of what is durable: never made again from the blocks. */
export const noteNames = { sealed: 'poa/sealed', voted: 'poa/voted' } as const

/** What this node may not do again. */
export interface Promises {
  /** The last slot that it sealed a block of. */
  sealed: bigint
  /** The last slot that it voted in. */
  voted: bigint
  /** It votes for no block whose parent is lower: also when it has forgotten which chain was the longest. */
  lock: bigint
}

/** @throws ChartsealError `ledger/seal-memory` */
export async function readPromises(store: SealNotes): Promise<Promises> {
  const [sealed, voted] = [await store.get(noteNames.sealed), await store.get(noteNames.voted)]
  const vote = voted === null ? { voted: 0n, lock: 0n } : readVoted(voted)
  return { sealed: sealed === null ? 0n : toBigIntBE(sealed), ...vote }
}

function readVoted(bytes: Uint8Array): Pick<Promises, 'voted' | 'lock'> {
  return readStrictly(
    () => {
      const fields = CborFields.decode(bytes, ['slot', 'lock'])
      return { voted: fields.integer('slot'), lock: fields.integer('lock') }
    },
    reason => sealError('ledger/seal-memory', { reason }),
  )
}

/**
 * A vote of this sealer for a block binds it, also where the notes are older than the vote: they were put back from a
 * backup, and the blocks were not.
 */
export function bindByVote(promises: Promises, { memory, votes }: PoaNode, kid: Uint8Array): void {
  if (!votes.has(encodeHex(kid))) return
  if (memory.slot > promises.voted) promises.voted = memory.slot
  if (memory.height - 1n > promises.lock) promises.lock = memory.height - 1n
}

/** So does its signature under a block. */
export function bindBySeal(promises: Promises, slot: bigint): void {
  if (slot > promises.sealed) promises.sealed = slot
}
