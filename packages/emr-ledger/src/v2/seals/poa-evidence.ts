/** What shows a light client that a block is final: three blocks in consecutive slots, each with its votes. */
import { concat, equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { compareBytes, fieldError, hashBytes, isRising, readStrictly } from '../fields.js'
import { decodeHeader, headerBytes, type ReadHeader } from '../header.js'
import { signatureBytes } from '../member.js'
import type { PoaJudge } from './poa.js'
import { finalRun } from './poa-memory.js'
import { hashOfSets, maxSealers, type SealerSet, setIn, setValue } from './poa-sealers.js'
import type { PoaNode } from './poa-tree.js'
import { type Ballot, decodePoaSeal, requireQuorum } from './poa-votes.js'
import { votedBytesOf } from './signing.js'

/** One of the three blocks; the second one is final. */
interface ShownBlock {
  readonly header: ReadHeader
  /** By kid. */
  readonly votes: readonly Ballot[]
  /** Of which it needs a quorum each; none of block 0. */
  readonly sets: readonly SealerSet[]
}

const fieldsOfEvidence = ['v', 'kind', 'sets', 'blocks']
const maxSets = 255

/** @internal @param last the highest of the three */
export function encodePoaEvidence(last: PoaNode): Uint8Array {
  const middle = last.parent
  const first = middle?.parent ?? null
  if (middle === null || first === null) throw new Error('internal: three blocks show what is final')
  const sets = eachOnce([first, middle, last].flatMap(node => node.sets))
  return encodeCbor({
    v: 2,
    kind: 'poa',
    sets: sets.map(({ sealers }) => ({ sealers: setValue(sealers) })),
    blocks: [
      blockValue(first, decodePoaSeal(middle.seal).votes, sets),
      blockValue(middle, decodePoaSeal(last.seal).votes, sets),
      blockValue(last, [...last.votes.values()], sets),
    ],
  })
}

function blockValue({ header, sets }: PoaNode, votes: readonly Ballot[], all: readonly SealerSet[]) {
  const sorted = [...votes].sort((a, b) => compareBytes(a.kid, b.kid))
  return {
    header: header.bytes,
    sets: Uint8Array.from(sets, set => all.findIndex(one => equal(one.hash, set.hash))),
    votes: sorted.map(({ kid, signature }) => concat(kid, signature)),
  }
}

function eachOnce(sets: readonly SealerSet[]): readonly SealerSet[] {
  return [...new Map(sets.map(set => [encodeHex(set.hash), set])).values()]
}

/** The final block of the evidence, without any check: for whoever made the evidence. @throws ChartsealError `ledger/finality` */
export function poaEvidenceHeader(evidence: Uint8Array): ReadHeader {
  return middleOf(readEvidence(evidence)).header
}

/** What a light client knows. */
export interface TrustedSealers {
  /** Onto a block that is final. */
  readonly sealers: SealerSet
  /** Ids of blocks that are final for sure: block 0, and that one. */
  readonly known: readonly Uint8Array[]
}

export interface ShownFinal {
  readonly header: ReadHeader
  /** The sealers onto that block. */
  readonly sealers: SealerSet
}

/**
 * The block that is final, for one who knows which sealers were in force at a final block before.
 * @param trusted each of the three blocks must be known, or have a quorum of these and of every other set that it names
 * @throws ChartsealError `ledger/finality`, `ledger/seal-votes`
 */
export function checkPoaEvidence(judge: PoaJudge, trusted: TrustedSealers, evidence: Uint8Array): ShownFinal {
  const blocks = readEvidence(evidence)
  for (const [i, shown] of blocks.entries()) {
    requireLink(judge, shown, blocks[i - 1] ?? null)
    // Those of a block that is known are believed, too: block 0 alone names none.
    if (shown.header.height > 0n) requireSets(shown)
    if (!trusted.known.some(id => equal(id, shown.header.id))) requireVotes(judge, trusted.sealers, shown)
  }
  const sealers = blocks.at(-1)?.sets.at(-1)
  if (sealers === undefined) throw refused('it names no sealers')
  return { header: middleOf(blocks).header, sealers }
}

function requireLink(judge: PoaJudge, { header }: ShownBlock, below: ShownBlock | null): void {
  if (!equal(header.ledger, judge.ledger)) throw refused('it is of another ledger')
  if (below === null) return
  const isNext = header.height === below.header.height + 1n && equal(header.previous, below.header.id)
  if (!isNext) throw refused('its blocks are not neighbours')
  if (judge.slotAt(header.timestamp) !== judge.slotAt(below.header.timestamp) + 1n)
    throw refused('its slots are not consecutive')
}

function requireSets({ header, sets }: ShownBlock): void {
  if (!equal(hashOfSets(sets), header.extra.subarray(0, hashBytes)))
    throw refused('the header names other sealers')
}

function requireVotes(judge: PoaJudge, trusted: SealerSet, { header, sets, votes }: ShownBlock): void {
  if (!sets.some(({ hash }) => equal(hash, trusted.hash)))
    throw refused('the sealers that are known do not decide')
  const voted = votedBytesOf(judge.ledger, judge.slotAt(header.timestamp), header.id)
  requireQuorum(votes, { sets, voted, tolerates: judge.rule.tolerates })
}

function middleOf(blocks: readonly ShownBlock[]): ShownBlock {
  const middle = blocks[1]
  if (middle === undefined) throw new Error('internal: three blocks were read')
  return middle
}

function readEvidence(bytes: Uint8Array): readonly ShownBlock[] {
  return readStrictly(
    () => evidenceIn(CborFields.decode(bytes, fieldsOfEvidence)),
    reason => refused(reason),
  )
}

function evidenceIn(fields: CborFields): readonly ShownBlock[] {
  fields.count('v', 2, 2)
  if (fields.text('kind') !== 'poa') throw fieldError('kind', 'poa')
  const sets = fields.maps('sets', ['sealers']).map(set => setIn(set, 'sealers'))
  if (sets.length > maxSets) throw fieldError('sets', `at most ${maxSets}`)
  const blocks = fields.maps('blocks', ['header', 'sets', 'votes'])
  if (blocks.length !== finalRun) throw fieldError('blocks', `${finalRun}`)
  return blocks.map(block => shownIn(block, sets))
}

function shownIn(fields: CborFields, all: readonly SealerSet[]): ShownBlock {
  const sets = [...fields.bytesAsTheyAre('sets')].map(place => {
    const set = all[place]
    if (set === undefined) throw fieldError('sets', 'places of sets')
    return set
  })
  const votes = fields.byteStrings('votes', 2 * maxSealers, hashBytes + signatureBytes).map(vote => ({
    kid: vote.subarray(0, hashBytes),
    signature: vote.subarray(hashBytes),
  }))
  if (!isRising(votes.map(({ kid }) => kid))) throw fieldError('votes', 'sorted by kid, each once')
  return { header: decodeHeader(fields.bytes('header', headerBytes)), sets, votes }
}

function refused(reason: string): Error {
  return sealError('ledger/finality', { reason })
}
