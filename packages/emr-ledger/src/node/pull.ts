/**
 * Pulls what a peer has and this node has not: headers first, each body checked against its header. Nothing of a peer's
 * headers outlives the pull. Gossip makes it faster; late joiners and healed partitions need nothing else.
 */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { nodeError } from '../v2/errors-node.js'
import { decodeHeader, type ReadHeader } from '../v2/header.js'
import type { ChainBlock, LedgerPeer, PeerHeader, PullResult, Received, Submitted } from './api.js'

/** A header of a peer, as it was read; its seal is not judged. */
export interface PulledHeader {
  readonly header: ReadHeader
  readonly seal: Uint8Array
}

/** What pulling asks of the node. */
export interface PullSide {
  readonly tip: ChainBlock
  /** Below it nothing changes any more. */
  readonly floor: ChainBlock
  /** Whether the block is the floor, or stands on it here. */
  has(id: Uint8Array): boolean
  /** Whether the bodies are worth having; the first header stands on a block that is here. @throws ChartsealError */
  judge(headers: readonly PulledHeader[]): Promise<boolean>
  receive(block: Uint8Array, isCorrected: boolean): Promise<Received>
  /** Whether a sealed block shows that whoever seals has the right time again. */
  isTimely(block: PulledHeader): boolean
  /** Votes for a block that stand in the seal of one on top of it. */
  votesIn(child: PulledHeader, parent: ReadHeader): readonly Uint8Array[]
  vote(evidence: Uint8Array): Promise<boolean>
  /** Ids of blocks that sealers voted for and that are not here: on no chain that anybody follows, perhaps. */
  missing(): readonly Uint8Array[]
  /** It cannot stand here any more: not asked for again. */
  giveUp(id: Uint8Array): void
  submit(record: Uint8Array): Promise<Submitted>
}

/** Headers that are asked for at once. */
const headersAtOnce = 128
/** Bodies that are under way at once. */
const bodiesAtOnce = 8
/** Headers that are held before their bodies are asked for, where work decides. */
const mostHeld = 2_048
/** Evidence and records of a peer that one pull looks at. */
const mostMessages = 1_024
/** Blocks that one pull asks for because of votes. */
const mostMissing = 32

/** @throws ChartsealError `ledger/peer-…`, what its blocks are refused for, and what the peer throws */
export async function pull(peer: LedgerPeer, side: PullSide): Promise<PullResult> {
  const tip = await peer.tip()
  let blocks = 0
  // A peer that is below what is final here has nothing new.
  if (tip.height >= side.floor.height && !side.has(tip.id)) {
    const from = await meetingHeight(peer, side, tip.height)
    blocks = await pullBlocks(peer, side, from, tip.height)
  }
  for (const evidence of (await peer.evidence?.())?.slice(0, mostMessages) ?? []) await side.vote(evidence)
  blocks += await pullMissing(peer, side)
  let records = 0
  for (const record of (await peer.pending?.())?.slice(0, mostMessages) ?? []) {
    if (await takeRecord(side, record)) records++
  }
  return { blocks, records }
}

/**
 * A sealer whose block got no votes makes another one beside it, and follows the first as before: votes alone lead to the
 * others.
 */
async function pullMissing(peer: LedgerPeer, side: PullSide): Promise<number> {
  let kept = 0
  for (const id of side.missing().slice(0, mostMissing)) {
    const body = await peer.block(id)
    if (body === null) continue
    const received = await receiveVoted(side, id, body)
    if (received === null) continue
    if (!equal(received.id, id)) throw nodeError('ledger/peer-block', { height: side.tip.height + 1n })
    if (received.outcome === 'kept') kept++
  }
  return kept
}

/** `null` for one that comes too late, or too early; whoever voted for it may have been on another side. */
async function receiveVoted(side: PullSide, id: Uint8Array, body: Uint8Array): Promise<Received | null> {
  try {
    return await side.receive(body, false)
  } catch (error) {
    const code = error instanceof ChartsealError ? error.code : ''
    if (code === 'ledger/below-final') side.giveUp(id)
    else if (code !== 'ledger/early' && code !== 'ledger/slot-full') throw error
    return null
  }
}

/** A height at which both follow a block that is here: not always the highest. */
async function meetingHeight(peer: LedgerPeer, side: PullSide, peerHeight: bigint): Promise<bigint> {
  const { floor, tip } = side
  let height = peerHeight < tip.height ? peerHeight : tip.height
  for (let step = 1n; height > floor.height; step *= 2n) {
    const [first] = await peer.headers(height, 1)
    if (first !== undefined && side.has(readOf(first, height).header.id)) return height
    height -= step
    if (height < floor.height) height = floor.height
  }
  const [first] = await peer.headers(floor.height, 1)
  if (first === undefined || !equal(readOf(first, floor.height).header.id, floor.id)) {
    throw nodeError('ledger/peer-diverged', { height: floor.height })
  }
  return floor.height
}

