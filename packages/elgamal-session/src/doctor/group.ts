/** The group key: the key tree, who waits for their first path, and when a commit is due. */
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { type Meter, measured } from '../conference/meter.js'
import { epochKey, KeyTree } from '../tree.js'
import type { Person } from './person.js'
import type { CorePolicy } from './types.js'

export class Group {
  readonly #conferenceId: Uint8Array
  readonly #tree: KeyTree
  readonly #policy: CorePolicy
  readonly #meter: Meter | undefined
  #newcomers = new Set<Person>()
  #changes = 0
  #firstChangeMs = 0
  #key: AeadKey | null = null

  constructor(conferenceId: Uint8Array, random: Random, policy: CorePolicy, meter: Meter | undefined) {
    this.#conferenceId = conferenceId
    this.#tree = new KeyTree({ conferenceId, random })
    this.#policy = policy
    this.#meter = meter
  }

  get epoch(): number {
    return this.#tree.epoch
  }

  /** The key of this epoch's broadcasts; `null` before the first commit. */
  get key(): AeadKey | null {
    return this.#key
  }

  /** Whether a broadcast must carry a commit. */
  get isDue(): boolean {
    return this.#tree.isDirty || this.#key === null
  }

  /** Whether the changes that wait fill as much of a frame as they may. */
  get isLarge(): boolean {
    return this.#tree.pendingBytes > this.#policy.commitBytes
  }

  /** A leaf for a new session: a place in the tree for who has none yet. */
  seat(person: Person, nowMs: number): void {
    const leafKey = person.seat?.session.leafKey
    if (leafKey === undefined) throw new Error('internal: a leaf comes from a session')
    const { leaf } = person
    if (leaf !== null) {
      measured(this.#meter, 'derive', () => this.#tree.replaceLeafKey(leaf, leafKey))
      return
    }
    person.leaf = measured(this.#meter, 'derive', () => this.#tree.join(leafKey))
    this.#newcomers.add(person)
    this.#changed(nowMs)
  }

  leave(person: Person, nowMs: number): void {
    const { leaf } = person
    if (leaf === null) return
    this.#tree.leave(leaf)
    person.leaf = null
    this.#newcomers.delete(person)
    this.#changed(nowMs)
  }

  #changed(nowMs: number): void {
    if (this.#changes++ === 0) this.#firstChangeMs = nowMs
  }

  /** The clock was put back. */
  putBack(byMs: number): void {
    this.#firstChangeMs -= byMs
  }

  /** When changes alone lead to a commit; Infinity without any. */
  get dueMs(): number {
    if (this.#changes === 0) return Number.POSITIVE_INFINITY
    if (this.isLarge) return this.#firstChangeMs
    return (
      this.#firstChangeMs +
      (this.#changes >= this.#policy.loadChanges ? this.#underLoadMs : this.#policy.commitAtLatestMs)
    )
  }

  /** Each commit goes to everybody, who verifies it: the more there are, the more changes share one. */
  get #underLoadMs(): number {
    const { commitUnderLoadMs, commitUnderLoadMsPerMember, commitUnderLoadMostMs } = this.#policy
    return Math.min(commitUnderLoadMs + commitUnderLoadMsPerMember * this.#tree.size, commitUnderLoadMostMs)
  }

  /** The keys of one member as of the last commit, which the caller wipes; `null` for a newcomer. */
  pathOf(person: Person): Uint8Array | null {
    const { leaf } = person
    if (leaf === null || this.#newcomers.has(person)) return null
    return measured(this.#meter, 'derive', () => this.#tree.pathOf(leaf))
  }

  /** Makes the changes take effect: the bytes for everybody, and who is to be given their first path. */
  commit(
    epoch: number,
    incarnation: number,
  ): { readonly commit: Uint8Array; readonly newcomers: Iterable<Person> } {
    const { commit, rootKey } = measured(this.#meter, 'derive', () => this.#tree.commit(epoch))
    this.#key?.wipe()
    this.#key = epochKey(rootKey, this.#conferenceId, incarnation, epoch)
    rootKey.wipe()
    const newcomers = this.#newcomers
    this.#newcomers = new Set()
    this.#changes = 0
    return { commit, newcomers }
  }

  wipe(): void {
    this.#tree.wipe()
    this.#key?.wipe()
  }
}
