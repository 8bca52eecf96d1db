/** The seal of voting sealers, and votes as they travel, in deterministic CBOR. */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { compareBytes, fieldError, hashBytes, isRising, readStrictly } from '../fields.js'
import type { PoaRule } from '../genesis.js'
import { signatureBytes, verifySignature } from '../member.js'
import { isQuorumOfEach, maxSealers, type SealerSet, sealerIn } from './poa-sealers.js'

/** One sealer's signature over `votedBytesOf`. */
export interface Ballot {
  /** 32 bytes. */
  readonly kid: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export interface PoaSeal {
  /** The leader's, over `sealedBytesOf`. */
  readonly signature: Uint8Array
  /** For the block before, by kid; none for block 0. */
  readonly votes: readonly Ballot[]
}

/** A vote on its way. */
export interface Vote extends Ballot {
  /** Id of the block, 32 bytes. */
  readonly block: Uint8Array
  readonly slot: bigint
}

/** Votes of two whole sets that have no member in common. */
const maxVotes = 2 * maxSealers

/** CBOR list of the signature and the votes. */
export function encodePoaSeal({ signature, votes }: PoaSeal): Uint8Array {
  return encodeCbor([signature, ballotsValue(votes)])
}

/** @throws ChartsealError `ledger/seal-encoding` */
export function decodePoaSeal(bytes: Uint8Array): PoaSeal {
  return readStrictly(
    () => {
      const [signature, votes] = listOf(decodeCbor(bytes), 2)
      return { signature: sized(signature, signatureBytes), votes: ballotsIn(votes) }
    },
    reason => sealError('ledger/seal-encoding', { reason }),
  )
}

/** @internal By kid, at most as many as a seal holds. */
function ballotsValue(votes: readonly Ballot[]): CborValue {
  const sorted = [...votes].sort((a, b) => compareBytes(a.kid, b.kid)).slice(0, maxVotes)
  return sorted.map(({ kid, signature }) => [kid, signature])
}

/** @internal @throws ChartsealError `cbor/invalid` */
function ballotsIn(value: CborValue | undefined): readonly Ballot[] {
  if (!Array.isArray(value) || value.length > maxVotes) throw fieldError('votes', `at most ${maxVotes}`)
  const ballots = value.map((part: CborValue) => {
    const [kid, signature] = listOf(part, 2)
    return { kid: sized(kid, hashBytes), signature: sized(signature, signatureBytes) }
  })
  if (!isRising(ballots.map(({ kid }) => kid))) throw fieldError('votes', 'sorted by kid, each once')
  return ballots
}

function listOf(value: CborValue | undefined, length: number): readonly CborValue[] {
  if (Array.isArray(value) && value.length === length) return value
  throw fieldError('', `a list of ${length}`)
}

function sized(value: CborValue | undefined, sizeBytes: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === sizeBytes) return value
  throw fieldError('', `${sizeBytes} bytes`)
}

/**
 * That a block of this slot has a quorum of each set, and nothing else.
 * @throws ChartsealError `ledger/seal-votes`
 */
export function requireQuorum(votes: readonly Ballot[], { sets, voted, tolerates }: Election): void {
  for (const { kid, signature } of votes) {
    const sealer = sealerIn(sets, kid)
    if (sealer === null) throw sealError('ledger/seal-votes', { reason: 'not-a-sealer' })
    if (!verifySignature(sealer, voted, signature))
      throw sealError('ledger/seal-votes', { reason: 'signature' })
  }
  const kids = new Set(votes.map(({ kid }) => encodeHex(kid)))
  if (!isQuorumOfEach(sets, kid => kids.has(encodeHex(kid)), tolerates))
    throw sealError('ledger/seal-votes', { reason: 'quorum' })
}

/** Who votes on one block, and what their signatures are over. */
export interface Election {
  readonly sets: readonly SealerSet[]
  readonly voted: Uint8Array
  readonly tolerates: PoaRule['tolerates']
}

const voteFields = ['v', 'block', 'slot', 'kid', 'signature']

export function encodeVote({ block, slot, kid, signature }: Vote): Uint8Array {
  return encodeCbor({ v: 2, block, slot, kid, signature })
}

/** @throws ChartsealError `ledger/message` */
export function decodeVote(bytes: Uint8Array): Vote {
  return readStrictly(
    () => {
      const fields = CborFields.decode(bytes, voteFields)
      fields.count('v', 2, 2)
      return {
        block: fields.bytes('block', hashBytes),
        slot: fields.integer('slot'),
        kid: fields.bytes('kid', hashBytes),
        signature: fields.bytes('signature', signatureBytes),
      }
    },
    reason => sealError('ledger/message', { reason }),
  )
}
