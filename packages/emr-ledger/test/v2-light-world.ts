/** A ledger in memory under each seal rule, and what it gives to clients without a chain. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import {
  type Anchor,
  anchorOf,
  type Block,
  type BundleSource,
  blockOf,
  draftBlock,
  ed25519Signer,
  encodeGenesis,
  encodePowEvidence,
  type Genesis,
  genesisBlock,
  genesisState,
  type HeaderLog,
  headerOf,
  type LedgerRecord,
  type LedgerState,
  ledgerIdOf,
  openSeal,
  type ReadHeader,
  type Roster,
  type SealKeeper,
  type SealNotes,
  type SealRule,
  StateTree,
  type TlogRule,
  treeStep,
} from '@chartseal/emr-ledger'
import * as tlog from '@chartseal/tlog'
import { bytes32, NodeMap, Person, rosterOf, Scribe } from './v2-world.js'

export const doctor = new Person(1, ['prescriber'])
export const pharmacist = new Person(2, ['dispenser'])
export const board = new Person(3, ['registrar', 'sealer'])
/** Of a later roster. */
export const deputy = new Person(4, ['sealer'])
export const people: readonly Person[] = [doctor, pharmacist, board]

const origin = 'ledger.example/v2'
const logKey = new SigningKey(bytes32(8))
const clock = { nowMs: () => 1_500_000 }
const witnesses = ['one.example', 'two.example'].map((name, i) =>
  tlog.cosigner(name, new SigningKey(bytes32(20 + i)), clock),
)

export const tlogRule: TlogRule = {
  kind: 'tlog',
  origin,
  logKey: verifyingKeyOf(logKey),
  witnesses: witnesses.map(({ verifierKey }) => verifierKey),
  quorum: 2,
}
export const poaRule: SealRule = { kind: 'poa', slotSeconds: 10, slotsPerTurn: 1, tolerates: 'crash' }
const powRule: SealRule = { kind: 'pow', firstDifficulty: 1n, blockSeconds: 10, window: 20 }
export const rules: readonly SealRule[] = [tlogRule, poaRule, powRule]

/** The log of headers that two witnesses cosign. */
class MemoryHeaderLog implements HeaderLog {
  readonly #leaves: Uint8Array[] = []

  get size(): number {
    return this.#leaves.length
  }

  async append(leaf: Uint8Array): Promise<void> {
    this.#leaves.push(leaf)
  }

  async prove(): Promise<string | null> {
    const extra = this.#leaves.at(-1)
    if (extra === undefined) return null
    const hashes = this.#leaves.map(leaf => leafHash(leaf))
    const [index, size, root] = [hashes.length - 1, hashes.length, treeRoot(hashes)]
    const text = tlog.formatCheckpoint({ origin, size, root, extensions: [] })
    const checkpoint = tlog.signNote(text, [tlog.ed25519Signer(origin, logKey), ...witnesses])
    return tlog.formatProof({ extra, index, hashes: inclusionProof(hashes, index), checkpoint })
  }
}

function memoryNotes(): SealNotes {
  const kept = new Map<string, Uint8Array>()
  return {
    get: async name => kept.get(name) ?? null,
    async put(name, value) {
      kept.set(name, value)
    },
  }
}

export class LightWorld {
  readonly genesis: Genesis
  readonly genesisBytes: Uint8Array
  readonly ledger: Uint8Array
  readonly blocks: Block[]
  readonly #nodes = new NodeMap()
  readonly #records = new Map<string, LedgerRecord>()
  #state: LedgerState
  #roster: Roster
  /** One of each who seals; none under `pow`. */
  #keepers: readonly SealKeeper[] = []
  now = 1_000n

  private constructor(rule: SealRule) {
    const roster = rosterOf(people)
    this.genesis = { name: 'Light', timestamp: 1_000n, roster, seal: rule, legacy: null, salt: bytes32(9) }
    this.genesisBytes = encodeGenesis(this.genesis)
    this.ledger = ledgerIdOf(this.genesisBytes)
    this.blocks = [genesisBlock(this.genesis)]
    this.#state = genesisState(this.genesis)
    this.#roster = roster
    this.#nodes.write(treeStep(StateTree.empty(), this.#state.tree))
  }