/** Resolves with how many blocks were kept. */
async function pullBlocks(peer: LedgerPeer, side: PullSide, meeting: bigint, last: bigint): Promise<number> {
  let kept = 0
  let held: PulledHeader[] = []
  let height = meeting
  let before: Uint8Array | null = null
  while (height <= last) {
    const read = readAll(await peer.headers(height, headersAtOnce), height, before)
    if (read.length === 0) break
    before = read.at(-1)?.header.id ?? before
    height += BigInt(read.length)
    held.push(...(held.length > 0 ? read : read.slice(firstMissing(read, side))))
    if (held.length === 0) continue
    requireParent(held, side)
    if (!(await side.judge(held))) {
      if (held.length >= mostHeld) return kept
      continue
    }
    kept += await pullBodies(peer, side, held, last)
    held = []
  }
  return kept
}

function firstMissing(headers: readonly PulledHeader[], side: PullSide): number {
  const at = headers.findIndex(({ header }) => !side.has(header.id))
  return at < 0 ? headers.length : at
}

function requireParent([first]: readonly PulledHeader[], side: PullSide): void {
  if (first !== undefined && !side.has(first.header.previous)) {
    throw nodeError('ledger/peer-headers', { height: first.header.height })
  }
}

function readAll(
  headers: readonly PeerHeader[],
  from: bigint,
  before: Uint8Array | null,
): readonly PulledHeader[] {
  let previous = before
  return headers.slice(0, headersAtOnce).map((one, i) => {
    const read = readOf(one, from + BigInt(i))
    if (previous !== null && !equal(read.header.previous, previous)) {
      throw nodeError('ledger/peer-headers', { height: read.header.height })
    }
    previous = read.header.id
    return read
  })
}

function readOf({ header: bytes, seal }: PeerHeader, height: bigint): PulledHeader {
  const header = decodeHeader(bytes)
  if (header.height !== height) throw nodeError('ledger/peer-headers', { height })
  return { header, seal }
}

async function pullBodies(
  peer: LedgerPeer,
  side: PullSide,
  headers: readonly PulledHeader[],
  top: bigint,
): Promise<number> {
  let kept = 0
  for (let from = 0; from < headers.length; from += bodiesAtOnce) {
    const some = headers.slice(from, from + bodiesAtOnce)
    const bodies = await Promise.all(some.map(({ header }) => peer.block(header.id)))
    for (const [i, { header }] of some.entries()) {
      const body = bodies[i] ?? null
      if (body === null) throw nodeError('ledger/peer-block', { height: header.height })
      const received = await receiveBody(side, { peer, header, body, top })
      if (received === null) return kept
      const { id, outcome } = received
      if (!equal(id, header.id)) throw nodeError('ledger/peer-block', { height: header.height })
      if (outcome === 'kept') kept++
    }
  }
  return kept
}

/** A body of the chain of a peer, whose tip is at height `top`. */
interface Offered {
  readonly peer: LedgerPeer
  readonly header: ReadHeader
  readonly body: Uint8Array
  readonly top: bigint
}

/** `null` for the tip of a peer that no vote is known for: votes come after the blocks, and lead to it. */
async function receiveBody(side: PullSide, { peer, header, body, top }: Offered): Promise<Received | null> {
  try {
    return await side.receive(body, false)
  } catch (error) {
    const code = error instanceof ChartsealError ? error.code : ''
    if (code === 'ledger/early') {
      // Blocks whose sealer's clock was far ahead are taken once a later one shows that it is right again.
      const [newest] = header.height < top ? await peer.headers(top, 1) : []
      if (newest === undefined || !side.isTimely(readOf(newest, top))) throw error
      return side.receive(body, true)
    }
    if (code !== 'ledger/slot-full') throw error
    if (header.height === top) return null
    const [child] = await peer.headers(header.height + 1n, 1)
    if (child === undefined) throw error
    for (const vote of side.votesIn(readOf(child, header.height + 1n), header)) await side.vote(vote)
    return side.receive(body, false)
  }
}

/** Of a record that this node refuses nothing follows: the peer may know a state that comes here later. */
async function takeRecord(side: PullSide, record: Uint8Array): Promise<boolean> {
  try {
    return !(await side.submit(record)).isKnown
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}
