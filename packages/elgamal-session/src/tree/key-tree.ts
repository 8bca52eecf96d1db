/** The controller's side of the key tree (RFC 2627): docs/spec/key-tree.md. */
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { type CommitContent, encodeCommit, type FreshNode, type LeafRun } from './commit-codec.js'
import { confirmationOf, leafKeyOf } from './derive.js'
import { mark, NodeLevel } from './node-level.js'
import { encodePath, type PathNode } from './path-codec.js'
import { inOrder, renewKeys, settle, wrapFresh } from './rekey.js'
import { arity, conferenceIdBytes, indexAbove, keyBytes, leavesBelow, maxEpoch, maxLevels } from './shape.js'
import { encodeSnapshot, parseSnapshot } from './snapshot.js'
import { KeyWrapper, wrapBytes } from './wrap.js'

export interface KeyTreeOptions {
  /** 16 bytes; copied. */
  readonly conferenceId: Uint8Array
  readonly random: Random
}

/** What a commit gives: bytes for all members, and the root key, which the caller wipes. */
export interface CommitResult {
  readonly commit: Uint8Array
  readonly rootKey: SecretBytes
}

/**
 * The keys of all members. Changes are collected, and take effect with the next {@link KeyTree.commit}, which all
 * members of before apply; those who joined since the commit before are then given their {@link KeyTree.pathOf}.
 */
export class KeyTree {
  readonly #conferenceId: Uint8Array
  readonly #random: Random
  /** From the leaves to the root. */
  #levels: NodeLevel[] = [new NodeLevel(), new NodeLevel()]
  readonly #wrapper: KeyWrapper
  /** Leaves that somebody took since the last commit; perhaps given up again. */
  #joined: number[] = []
  #epoch = 0
  #committedHeight = 0
  #freshMarks = 0

  /** @throws RangeError unless the conference id has 16 bytes */
  constructor({ conferenceId, random }: KeyTreeOptions) {
    if (conferenceId.length !== conferenceIdBytes)
      throw new RangeError(`conferenceId must have ${conferenceIdBytes} bytes`)
    this.#conferenceId = Uint8Array.from(conferenceId)
    this.#random = random
    this.#wrapper = new KeyWrapper(this.#conferenceId)
  }

  /** Members, with those who joined and without those who left since the last commit. */
  get size(): number {
    return this.#root.membersAt(0)
  }

  /** Of the last commit; 0 before the first. */
  get epoch(): number {
    return this.#epoch
  }

  /** Whether somebody joined or left since the last commit. */
  get isDirty(): boolean {
    return this.#root.changed.count > 0
  }

  /** The length that the next commit has at most. Commit before it is more than a frame takes. */
  get pendingBytes(): number {
    return 64 + 10 * this.#joined.length + (this.#freshMarks + maxLevels) * (6 + arity * wrapBytes)
  }

