/** A controller, its members with everything that they ever held, and the commits that all the world sees. */
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { KeyTree, MemberPath } from '@chartseal/elgamal-session/tree'
import {
  advanced,
  type Changed,
  confirmation,
  leafKey,
  nodeAt,
  parentOf,
  readCommit,
  readPath,
  unwrapped,
  Versions,
} from './tree-reference.js'

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The keys that somebody has, by node and version; more than one where they only believe so. */
export class Knowledge {
  readonly #nodes = new Map<string, Map<number, Map<string, Uint8Array>>>()
  readonly #all = new Set<string>()

  /** Whether it is new. */
  add(node: string, version: number, key: Uint8Array): boolean {
    const versions = this.#nodes.get(node) ?? new Map<number, Map<string, Uint8Array>>()
    const keys = versions.get(version) ?? new Map<string, Uint8Array>()
    this.#nodes.set(node, versions.set(version, keys))
    const isNew = !keys.has(hex(key))
    keys.set(hex(key), key)
    this.#all.add(hex(key))
    return isNew
  }

  addAll(other: Knowledge): void {
    for (const [node, versions] of other.#nodes)
      for (const [version, keys] of versions) for (const key of keys.values()) this.add(node, version, key)
  }

  at(node: string, version: number): readonly Uint8Array[] {
    return [...(this.#nodes.get(node)?.get(version)?.values() ?? [])]
  }

  newest(node: string): readonly Uint8Array[] {
    return this.at(node, Math.max(...(this.#nodes.get(node)?.keys() ?? [])))
  }

  ofAnyAge(node: string): readonly Uint8Array[] {
    return [...(this.#nodes.get(node)?.values() ?? [])].flatMap(keys => [...keys.values()])
  }

  has(key: string): boolean {
    return this.#all.has(key)
  }
}

export interface Person {
  readonly name: number
  leaf: number
  secret: SecretBytes
  /** `null` before the first path, and after they left. */
  path: MemberPath | null
  readonly held: Knowledge
  readonly epochs: Set<number>
}

interface SeenCommit {
  readonly epoch: number
  readonly changed: readonly Changed[]
}

export class Conference {
  readonly id: Uint8Array
  readonly tree: KeyTree
  readonly present: Person[] = []
  readonly everybody: Person[] = []
  readonly roots = new Map<number, string>()
  readonly commits: SeenCommit[] = []
  readonly #versions = new Versions()
  /** The key of each node and version, as its members have it. */
  readonly #truth = new Map<string, string>()
  readonly #random: Random
  #epoch = 0

  constructor(random: Random) {
    this.#random = random
    this.id = random.bytes(16)
    this.tree = new KeyTree({ conferenceId: this.id, random })
  }

  join(): Person {
    const secret = new SecretBytes(this.#random.bytes(32))
    const [name, leaf] = [this.everybody.length, this.tree.join(secret)]
    const person: Person = { name, leaf, secret, path: null, held: new Knowledge(), epochs: new Set() }
    this.present.push(person)
    this.everybody.push(person)
    return person
  }

  leave(person: Person): void {
    this.tree.leave(person.leaf)
    this.present.splice(this.present.indexOf(person), 1)
    person.path = null
  }

  /** Comes back on another connection: with another key, and the path as it is. */
  resume(person: Person): void {
    person.secret = new SecretBytes(this.#random.bytes(32))
    this.tree.replaceLeafKey(person.leaf, person.secret)
    if (person.path !== null) this.#give(person)
  }

  /** @throws Error when a member has another root key than the controller */
  commit(): Uint8Array {
    const epoch = ++this.#epoch
    const bound = this.tree.pendingBytes
    const { commit, rootKey } = this.tree.commit(epoch)
    if (commit.length > bound) throw new Error(`${commit.length} bytes are more than ${bound}`)
    this.roots.set(epoch, hex(rootKey.reveal()))
    const read = readCommit(commit, epoch)
    if (hex(confirmation(rootKey.reveal(), this.id, read)) !== hex(read.confirmation))
      throw new Error('the reference makes another confirmation')
    const seen = { epoch, changed: this.#versions.follow(read) }
    this.commits.push(seen)
    for (const person of this.present) this.#follow(person, commit, seen)
    return commit
  }

  #follow(person: Person, commit: Uint8Array, seen: SeenCommit): void {
    if (person.path === null) this.#give(person)
    else {
      person.path.apply(commit, seen.epoch).wipe()
      this.#climb(person, seen)
    }
    person.epochs.add(seen.epoch)
    const root = hex(person.path?.rootKey().reveal() ?? new Uint8Array())
    if (root !== this.roots.get(seen.epoch)) throw new Error(`${person.name} has another root key`)
    if (!person.held.has(root)) throw new Error(`the reference does not lead ${person.name} to the root key`)
  }

  #give(person: Person): void {
    const bytes = this.tree.pathOf(person.leaf)
    person.path = MemberPath.fromPath(bytes, person.secret, this.id)
    const { leaf, leafVersion, nodes } = readPath(bytes)
    const ofLeaf = leafKey(person.secret.reveal(), this.id, leaf, leafVersion)
    person.held.add(nodeAt(0, leaf), leafVersion, ofLeaf)
    for (const [i, { version, key }] of nodes.entries()) {
      const node = nodeAt(i + 1, parentOf(leaf, i + 1))
      this.#agree(node, version, key)
      person.held.add(node, version, key)
    }
  }

  /** A wrap does not say whether it was opened by the right key: whoever learns is told so here. */
  isKey(node: string, version: number, key: Uint8Array): boolean {
    return this.#truth.get(`${node} ${version}`) === hex(key)
  }

  /** @throws Error when two members have different keys of one node */
  #agree(node: string, version: number, key: Uint8Array): void {
    const name = `${node} ${version}`
    if ((this.#truth.get(name) ?? hex(key)) !== hex(key)) throw new Error(`two keys of ${name}`)
    this.#truth.set(name, hex(key))
  }

  /** From the leaf up: each new key by the newest one below it, as a member has them. */
  #climb({ leaf, held }: Person, { epoch, changed }: SeenCommit): void {
    for (const { level, index, version, wraps } of changed) {
      if (parentOf(leaf, level) !== index) continue
      const [node, below] = [nodeAt(level, index), parentOf(leaf, level - 1)]
      const wrap = wraps?.get(below % 4)
      const [old] = held.at(node, version - 1)
      const [under] = held.newest(nodeAt(level - 1, below))
      const place = { id: this.id, epoch, level, index, version, child: below % 4 }
      if (wrap !== undefined && under !== undefined) this.#agree(node, version, unwrapped(under, wrap, place))
      else if (wraps === null && old !== undefined)
        this.#agree(node, version, advanced(old, level, index, version))
      const key = this.#truth.get(`${node} ${version}`)
      if (key !== undefined) held.add(node, version, new Uint8Array(Buffer.from(key, 'hex')))
    }
  }

  /**
   * Everything that these keys open in a commit, whatever their age, wherever they stand. Whether there was something
   * new.
   */
  learn(known: Knowledge, { epoch, changed }: SeenCommit): boolean {
    let news = false
    for (const { level, index, version, wraps } of changed) {
      const node = nodeAt(level, index)
      if (wraps === null)
        for (const key of known.at(node, version - 1))
          news = known.add(node, version, advanced(key, level, index, version)) || news
      for (const [child, wrap] of wraps ?? []) {
        const place = { id: this.id, epoch, level, index, version, child }
        for (const under of known.ofAnyAge(nodeAt(level - 1, 4 * index + child))) {
          const key = unwrapped(under, wrap, place)
          if (this.isKey(node, version, key)) news = known.add(node, version, key) || news
        }
      }
    }
    return news
  }
}
