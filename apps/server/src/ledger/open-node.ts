/** Opens the node of a data folder: its block file, the index in the store, the keys on this machine. */
import { openLog } from '@chartseal/core/files'
import type { AppendLog } from '@chartseal/core/ports'
import { blockLogKind, decodeGenesis, LedgerNode } from '@chartseal/emr-ledger'
import { currentLogError } from '../clinic/current-log.js'
import type { DataPaths } from '../data-folder.js'
import type { OpenedStore } from '../store.js'
import { keyIfThere, type LedgerKey } from './keys.js'
import type { OpenNode } from './ledger.js'
import { bundleOf } from './proof.js'
import { Registrar } from './registrar.js'
import { sealOf } from './seal.js'
import { ledgerPolicyIn } from './witnesses.js'

export interface OpenNodeOptions {
  readonly paths: DataPaths
  readonly store: OpenedStore
  readonly genesis: Uint8Array
  readonly clock: { nowMs(): number }
  readonly random: { bytes(sizeBytes: number): Uint8Array }
  /** As of `LedgerNodeOptions`. */
  readonly otherClocks: () => readonly bigint[]
}

/**
 * @throws ChartsealError `clinic/ledger-behind`, `store/claimed`, `files/…`, `ledger/…`
 */
export async function openNode(options: OpenNodeOptions): Promise<OpenNode> {
  const { paths, store, random } = options
  await store.claim.take()
  const { number } = store.claim
  const blocks = await openLog(paths.ledgerBlocks, { kind: blockLogKind, random })
  try {
    await requireCurrent(blocks, options)
    return { ...(await opened(blocks, options)), isCurrent: () => store.claim.number === number }
  } catch (error) {
    await blocks.close().catch(() => undefined)
    throw error
  }
}

/** A copy of the folder that fell behind would seal other blocks in the place of those that it lacks. */
async function requireCurrent({ length }: AppendLog, { store, paths }: OpenNodeOptions): Promise<void> {
  const needed = (await store.ledger.head())?.entries ?? 0
  if (length < needed)
    throw currentLogError('clinic/ledger-behind', { folder: paths.folder, blocks: length, needed })
}

async function opened(blocks: AppendLog, options: OpenNodeOptions): Promise<Omit<OpenNode, 'isCurrent'>> {
  const { paths, store, genesis, clock, otherClocks } = options
  const keys: LedgerKey[] = []
  const keyAt = async (path: string): Promise<LedgerKey | null> => {
    const key = await keyIfThere(path)
    if (key !== null) keys.push(key)
    return key
  }
  const wipe = (): void => {
    for (const key of keys) key.wipe()
  }
  try {
    const sealKey = await keyAt(paths.ledgerKey)
    const policy = await ledgerPolicyIn(store)
    const seal = await sealOf({
      ...options,
      genesis: decodeGenesis(genesis),
      key: sealKey,
      policy,
      claim: store.claim,
    })
    const index = store.ledger
    const nodeOptions = { genesis, blocks, index, seal: seal.open, clock, otherClocks }
    const node = await LedgerNode.open(nodeOptions).catch(async (error: unknown) => {
      await seal.close().catch(() => undefined)
      throw error
    })
    const registrarKey = await keyAt(paths.registrarKey)
    const { devices } = store
    return {
      node,
      sealer: seal.kid,
      seals: async () => seal.seals(await node.roster(), node.tip.height + 1n),
      registrar: registrarKey === null ? null : new Registrar({ node, devices, clock, key: registrarKey }),
      proof: request => bundleOf({ node, index, keeper: seal.keeper }, request),
      async close() {
        try {
          await node.close()
          await seal.close()
        } finally {
          wipe()
        }
      },
    }
  } catch (error) {
    wipe()
    throw error
  }
}
