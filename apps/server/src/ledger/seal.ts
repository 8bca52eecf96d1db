/** What this machine seals with, by the rule of the genesis: the key of the sequencer and its log, or that of a sealer. */
import { equal } from '@chartseal/core/bytes'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  ed25519Signer,
  type Genesis,
  genesisBlock,
  memberAt,
  openSeal,
  type Roster,
  type SealKeeper,
  type SealOpener,
  type SealTools,
} from '@chartseal/emr-ledger'
import type { DataPaths } from '../data-folder.js'
import type { Claim } from '../store/claim.js'
import { type OpenHeaderLog, openHeaderLog } from './header-log.js'
import type { LedgerKey } from './keys.js'

export interface SealOptions {
  readonly paths: DataPaths
  readonly genesis: Genesis
  /** `null` where there is none on this machine. */
  readonly key: LedgerKey | null
  readonly clock: Clock
  readonly random: Random
  /** The text of the policy of the witnesses of its log; `null`: the one that the log remembers. */
  readonly policy: string | null
  readonly claim: Claim
}

export interface ClinicSeal {
  readonly open: SealOpener
  /** Whether this node seals the block of this height, on a state with this roster. */
  seals(roster: Roster, height: bigint): boolean
  /** The key id of what it would seal with; `null` where there is none. */
  readonly kid: Uint8Array | null
  /** Once it was opened. */
  keeper(): SealKeeper | null
  close(): Promise<void>
}

/** @throws ChartsealError `log/…`, `files/…` */
export async function sealOf(options: SealOptions): Promise<ClinicSeal> {
  const { tools, log } = await toolsOf(options)
  const kid = tools.signer?.kid ?? null
  const { kind } = options.genesis.seal
  let keeper: SealKeeper | null = null
  return {
    kid,
    seals(roster, height) {
      if (kid === null) return false
      return kind !== 'poa' || memberAt(roster, kid, height)?.roles.includes('sealer') === true
    },
    async open({ genesis, base, notes, headers }) {
      const block0 = genesisBlock(genesis).header
      keeper = await openSeal({
        ...{ genesis, block0, base, notes, tools },
        ...(headers === undefined ? {} : { headers }),
      })
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
  policy,
  claim,
}: SealOptions): Promise<{ readonly tools: SealTools; readonly log: OpenHeaderLog | null }> {
  const watches = { tools: {}, log: null }
  if (key === null) return watches
  const { seal } = genesis
  const signer = ed25519Signer(key)
  // Who is a sealer is in the state, and may change: the keeper signs nothing while this key is none.
  if (seal.kind === 'poa') return { tools: { signer }, log: null }
  if (seal.kind === 'pow' || !equal(signer.publicKey, seal.logKey)) return watches
  const log = await openHeaderLog({
    folder: paths.ledgerLog,
    origin: seal.origin,
    key,
    clock,
    random,
    policy,
    claim,
  })
  return { tools: { signer, log: log.log }, log }
}
