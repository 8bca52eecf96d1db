/** Who seals, in which turn, and how many of them decide. */
import { concat, equal } from '@chartseal/core/bytes'
import type { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { fieldError, hashBytes, isRising, oneOf } from '../fields.js'
import type { PoaRule } from '../genesis.js'
import { publicKeyBytesOf, signingAlgorithms } from '../member.js'
import { type Member, membersWith, type Roster } from '../roster.js'

/** One who seals: a part of a member. */
export type Sealer = Pick<Member, 'kid' | 'algorithm' | 'publicKey'>

/** Sealers by kid, and the SHA-256 of their deterministic CBOR. */
export interface SealerSet {
  readonly hash: Uint8Array
  readonly sealers: readonly Sealer[]
}

/** The sealers of the children of the blocks from height `from` on. */
export interface SealerSpan {
  readonly from: bigint
  readonly set: SealerSet
}

/** Of more the first by kid seal: the votes of two sets fit into a seal. */
export const maxSealers = 128

/** The sealers for a block at this height; `null` without any. */
export function sealersAt(roster: Roster, height: bigint): SealerSet | null {
  const members = membersWith(roster, 'sealer', height).slice(0, maxSealers)
  return members.length === 0 ? null : sealerSet(members)
}

/** @param sealers by kid */
export function sealerSet(sealers: readonly Sealer[]): SealerSet {
  return { hash: sha256(encodeCbor(setValue(sealers))), sealers }
}

/** @internal As it is hashed and stored. */
export function setValue(sealers: readonly Sealer[]): CborValue {
  return sealers.map(({ kid, algorithm, publicKey }) => ({ kid, alg: algorithm, key: publicKey }))
}

/** @internal Reads what {@link setValue} wrote; that ids belong to keys is not checked. @throws ChartsealError `cbor/invalid` */
export function setIn(fields: CborFields, name: string): SealerSet {
  const sealers = fields.maps(name, ['kid', 'alg', 'key']).map(sealerFrom)
  if (sealers.length === 0 || sealers.length > maxSealers || !isRising(sealers.map(({ kid }) => kid)))
    throw fieldError(name, `1 to ${maxSealers} sealers by kid`)
  return sealerSet(sealers)
}

function sealerFrom(fields: CborFields): Sealer {
  const algorithm = oneOf(fields, 'alg', signingAlgorithms)
  const publicKey = fields.bytes('key', publicKeyBytesOf(algorithm))
  return { kid: fields.bytes('kid', hashBytes), algorithm, publicKey }
}

/** How many of so many sealers decide. */
export function quorumOf(count: number, tolerates: PoaRule['tolerates']): number {
  return Math.floor((tolerates === 'lies' ? 2 * count : count) / (tolerates === 'lies' ? 3 : 2)) + 1
}

/** Whether these, by kid, are a quorum of each set. */
export function isQuorumOfEach(
  sets: readonly SealerSet[],
  isThere: (kid: Uint8Array) => boolean,
  tolerates: PoaRule['tolerates'],
): boolean {
  return sets.every(
    ({ sealers }) => sealers.filter(({ kid }) => isThere(kid)).length >= quorumOf(sealers.length, tolerates),
  )
}

/** The sealer of this kid in one of the sets. */
export function sealerIn(sets: readonly SealerSet[], kid: Uint8Array): Sealer | null {
  for (const { sealers } of sets) {
    const found = sealers.find(sealer => equal(sealer.kid, kid))
    if (found !== undefined) return found
  }
  return null
}

/** Whose slot it is: so many in a row, then the next by kid. */
export function leaderOf({ sealers }: SealerSet, slot: bigint, { slotsPerTurn }: PoaRule): Sealer {
  const leader = sealers[Number((slot / BigInt(slotsPerTurn)) % BigInt(sealers.length))]
  if (leader === undefined) throw new Error('internal: a set of sealers has none')
  return leader
}

/** The sets of blocks from height `from` to `to`, each once, in the order of their last block. */
export function setsWithin(spans: readonly SealerSpan[], from: bigint, to: bigint): readonly SealerSet[] {
  const reaches = (i: number): boolean => (spans[i + 1]?.from ?? to + 1n) > from
  const found = spans.filter((span, i) => span.from <= to && reaches(i)).map(({ set }) => set)
  return found.filter((set, i) => !found.slice(i + 1).some(later => equal(later.hash, set.hash)))
}

/** What a header says of the sets of which its block needs a quorum each. */
export function hashOfSets(sets: readonly SealerSet[]): Uint8Array {
  return sha256(concat(...sets.map(({ hash }) => hash)))
}