  static async of(rule: SealRule): Promise<LightWorld> {
    const world = new LightWorld(rule)
    if (rule.kind === 'pow') return world
    const signers = rule.kind === 'tlog' ? [logKey] : [board.key, deputy.key]
    const [block0] = world.blocks
    if (block0 === undefined) throw new Error('there is a block 0')
    const log = rule.kind === 'tlog' ? { log: new MemoryHeaderLog() } : {}
    const { genesis } = world
    world.#keepers = await Promise.all(
      signers.map(key =>
        openSeal({
          genesis,
          block0: block0.header,
          base: null,
          notes: memoryNotes(),
          tools: { signer: ed25519Signer(key), ...log },
        }),
      ),
    )
    return world
  }

  get headers(): readonly ReadHeader[] {
    return this.blocks.map(({ header }) => header)
  }

  /** The next block with these records; under `poa` it is final when two more came. */
  async grow(...pool: readonly LedgerRecord[]): Promise<Block> {
    this.now += 10n
    const tip = this.headers.at(-1)?.id ?? this.ledger
    const keeper = this.#keepers.find(one => one.turn(this.now, tip, true) !== null)
    const turn = keeper?.turn(this.now, tip, true) ?? {
      timestamp: this.now,
      difficulty: 1n,
      sealer: board.kid,
      extra: new Uint8Array(40),
    }
    const { timestamp, difficulty, sealer, extra } = turn
    const seal = { timestamp, difficulty, sealer, extra }
    const parents = this.headers.slice(-11).toReversed()
    const draft = await draftBlock({ state: this.#state, parents, timestamp, seal, pool })
    if (draft.refused.length > 0) throw draft.refused[0]?.error
    const sealed = await keeper?.seal(draft.header)
    const block = blockOf(
      sealed?.header ?? headerOf(draft.header),
      sealed?.seal ?? new Uint8Array(0),
      draft.records,
    )
    this.#nodes.write({ ...treeStep(this.#state.tree, draft.state.tree), dropped: [] })
    this.#state = draft.state
    this.blocks.push(block)
    for (const record of draft.records) this.#records.set(encodeHex(record.txid), record)
    if (draft.roster !== null) this.#roster = draft.roster
    for (const one of this.#keepers) one.add(block, this.#roster)
    await this.#exchange()
    return block
  }

  /** Votes until nobody has any more. */
  async #exchange(): Promise<void> {
    for (let said = 1; said > 0; ) {
      const acts = await Promise.all(this.#keepers.map(one => one.act(this.now)))
      const messages = acts.flatMap(act => act.messages)
      for (const message of messages) for (const one of this.#keepers) await one.take(message)
      said = this.#keepers.length > 1 ? messages.length : 0
    }
  }

  source(): BundleSource {
    const [block0] = this.headers
    if (block0 === undefined) throw new Error('there is a block 0')
    const [keeper] = this.#keepers
    const head = keeper === undefined ? this.#minedHead() : keeper.finality()
    return {
      head: head ?? { header: block0, evidence: new Uint8Array(0) },
      trail: keeper?.trail() ?? [],
      nodes: this.#nodes,
      record: async txid => this.#records.get(encodeHex(txid)) ?? null,
    }
  }

  /** The newest block on which two others stand. */
  #minedHead(): BundleSource['head'] | null {
    const header = this.headers.at(-3)
    if (header === undefined || header.height === 0n) return null
    return { header, evidence: encodePowEvidence(this.headers.slice(1), 2) }
  }
}

export interface Story {
  readonly world: LightWorld
  readonly scribe: Scribe
  readonly prescription: LedgerRecord
  readonly first: LedgerRecord
  readonly second: LedgerRecord
  readonly anchor: Anchor
}

/** A prescription, dispensed in two parts, in the blocks 1 to 3; three more stand on them. */
export async function tell(rule: SealRule): Promise<Story> {
  const world = await LightWorld.of(rule)
  const scribe = new Scribe(world.ledger)
  const prescription = scribe.prescribe(doctor)
  const first = scribe.dispense(pharmacist, prescription, 1)
  const second = scribe.dispense(pharmacist, prescription, 1, first)
  for (const record of [prescription, first, second]) await world.grow(record)
  for (let i = 0; i < 3; i++) await world.grow()
  return { world, scribe, prescription, first, second, anchor: anchorOf(world.genesisBytes) }
}
