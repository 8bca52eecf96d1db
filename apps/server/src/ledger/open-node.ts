/** Opens the node of a data folder: its block file, the index in the store, the keys on this machine. */
import { equal } from '@chartseal/core/bytes'
import { openLog } from '@chartseal/core/files'
import type { AppendLog } from '@chartseal/core/ports'
import { blockLogKind, decodeBlock, decodeGenesis, type LedgerIndex, LedgerNode } from '@chartseal/emr-ledger'
import { currentLogError } from '../clinic/current-log.js'
import type { DataPaths } from '../data-folder.js'
import { type OpenedStore, storeError } from '../store.js'
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
 * @throws ChartsealError `clinic/ledger-behind`, `clinic/ledger-diverged`, `store/claimed`, `files/…`, `ledger/…`
 */
export async function openNode(options: OpenNodeOptions): Promise<OpenNode> {
  const { paths, store, random } = options
  const { isShared, number } = store.claim
  // Whoever opens the log takes the right, and gives it back where that is not the newest.
  if (isShared && number === 0) throw storeError('store/claimed', {})
  const index = store.ledgerOf(number)
  const blocks = await openLog(paths.ledgerBlocks, { kind: blockLogKind, random })
  try {
    await requireCurrent(blocks, options)
    return { ...(await opened(blocks, index, options)), isCurrent: () => store.claim.number === number }
  } catch (error) {
    await blocks.close().catch(() => undefined)
    throw error
  }
}

/** A copy of the folder that fell behind, or went on by itself, would seal other blocks in the place of those that it lacks. */
async function requireCurrent(blocks: AppendLog, { store, paths }: OpenNodeOptions): Promise<void> {
  const head = await store.ledger.head()
  if (head === null) return
  const { folder } = paths
  const { length } = blocks
  const { tip, entries: needed } = head
  if (length < needed) throw currentLogError('clinic/ledger-behind', { folder, blocks: length, needed })
  const known = store.claim.isShared ? await store.ledger.block(tip) : null
  if (known === null || known.entry < 0) return
  for await (const bytes of blocks.read(known.entry)) {
    if (equal(decodeBlock(bytes).header.id, tip)) return
    throw currentLogError('clinic/ledger-diverged', { folder, block: known.entry + 1 })
  }
}

async function opened(
  blocks: AppendLog,
  index: LedgerIndex,
  options: OpenNodeOptions,
): Promise<Omit<OpenNode, 'isCurrent'>> {
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
