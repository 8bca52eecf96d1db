/** Opens what a node stands on: the index made anew where it is missing, and led on to where the block log ends. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { AppendLog } from '@chartseal/core/ports'
import { type Block, decodeBlock } from '../v2/block.js'
import { genesisBlock } from '../v2/draft.js'
import { nodeError } from '../v2/errors-node.js'
import { ruleError } from '../v2/errors-state.js'
import { decodeGenesis, type Genesis } from '../v2/genesis.js'
import { medianTimeHeaders } from '../v2/header.js'
import { genesisState } from '../v2/ledger-state.js'
import type { IndexedBlock, LedgerIndex } from '../v2/ports.js'
import type { Roster } from '../v2/roster.js'
import type { SealKeeper, SealNews } from '../v2/seal.js'
import { StateTree } from '../v2/state-tree.js'
import { treeStep } from '../v2/tree-step.js'
import type { LedgerNodeOptions } from './api.js'
import { Chain, verifiedOf, weightIn } from './chain.js'
import { ChainTree, keptBlock } from './chain-tree.js'
import { readBase, sealNotes } from './notes.js'
import { States } from './states.js'

/** What was opened. */
export interface Opened {
  readonly genesis: Genesis
  readonly genesisBlock: Block
  readonly chain: Chain
  readonly keeper: SealKeeper
  readonly states: States
  readonly engine: Engine
}

interface Base {
  readonly genesis: Genesis
  readonly block0: Block
  readonly engine: Engine
  readonly log: AppendLog
  readonly index: LedgerIndex
}

/** So many blocks are written to the index at once where it is made anew: what the same ones drop is never written. */
const blocksAtOnce = 4_096

/**
 * @throws ChartsealError `ledger/log-entry` for a block log that is not of this ledger or was changed, what
 * `decodeGenesis` refuses, and what log and index give
 */
export async function openChain(options: LedgerNodeOptions, undoDepth: number): Promise<Opened> {
  const { blocks: log, index, engine = defaultEngine() } = options
  const genesis = decodeGenesis(options.genesis)
  const block0 = genesisBlock(genesis)
  const base = { genesis, block0, engine, log, index }
  if (!(await isOfLog(base))) await begin(base)
  const depth = genesis.seal.kind === 'pow' ? undoDepth : null
  try {
    return await lead(base, options, depth)
  } catch (error) {
    if (!isDamagedIndex(error)) throw error
    await begin(base)
    return lead(base, options, depth)
  }
}

async function lead(base: Base, options: LedgerNodeOptions, undoDepth: number | null): Promise<Opened> {
  const opened = await load(base, options, undoDepth)
  await catchUp(base, opened)
  return opened
}

/** Where the index lacks nodes of the state, or has others: all of it can be made anew. */
function isDamagedIndex(error: unknown): boolean {
  if (!(error instanceof ChartsealError)) return false
  const { context } = error
  const cause =
    typeof context === 'object' && context !== null && 'cause' in context ? context.cause : error.code
  return cause === 'ledger/tree-node' || cause === 'ledger/bad-state'
}

/** Whether the index is of this ledger, has a memory of its seal, and says nothing that the log does not have. */
async function isOfLog({ block0, index, log, engine }: Base): Promise<boolean> {
  const head = await index.head()
  if (head === null || head.entries > log.length) return false
  if ((await index.block(block0.header.id)) === null) return false
  if (!equal(head.final, block0.header.id) && (await readBase(index, head.final)) === null) return false
  const tip = await index.block(head.tip)
  if (tip === null) return false
  if (tip.entry < 0) return true
  for await (const bytes of log.read(tip.entry)) return equal(decodeBlock(bytes, engine).header.id, tip.id)
  return false
}

/** Block 0 and its state. */
async function begin({ genesis, block0, index, engine }: Base): Promise<void> {
  const { header } = block0
  await index.clear()
  const { added } = treeStep(StateTree.empty(index, engine), genesisState(genesis, index, engine).tree)
  await index.write({
    blocks: [{ id: header.id, header, entry: -1, weight: 0n }],
    nodes: added,
    followed: { from: 0n, ids: [header.id] },
    tip: header.id,
    final: header.id,
    entries: 0,
  })
}

