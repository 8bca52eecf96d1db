/** The judge and the keeper of a ledger's seal. */
import type { Miner } from '../../mining/miner.js'
import type { Genesis } from '../genesis.js'
import type { ReadHeader } from '../header.js'
import type { RecordSigner } from '../prepare.js'
import type { SealBase, SealJudge, SealKeeper, SealNotes } from '../seal.js'
import { PoaJudge } from './poa.js'
import { PoaKeeper } from './poa-keeper.js'
import { PowJudge } from './pow.js'
import { PowKeeper } from './pow-keeper.js'
import { TlogJudge } from './tlog.js'
import { type HeaderLog, type HeadersFrom, TlogKeeper } from './tlog-keeper.js'

/** What a node seals with; each seal takes its own, and a node that has none watches. */
export interface SealTools {
  /** A member with the role `sealer` (`poa`), or the log's key (`tlog`). */
  readonly signer?: RecordSigner
  /** The log of headers (`tlog`). */
  readonly log?: HeaderLog
  /** `pow`, with the kid that stands in the headers. */
  readonly miner?: Pick<Miner, 'find'>
  readonly sealer?: Uint8Array
}

export interface OpenSealOptions {
  readonly genesis: Genesis
  /** `genesisBlock(genesis).header` */
  readonly block0: ReadHeader
  /** `null`: block 0. */
  readonly base: SealBase | null
  readonly notes: SealNotes
  /** The chain that is followed, from this height on, at most so many; none where it is not given. */
  readonly headers?: HeadersFrom
  readonly tools?: SealTools
}

/** Judges the seals of a ledger. */
export function sealJudge(genesis: Genesis, block0: ReadHeader): SealJudge {
  const { seal } = genesis
  switch (seal.kind) {
    case 'tlog':
      return new TlogJudge(seal, block0)
    case 'poa':
      return new PoaJudge(genesis, seal, block0)
    case 'pow':
      return new PowJudge(genesis, seal)
  }
}

/**
 * What a node keeps of the seal, from its base on; the blocks above it are then given to `add`.
 * @throws ChartsealError `ledger/seal-memory`, `ledger/finality`, `ledger/no-sealers`
 */
export async function openSeal({
  genesis,
  block0,
  base,
  notes,
  headers = async () => [],
  tools = {},
}: OpenSealOptions): Promise<SealKeeper> {
  const { seal } = genesis
  const from = base ?? { header: block0, memory: null }
  const { signer, log, miner, sealer } = tools
  switch (seal.kind) {
    case 'tlog': {
      const sequencer = signer === undefined || log === undefined ? null : { signer, log }
      return TlogKeeper.open(new TlogJudge(seal, block0), block0, from, { notes, sequencer, headers })
    }
    case 'poa':
      return PoaKeeper.open(new PoaJudge(genesis, seal, block0), from, { notes, signer: signer ?? null })
    case 'pow': {
      const mining = miner === undefined || sealer === undefined ? null : { miner, sealer }
      return new PowKeeper(new PowJudge(genesis, seal), from, { mining })
    }
  }
}
