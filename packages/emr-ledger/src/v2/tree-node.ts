/** Nodes of the state tree, their bytes and hashes: docs/spec/ledger-v2.md, "State tree". */
import { concat } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import { fromBinary, toBinary, writeBinary } from './binary.js'
import { treeError } from './errors-state.js'

export const hashBytes = 32
export const keyBytes = 32
export const keyBits = 256
const innerBytes = 65
const leafHead = 33
const [leafTag, innerTag] = [0, 1]

/** The hash of nothing. */
export const emptyHash: Uint8Array = new Uint8Array(hashBytes)

/** Where no leaf is. */
export interface EmptyNode {
  readonly kind: 'empty'
  /** Hashes and bytes of nodes are binary strings: see `binary.ts`. */
  readonly hash: string
}

/** A subtree of one leaf is that leaf, however far up it stands. */
export interface LeafNode {
  readonly kind: 'leaf'
  readonly hash: string
  /** 0x00 ‖ key ‖ value: what is stored, and all that is held. */
  readonly content: string
}

/** Two leaves or more are below. Its children are replaced by equal ones when those are loaded. */
export interface InnerNode {
  readonly kind: 'inner'
  hash: string
  left: Node
  right: Node
}

/** Known by its hash alone. */
export interface StubNode {
  readonly kind: 'stub'
  readonly hash: string
}

export type Node = EmptyNode | LeafNode | InnerNode | StubNode

export interface TreeEntry {
  /** 32 bytes, of a hash function: an even tree depends on it. */
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export const emptyNode: EmptyNode = { kind: 'empty', hash: toBinary(emptyHash) }

/** The node of which a hash is known. */
export function nodeAt(hash: string): Node {
  return hash === emptyNode.hash ? emptyNode : { kind: 'stub', hash }
}

export const leafKey = ({ content }: LeafNode): Uint8Array => fromBinary(content, 1, leafHead)
export const leafValue = ({ content }: LeafNode): Uint8Array => fromBinary(content, leafHead)

/** Whether this is the leaf of the key. */
export function hasKey({ content }: LeafNode, key: Uint8Array): boolean {
  return content.startsWith(toBinary(key), 1)
}

export function haveOneKey(a: LeafNode, b: LeafNode): boolean {
  return a.content.slice(1, leafHead) === b.content.slice(1, leafHead)
}

/** Bit `depth` of a key: 0 goes left. The first is the highest bit of the first byte. */
export function bitOf(key: Uint8Array, depth: number): number {
  return ((key[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1
}

/** The same for the key of a leaf. */
export function leafBit({ content }: LeafNode, depth: number): number {
  return (content.charCodeAt(1 + (depth >> 3)) >> (7 - (depth & 7))) & 1
}

/** SHA-256(0x00 ‖ key ‖ SHA-256(value)). */
export function leafHashOf(key: Uint8Array, valueHash: Uint8Array, engine: Engine): Uint8Array {
  return engine.sha256(concat(Uint8Array.of(leafTag), key, valueHash))
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function innerHashOf(left: Uint8Array, right: Uint8Array, engine: Engine): Uint8Array {
  return engine.sha256(concat(Uint8Array.of(innerTag), left, right))
}

/** So many messages are hashed at once. */
const batch = 256

/** Makes nodes, many hashes at a time, in messages of its own that it fills again. */
export class NodeHasher {
  readonly engine: Engine
  readonly #messages: Uint8Array[] = []

  constructor(engine: Engine) {
    this.engine = engine
  }

  leaves(entries: readonly TreeEntry[]): readonly LeafNode[] {
    return batches(entries).flatMap(some => {
      const values = this.engine.sha256Many(some.map(({ value }) => value))
      const hashes = this.#hash(some, leafTag, (message, { key }, i) => {
        message.set(key, 1)
        message.set(values[i] ?? emptyHash, leafHead)
      })
      return some.map(({ key, value }, i) => {
        const content = toBinary(concat(Uint8Array.of(leafTag), key, value))
        return { kind: 'leaf' as const, hash: toBinary(hashes[i] ?? emptyHash), content }
      })
    })
  }

  /** Gives inner nodes their hashes, whose children have theirs. */
  inner(nodes: readonly InnerNode[]): void {
    for (const some of batches(nodes)) {
      const hashes = this.#hash(some, innerTag, (message, node) => writeInner(node, message))
      some.forEach((node, i) => {
        node.hash = toBinary(hashes[i] ?? emptyHash)
      })
    }
  }

  #hash<Item>(
    items: readonly Item[],
    tag: number,
    fill: (message: Uint8Array, item: Item, i: number) => void,
  ): readonly Uint8Array[] {
    while (this.#messages.length < items.length) this.#messages.push(new Uint8Array(innerBytes))
    const messages = this.#messages.slice(0, items.length)
    items.forEach((item, i) => {
      const message = messages[i] ?? emptyHash
      message[0] = tag
      fill(message, item, i)
    })
    return this.engine.sha256Many(messages)
  }
}

function batches<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / batch)
  return Array.from({ length: count }, (_, i) => items.slice(i * batch, (i + 1) * batch))
}

/** How long `writeNode` writes. */
export function sizeOfNode(node: LeafNode | InnerNode): number {
  return node.kind === 'leaf' ? node.content.length : innerBytes
}

/** Writes what is stored of a node, under its hash. */
export function writeNode(node: LeafNode | InnerNode, bytes: Uint8Array): void {
  if (node.kind === 'leaf') writeBinary(node.content, bytes, 0)
  else writeInner(node, bytes)
}

function writeInner({ left, right }: InnerNode, bytes: Uint8Array): void {
  bytes[0] = innerTag
  writeBinary(left.hash, bytes, 1)
  writeBinary(right.hash, bytes, leafHead)
}

/**
 * A node as it was stored, checked against its hash; its children are not loaded.
 * @throws ChartsealError `ledger/tree-node`
 */
export function nodeOfBytes(hash: string, bytes: Uint8Array | null, engine: Engine): LeafNode | InnerNode {
  if (bytes === null) throw treeError('ledger/tree-node', { reason: 'missing' })
  const isLeaf = bytes[0] === leafTag && bytes.length >= leafHead
  const isInner = bytes[0] === innerTag && bytes.length === innerBytes
  if (!(isLeaf || isInner) || toBinary(hashOfBytes(bytes, engine)) !== hash)
    throw treeError('ledger/tree-node', { reason: 'damaged' })
  const content = toBinary(bytes)
  if (isLeaf) return { kind: 'leaf', hash, content }
  return {
    kind: 'inner',
    hash,
    left: nodeAt(content.slice(1, leafHead)),
    right: nodeAt(content.slice(leafHead)),
  }
}

function hashOfBytes(bytes: Uint8Array, engine: Engine): Uint8Array {
  if (bytes[0] !== leafTag) return engine.sha256(bytes)
  return leafHashOf(bytes.subarray(1, leafHead), engine.sha256(bytes.subarray(leafHead)), engine)
}