/** The blocks that are not final, as they were when the index was written last. */
async function load(base: Base, options: LedgerNodeOptions, undoDepth: number | null): Promise<Opened> {
  const { genesis, block0, engine, log, index } = base
  const head = await index.head()
  const floor = head === null ? null : await index.block(head.final)
  if (head === null || floor === null) throw new Error('internal: an index without its head')
  const { header } = floor
  const memory = floor.entry < 0 ? null : await readBase(index, header.id)
  const keeper = await options.seal({
    genesis,
    block0: block0.header,
    base: { header, memory },
    notes: sealNotes(index),
    headers: async (height, limit) => (await index.followed(height, limit)).map(one => one.header),
  })
  const states = new States(header.ledger, index, engine)
  const records = floor.entry < 0 ? [] : await recordsAt(base, floor.entry)
  const tree = new ChainTree(keptBlock({ header, records }, floor.entry, null), block =>
    weightIn(keeper, block),
  )
  const news = await loadBlocks(base, tree, keeper, states)
  tree.follow(head.tip)
  const below = header.height === 0n ? [] : await headersBelow(index, header.height)
  const chain = new Chain({ log, index, keeper, tree, states, below, undoDepth })
  // The seal may know more than the index: it stores its evidence first.
  for (const one of news) await chain.heed(one)
  return { genesis, genesisBlock: block0, chain, keeper, states, engine }
}

async function headersBelow(index: LedgerIndex, height: bigint): Promise<readonly IndexedBlock['header'][]> {
  const most = BigInt(medianTimeHeaders)
  const from = height > most ? height - most : 0n
  return (await index.followed(from, Number(height - from))).map(({ header }) => header).reverse()
}

/** Gives what the seal said of them. */
async function loadBlocks(
  { index, log, engine }: Base,
  tree: ChainTree,
  keeper: SealKeeper,
  states: States,
): Promise<readonly SealNews[]> {
  const wanted = new Map<number, IndexedBlock>()
  for (const block of await blocksAbove(index, tree.floor.header.height)) wanted.set(block.entry, block)
  if (wanted.size === 0) return []
  const news: SealNews[] = []
  const rosters = new Rosters(states)
  let at = Math.min(...wanted.keys())
  for await (const bytes of log.read(at)) {
    const indexed = wanted.get(at++)
    if (indexed === undefined) continue
    const { previous } = indexed.header
    if (tree.get(previous) === undefined || !keeper.has(previous)) continue
    const block = decodeBlock(bytes, engine)
    if (!equal(block.header.id, indexed.id)) throw nodeError('ledger/log-entry', misplaced(at - 1))
    news.push(keeper.add(block, await rosters.after(block)))
    tree.add(keptBlock(block, indexed.entry, null))
  }
  return news
}

/** Rosters after blocks, parents first: a state is read only where a record may have changed it. */
class Rosters {
  readonly #states: States
  readonly #known = new Map<string, Roster>()

  constructor(states: States) {
    this.#states = states
  }

  async after({ header, records }: Block): Promise<Roster> {
    const before = this.#known.get(encodeHex(header.previous))
    const isKept = records.every(({ claims }) => claims.kind !== 'roster')
    const roster = isKept && before !== undefined ? before : await (await this.#states.at(header)).roster()
    this.#known.set(encodeHex(header.id), roster)
    return roster
  }
}

const misplaced = (entry: number): { entry: number; cause: string; reason: string } => ({
  entry,
  cause: 'ledger/log-entry',
  reason: 'The index has another block there.',
})

async function blocksAbove(index: LedgerIndex, height: bigint): Promise<readonly IndexedBlock[]> {
  const found: IndexedBlock[] = []
  for (let from = height + 1n; ; ) {
    const page = await index.blocksFrom(from, 1_024)
    const known = new Set(found.map(({ entry }) => entry))
    const fresh = page.filter(({ entry }) => !known.has(entry))
    found.push(...fresh)
    const last = page.at(-1)
    if (fresh.length === 0 || last === undefined) return found
    from = last.header.height
  }
}

async function recordsAt({ log, engine }: Base, entry: number): Promise<Block['records']> {
  for await (const bytes of log.read(entry)) return decodeBlock(bytes, engine).records
  return []
}

/**
 * Takes what the log has beyond the index: it was judged before it was appended, so its signatures are not verified
 * again. What does not stand on the floor any more is passed over.
 */
async function catchUp({ index, log, engine, block0 }: Base, { chain, keeper }: Opened): Promise<void> {
  let entry = (await index.head())?.entries ?? 0
  if (entry >= log.length) return
  for await (const bytes of log.read(entry)) {
    await naming(entry, async () => {
      const block = decodeBlock(bytes, engine)
      const { header } = block
      if (!equal(header.ledger, block0.header.ledger)) throw ruleError('ledger/other-ledger', {})
      const parent = chain.tree.get(header.previous)
      if (parent === undefined || chain.tree.get(header.id) !== undefined || !keeper.has(parent.header.id))
        chain.skip(entry + 1)
      else await chain.link({ ...(await chain.judge(block, parent, verifiedOf(block))), block }, entry)
    })
    entry++
    if (chain.waiting >= blocksAtOnce) await chain.flush()
  }
  await chain.flush()
}

async function naming(entry: number, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof ChartsealError) || !String(error.code).startsWith('ledger/')) throw error
    throw nodeError('ledger/log-entry', { entry, cause: error.code, reason: error.message })
  }
}