  /**
   * Takes the lowest free leaf, and derives its key from one that the member and the caller agreed on.
   * @throws RangeError when there are 16,777,216 members
   */
  join(leafKey: SecretBytes): number {
    if (this.size === leavesBelow(this.#height)) this.#grow()
    const leaf = this.#lowestFreeLeaf()
    this.#setLeafKey(leaf, leafKey)
    this.#leaves.marks[leaf] = mark.live | mark.newborn
    this.#joined.push(leaf)
    this.#changePath(leaf, 1, mark.advance)
    return leaf
  }

  /** @throws RangeError for a leaf that nobody has */
  leave(leaf: number): void {
    this.#requireTaken(leaf)
    this.#leaves.clear(leaf)
    this.#changePath(leaf, -1, mark.fresh)
  }

  /**
   * A member came back with another key. Nothing has to be committed: they are given their path again, as it is.
   * @throws RangeError for a leaf that nobody has
   */
  replaceLeafKey(leaf: number, leafKey: SecretBytes): void {
    this.#requireTaken(leaf)
    this.#setLeafKey(leaf, leafKey)
  }

  /**
   * Makes all changes since the last commit take effect; without any, the root key alone is a fresh one.
   * @throws RangeError unless the epoch is above that of the last commit, and below 2^32
   */
  commit(epoch: number): CommitResult {
    if (!Number.isSafeInteger(epoch) || epoch <= this.#epoch || epoch > maxEpoch)
      throw new RangeError(`epoch must be an integer from ${this.#epoch + 1} to ${maxEpoch}`)
    if (!this.isDirty) this.#mark(this.#height, 0, mark.fresh)
    renewKeys(this.#levels, this.#random)
    this.#wrapper.begin(epoch)
    const fresh: (readonly FreshNode[])[] = []
    for (let level = 1; level <= this.#height; level++)
      fresh.push(wrapFresh(this.#at(level), level, this.#at(level - 1), this.#wrapper))
    this.#wrapper.finish()
    const content = { previousEpoch: this.#epoch, levels: this.#height, joined: this.#takeJoined(), fresh }
    for (const nodes of this.#levels) settle(nodes)
    this.#epoch = epoch
    this.#committedHeight = this.#height
    this.#freshMarks = 0
    return this.#confirmed(content)
  }

  /**
   * The keys of one member as of the last commit, which the caller sends under the member's session, and wipes.
   * @throws RangeError for a leaf that nobody has
   * @throws TypeError for one that nobody had at the last commit
   */
  pathOf(leaf: number): Uint8Array {
    this.#requireTaken(leaf)
    if ((this.#leaves.marksAt(leaf) & mark.newborn) !== 0)
      throw new TypeError('a newcomer has no path before the next commit')
    const nodes: PathNode[] = []
    for (let level = 1; level <= this.#committedHeight; level++) {
      const [{ keys, versions }, index] = [this.#at(level), indexAbove(leaf, level)]
      nodes.push({ version: versions[index] ?? 0, keys, offset: index * keyBytes })
    }
    return encodePath({ epoch: this.#epoch, leaf, leafVersion: this.#leaves.versionAt(leaf) }, nodes)
  }

  /**
   * The tree as it is between two commits, to be stored. Secret: the caller wipes it.
   * @throws TypeError when somebody joined or left since the last commit
   */
  encode(): Uint8Array {
    if (this.isDirty) throw new TypeError('a tree is stored between two commits')
    return encodeSnapshot({ epoch: this.#epoch, levels: this.#levels })
  }

  /** @throws ChartsealError `conference/bad-snapshot`; RangeError as the constructor */
  static decode(bytes: Uint8Array, options: KeyTreeOptions): KeyTree {
    const tree = new KeyTree(options)
    const { epoch, levels } = parseSnapshot(bytes)
    tree.#epoch = epoch
    tree.#levels = levels
    tree.#committedHeight = tree.#height
    return tree
  }

  /** Overwrites all keys with zeros; the tree is not to be used any more. */
  wipe(): void {
    for (const nodes of this.#levels) nodes.wipe()
  }

  get #height(): number {
    return this.#levels.length - 1
  }

  get #leaves(): NodeLevel {
    return this.#at(0)
  }

  get #root(): NodeLevel {
    return this.#at(this.#height)
  }

  #at(level: number): NodeLevel {
    const nodes = this.#levels[level]
    if (nodes === undefined) throw new Error('internal: no such level')
    return nodes
  }

  #requireTaken(leaf: number): void {
    if (this.#leaves.membersAt(leaf) === 0) throw new RangeError(`nobody has leaf ${leaf}`)
  }

  #setLeafKey(leaf: number, leafKey: SecretBytes): void {
    this.#leaves.reserve(leaf)
    const key = leafKeyOf(leafKey, this.#conferenceId, leaf, this.#leaves.nextVersion(leaf))
    this.#leaves.keyAt(leaf).set(key)
    key.fill(0)
  }

  /** The node above the old root has its members, and no key yet. */
  #grow(): void {
    if (this.#height === maxLevels) throw new RangeError('the tree has no free leaf')
    const [old, next] = [this.#root, new NodeLevel()]
    next.members[0] = old.membersAt(0)
    this.#levels.push(next)
    this.#mark(this.#height, 0, mark.fresh)
    next.marks[0] = next.marksAt(0) | (old.marksAt(0) & mark.live)
  }

  /** Down from the root, each time to the first child that is not full: so the tree is as low as it can be. */
  #lowestFreeLeaf(): number {
    let index = 0
    for (let level = this.#height - 1; level >= 0; level--) {
      index *= arity
      while (this.#at(level).membersAt(index) === leavesBelow(level)) index++
    }
    return index
  }

  #changePath(leaf: number, count: 1 | -1, kind: number): void {
    this.#leaves.addMembers(leaf, count)
    for (let level = 1; level <= this.#height; level++) {
      const index = indexAbove(leaf, level)
      this.#at(level).reserve(index)
      this.#at(level).addMembers(index, count)
      this.#mark(level, index, kind)
    }
  }

  #mark(level: number, index: number, kind: number): void {
    if (this.#at(level).markChanged(index, kind) && kind === mark.fresh) this.#freshMarks++
  }

  /** The leaves of newcomers in runs; from here on they are members like all others. */
  #takeJoined(): readonly LeafRun[] {
    const runs: { first: number; end: number }[] = []
    for (const leaf of inOrder(this.#joined)) {
      if ((this.#leaves.marksAt(leaf) & mark.newborn) === 0) continue
      this.#leaves.marks[leaf] = mark.live
      const last = runs.at(-1)
      if (last?.end === leaf) last.end++
      else runs.push({ first: leaf, end: leaf + 1 })
    }
    this.#joined = []
    return runs
  }

  /** When nobody is left, the root key is one that nobody else has. */
  #confirmed(content: CommitContent): CommitResult {
    const isEmpty = this.size === 0
    const key = isEmpty ? this.#random.bytes(keyBytes) : this.#root.keyAt(0)
    const commit = encodeCommit(content, body => confirmationOf(key, this.#conferenceId, this.#epoch, body))
    const rootKey = new SecretBytes(key)
    if (isEmpty) key.fill(0)
    return { commit, rootKey }
  }
}
