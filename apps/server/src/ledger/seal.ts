/** What this machine seals with, by the rule of the genesis: the key of the sequencer and its log, or that of a sealer. */
import { equal } from '@chartseal/core/bytes'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  ed25519Signer,
  findMember,
  type Genesis,
  genesisBlock,
  openSeal,
  type SealKeeper,
  type SealOpener,
  type SealTools,
} from '@chartseal/emr-ledger'
import type { DataPaths } from '../data-folder.js'
import { type OpenHeaderLog, openHeaderLog } from './header-log.js'
import type { LedgerKey } from './keys.js'

export interface SealOptions {
  readonly paths: DataPaths
  readonly genesis: Genesis
  /** `null` where there is none on this machine. */
  readonly key: LedgerKey | null
  readonly clock: Clock
  readonly random: Random
}

export interface ClinicSeal {
  readonly open: SealOpener
  /** Whether this node seals. */
  readonly seals: boolean
  /** Once it was opened. */
  keeper(): SealKeeper | null
  close(): Promise<void>
}

/** @throws ChartsealError `log/…`, `files/…` */
export async function sealOf(options: SealOptions): Promise<ClinicSeal> {
  const { tools, log } = await toolsOf(options)
  let keeper: SealKeeper | null = null
  return {
    seals: tools.signer !== undefined,
    async open({ genesis, base, notes }) {
      const block0 = genesisBlock(genesis).header
      keeper = await openSeal({ genesis, block0, base, notes, tools })
      return keeper
    },
    keeper: () => keeper,
    close: async () => log?.close(),
  }
}

/** None for a node that watches. */
async function toolsOf({
  paths,
  genesis,
  key,
  clock,
  random,
}: SealOptions): Promise<{ readonly tools: SealTools; readonly log: OpenHeaderLog | null }> {
  const watches = { tools: {}, log: null }
  if (key === null) return watches
  const { seal, roster } = genesis
  const signer = ed25519Signer(key)
  if (seal.kind === 'poa') {
    // Who is a sealer later is in the state; the keeper asks that.
    return findMember(roster, signer.kid) === null ? watches : { tools: { signer }, log: null }
  }
  if (seal.kind === 'pow' || !equal(signer.publicKey, seal.logKey)) return watches
  const log = await openHeaderLog({ folder: paths.ledgerLog, origin: seal.origin, key, clock, random })
  return { tools: { signer, log: log.log }, log }
}
