/** The state of a ledger after one of its blocks, a value: docs/spec/ledger-v2.md, "State". */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { treeError } from './errors-state.js'
import { encodeGenesis, type Genesis, ledgerIdOf } from './genesis.js'
import { decodeRoster, encodeRoster, type Roster } from './roster.js'
import {
  decodePrescriptionState,
  decodeSeq,
  type PrescriptionState,
  prescriptionKey,
  reading,
  rosterKey,
  type StateReader,
  seqKey,
} from './state.js'
import { StateTree, type TreeNodes } from './state-tree.js'
import { proveState, type StateProof } from './tree-proof.js'

/** Where a state stands, and what it is loaded from. */
export interface StatePlace {
  /** Id of the ledger, 32 bytes. */
  readonly ledger: Uint8Array
  readonly root: Uint8Array
  readonly nodes: TreeNodes
  readonly engine?: Engine
}

/** `load…` and the reads that give a promise fetch what is missing; those with `loaded` in their names do not. */
export class LedgerState implements StateReader {
  readonly ledger: Uint8Array
  readonly tree: StateTree
  #roster: Roster | null

  /** @param roster the one in the tree, where it is known */
  constructor(ledger: Uint8Array, tree: StateTree, roster: Roster | null = null) {
    this.ledger = ledger
    this.tree = tree
    this.#roster = roster
  }

  /** The state of this root; nothing is loaded yet. */
  static at({ ledger, root, nodes, engine = defaultEngine() }: StatePlace): LedgerState {
    return new LedgerState(Uint8Array.from(ledger), StateTree.at(root, nodes, engine))
  }

  get root(): Uint8Array {
    return this.tree.root
  }

  /**
   * Loads what these keys need into this state, and the roster unless it is known.
   * @throws ChartsealError `ledger/tree-node`
   */
  async load(keys: readonly Uint8Array[] = []): Promise<this> {
    const roster = this.#roster === null ? [rosterKey(this.tree.engine)] : []
    await this.tree.load([...roster, ...keys])
    return this
  }

  /** @throws ChartsealError `ledger/tree-node`, `ledger/bad-state` */
  async roster(): Promise<Roster> {
    return this.#roster ?? (await this.load()).loadedRoster()
  }

  /** `null` for a txid that prescribed nothing. @throws ChartsealError `ledger/tree-node`, `ledger/bad-state` */
  async prescription(txid: Uint8Array): Promise<PrescriptionState | null> {
    return (await this.load([prescriptionKey(txid, this.tree.engine)])).loadedPrescription(txid)
  }

  /** @throws ChartsealError `ledger/tree-node`, `ledger/bad-state` */
  async nextSeq(kid: Uint8Array): Promise<bigint> {
    return (await this.load([seqKey(kid, this.tree.engine)])).loadedSeq(kid)
  }

  /** What the state tree says about a key, provable by the root. @throws ChartsealError `ledger/tree-node` */
  async prove(key: Uint8Array): Promise<{ readonly value: Uint8Array | null; readonly proof: StateProof }> {
    await this.tree.load([key])
    return { value: this.tree.get(key), proof: proveState(this.tree, key) }
  }

  /** @throws RangeError unless it was loaded; ChartsealError `ledger/bad-state` */
  loadedRoster(): Roster {
    if (this.#roster !== null) return this.#roster
    const bytes = this.tree.get(rosterKey(this.tree.engine))
    if (bytes === null) throw treeError('ledger/bad-state', { leaf: 'roster' })
    this.#roster = reading('roster', () => decodeRoster(bytes))
    return this.#roster
  }

  /** @throws RangeError unless it was loaded; ChartsealError `ledger/bad-state` */
  loadedPrescription(txid: Uint8Array): PrescriptionState | null {
    const bytes = this.tree.get(prescriptionKey(txid, this.tree.engine))
    return bytes === null ? null : decodePrescriptionState(bytes)
  }

  /** @throws RangeError unless it was loaded; ChartsealError `ledger/bad-state` */
  loadedSeq(kid: Uint8Array): bigint {
    const bytes = this.tree.get(seqKey(kid, this.tree.engine))
    return bytes === null ? 1n : decodeSeq(bytes)
  }

  /** The same state that holds less, to be loaded again when it is needed; its nodes must be stored. */
  trimmed(depth: number): LedgerState {
    return new LedgerState(this.ledger, this.tree.trimmed(depth), this.#roster)
  }
}

/**
 * The state that a ledger begins with: the roster of its genesis.
 * @param nodes where the states after it are loaded from
 * @throws ChartsealError as `encodeGenesis`
 */
export function genesisState(genesis: Genesis, nodes?: TreeNodes, engine?: Engine): LedgerState {
  const ledger = ledgerIdOf(encodeGenesis(genesis))
  const tree = StateTree.empty(nodes, engine)
  const entry = { key: rosterKey(tree.engine), value: encodeRoster(genesis.roster) }
  return new LedgerState(ledger, tree.with([entry]), genesis.roster)
}
