/** The member's side of the key tree: docs/spec/key-tree.md. */
import { concat, equal } from '@chartseal/core/bytes'
import { coreError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { advanceKeys } from './advance.js'
import { type Commit, childCount, type FreshNode, parseCommit } from './commit-codec.js'
import { confirmationOf, leafKeyOf } from './derive.js'
import { treeError } from './errors.js'
import { encodePath, type PathContent, parsePath } from './path-codec.js'
import { conferenceIdBytes, indexAbove, keyBytes, leavesBelow, placeOf } from './shape.js'
import { unwrapKey, wrapBytes } from './wrap.js'

/** What a commit does to the node of one level on the member's path. */
type Change = 'none' | 'advance' | FreshNode

/** The keys that one member holds. A commit that is refused changes nothing. */
export class MemberPath {
  readonly #conferenceId: Uint8Array
  readonly #leaf: number
  readonly #leafKey: Uint8Array
  #epoch: number
  #versions: readonly number[]
  #keys: Uint8Array

  private constructor(path: PathContent, leafKey: Uint8Array, conferenceId: Uint8Array) {
    this.#conferenceId = conferenceId
    this.#leaf = path.leaf
    this.#leafKey = leafKey
    this.#epoch = path.epoch
    this.#versions = path.versions
    this.#keys = path.keys
  }

  /**
   * From what the controller sent under the member's session. The caller wipes both.
   * @throws ChartsealError `conference/bad-path`
   * @throws RangeError unless the conference id has 16 bytes
   */
  static fromPath(bytes: Uint8Array, leafKey: SecretBytes, conferenceId: Uint8Array): MemberPath {
    if (conferenceId.length !== conferenceIdBytes)
      throw new RangeError(`conferenceId must have ${conferenceIdBytes} bytes`)
    const path = parsePath(bytes)
    const key = leafKeyOf(leafKey, conferenceId, path.leaf, path.leafVersion)
    return new MemberPath(path, key, Uint8Array.from(conferenceId))
  }

  /** What `encode` gave. @throws ChartsealError `conference/bad-path`; RangeError as `fromPath` */
  static decode(bytes: Uint8Array, conferenceId: Uint8Array): MemberPath {
    if (conferenceId.length !== conferenceIdBytes)
      throw new RangeError(`conferenceId must have ${conferenceIdBytes} bytes`)
    const split = Math.max(0, bytes.length - keyBytes)
    return new MemberPath(
      parsePath(bytes.subarray(0, split)),
      bytes.slice(split),
      Uint8Array.from(conferenceId),
    )
  }

  /** These keys and the leaf's, to be stored. Secret: the caller wipes it. */
  encode(): Uint8Array {
    const head = { epoch: this.#epoch, leaf: this.#leaf, leafVersion: 1 }
    const nodes = this.#versions.map((version, i) => ({ version, keys: this.#keys, offset: i * keyBytes }))
    const path = encodePath(head, nodes)
    const bytes = concat(path, this.#leafKey)
    path.fill(0)
    return bytes
  }

  get leaf(): number {
    return this.#leaf
  }

  /** Of the last commit that these keys include. */
  get epoch(): number {
    return this.#epoch
  }

  /** A copy, which the caller wipes. */
  rootKey(): SecretBytes {
    return new SecretBytes(this.#keys.subarray(-keyBytes))
  }

  /**
   * Moves to the epoch of a commit, and answers its root key, which the caller wipes.
   * @param epoch what the frame says that the commit came in
   * @throws ChartsealError `conference/bad-commit`, `conference/commit-order`, `conference/left-out`, `open/failed`
   */
  apply(bytes: Uint8Array, epoch: number): SecretBytes {
    const commit = parseCommit(bytes)
    if (commit.previousEpoch !== this.#epoch)
      throw treeError('conference/commit-order', { haveEpoch: this.#epoch, needEpoch: commit.previousEpoch })
    if (!Number.isSafeInteger(epoch) || epoch <= this.#epoch) throw refuse('its epoch is not a later one')
    const changes = this.#changesOf(commit, epoch)
    const keys = new Uint8Array(commit.levels * keyBytes)
    keys.set(this.#keys)
    const versions = changes.map((change, i) => (this.#versions[i] ?? 0) + (change === 'none' ? 0 : 1))
    try {
      this.#renew(keys, changes, versions, epoch)
      this.#confirm(keys.subarray(-keyBytes), commit, epoch)
    } catch (error) {
      keys.fill(0)
      throw error
    }
    this.#keys.fill(0)
    this.#keys = keys
    this.#versions = versions
    this.#epoch = epoch
    return this.rootKey()
  }

  /** Overwrites all keys with zeros; the path is not to be used any more. */
  wipe(): void {
    this.#keys.fill(0)
    this.#leafKey.fill(0)
  }

  /** For level 1 to the root: what is changed goes on to the root. */
  #changesOf(commit: Commit, epoch: number): readonly Change[] {
    if (commit.levels < this.#versions.length) throw refuse('it has fewer levels than there were')
    if (joinedAt(commit, this.#leaf, 0)) throw treeError('conference/left-out', { epoch })
    const changes: Change[] = []
    for (let level = 1; level <= commit.levels; level++) {
      const change = changeAt(commit, this.#leaf, level)
      const isOut = typeof change === 'object' && (change.children & this.#bit(level)) === 0
      if (isOut) throw treeError('conference/left-out', { epoch })
      if (level > this.#versions.length && typeof change !== 'object')
        throw refuse('a new level has no wrapped key')
      if (change === 'none' && changes.at(-1) !== undefined && changes.at(-1) !== 'none')
        throw refuse('a change does not go on to the root')
      changes.push(change)
    }
    if (changes.at(-1) === 'none') throw treeError('conference/left-out', { epoch })
    return changes
  }

  /** The bit of the child, on the path, of the node of a level. */
  #bit(level: number): number {
    return 1 << placeOf(indexAbove(this.#leaf, level - 1))
  }

  /** From level 1 up: what is unwrapped may be needed for the next. */
  #renew(keys: Uint8Array, changes: readonly Change[], versions: readonly number[], epoch: number): void {
    const nodes = changes.map((change, i) => ({
      change,
      level: i + 1,
      index: indexAbove(this.#leaf, i + 1),
      version: versions[i] ?? 0,
      child: placeOf(indexAbove(this.#leaf, i)),
      keys,
      offset: i * keyBytes,
    }))
    advanceKeys(nodes.filter(({ change }) => change === 'advance'))
    const commit = { conferenceId: this.#conferenceId, epoch }
    let under = this.#leafKey
    for (const { change, offset, ...place } of nodes) {
      const key = keys.subarray(offset, offset + keyBytes)
      if (typeof change === 'object') {
        const fresh = unwrapKey(under, wrapFor(change, place.child), commit, place)
        key.set(fresh)
        fresh.fill(0)
      }
      under = key
    }
  }

  #confirm(rootKey: Uint8Array, { body, confirmation }: Commit, epoch: number): void {
    const expected = confirmationOf(rootKey, this.#conferenceId, epoch, body)
    if (!equal(expected, confirmation)) throw coreError('open/failed', {})
  }
}

const refuse = (reason: string): Error => treeError('conference/bad-commit', { reason })

function changeAt(commit: Commit, leaf: number, level: number): Change {
  const index = indexAbove(leaf, level)
  const node = commit.fresh[level - 1]?.find(one => one.index === index)
  return node ?? (joinedAt(commit, leaf, level) ? 'advance' : 'none')
}

/** Whether somebody joined at or below the node of a level on the path of a leaf. */
function joinedAt({ joined }: Commit, leaf: number, level: number): boolean {
  const first = indexAbove(leaf, level) * leavesBelow(level)
  const end = first + leavesBelow(level)
  return joined.some(run => run.first < end && run.end > first)
}

function wrapFor({ children, wraps }: FreshNode, child: number): Uint8Array {
  const before = childCount(children & ((1 << child) - 1))
  return wraps.subarray(before * wrapBytes, (before + 1) * wrapBytes)
}
