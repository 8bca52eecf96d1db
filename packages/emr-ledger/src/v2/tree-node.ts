/** Nodes of the state tree, their bytes and hashes: docs/spec/ledger-v2.md, "State tree". */
import { concat, equal } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
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
  readonly hash: Uint8Array
}

/** A subtree of one leaf is that leaf, however far up it stands. */
export interface LeafNode {
  readonly kind: 'leaf'
  hash: Uint8Array
  /** 0x00 ‖ key ‖ value: what is stored, and all that is held. */
  readonly bytes: Uint8Array
}

/** Two leaves or more are below. Its children are replaced by equal ones when those are loaded. */
export interface InnerNode {
  readonly kind: 'inner'
  hash: Uint8Array
  left: Node
  right: Node
}

/** Known by its hash alone. */
export interface StubNode {
  readonly kind: 'stub'
  readonly hash: Uint8Array
}

export type Node = EmptyNode | LeafNode | InnerNode | StubNode

export const emptyNode: EmptyNode = { kind: 'empty', hash: emptyHash }

/** The node of which a hash is known. */
export function nodeAt(hash: Uint8Array): Node {
  return equal(hash, emptyHash) ? emptyNode : { kind: 'stub', hash }
}

/** A leaf without its hash, which {@link hashLeaves} gives it. */
export function newLeaf(key: Uint8Array, value: Uint8Array): LeafNode {
  return { kind: 'leaf', hash: emptyHash, bytes: concat(Uint8Array.of(leafTag), key, value) }
}

export const keyOf = ({ bytes }: LeafNode): Uint8Array => bytes.subarray(1, leafHead)
export const valueOf = ({ bytes }: LeafNode): Uint8Array => bytes.subarray(leafHead)

/** Bit `depth` of a key: 0 goes left. The first is the highest bit of the first byte. */
export function bitOf(key: Uint8Array, depth: number): number {
  return ((key[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1
}

/** The same for the key of a leaf, without a view of it. */
export function leafBit({ bytes }: LeafNode, depth: number): number {
  return ((bytes[1 + (depth >> 3)] ?? 0) >> (7 - (depth & 7))) & 1
}

/** SHA-256(0x00 ‖ key ‖ SHA-256(value)). */
export function leafHashOf(key: Uint8Array, valueHash: Uint8Array, engine: Engine): Uint8Array {
  return engine.sha256(concat(Uint8Array.of(leafTag), key, valueHash))
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function innerHashOf(left: Uint8Array, right: Uint8Array, engine: Engine): Uint8Array {
  return engine.sha256(concat(Uint8Array.of(innerTag), left, right))
}

/** So many messages are made at once. */
const batch = 1_024

/** Gives leaves their hashes. */
export function hashLeaves(leaves: readonly LeafNode[], engine: Engine): void {
  inBatches(leaves, some => {
    const values = engine.sha256Many(some.map(valueOf))
    const messages = messagesOf(leafTag, some.length)
    for (const [i, leaf] of some.entries()) {
      messages[i]?.set(keyOf(leaf), 1)
      messages[i]?.set(values[i] ?? emptyHash, leafHead)
    }
    give(some, engine.sha256Many(messages))
  })
}

/** Gives inner nodes their hashes, whose children have theirs. */
export function hashInner(nodes: readonly InnerNode[], engine: Engine): void {
  inBatches(nodes, some => {
    const messages = messagesOf(innerTag, some.length)
    for (const [i, node] of some.entries()) {
      messages[i]?.set(node.left.hash, 1)
      messages[i]?.set(node.right.hash, leafHead)
    }
    give(some, engine.sha256Many(messages))
  })
}

function inBatches<Item>(items: readonly Item[], step: (some: readonly Item[]) => void): void {
  for (let from = 0; from < items.length; from += batch) step(items.slice(from, from + batch))
}

/** 65 bytes each, in one buffer. */
function messagesOf(tag: number, count: number): readonly Uint8Array[] {
  const all = new Uint8Array(count * innerBytes)
  return Array.from({ length: count }, (_, i) => {
    const message = all.subarray(i * innerBytes, (i + 1) * innerBytes)
    message[0] = tag
    return message
  })
}

function give(nodes: readonly { hash: Uint8Array }[], hashes: readonly Uint8Array[]): void {
  for (const [i, node] of nodes.entries()) node.hash = hashes[i] ?? node.hash
}

/** What is stored of a node, under its hash. */
export function bytesOfNode(node: LeafNode | InnerNode): Uint8Array {
  return node.kind === 'leaf' ? node.bytes : concat(Uint8Array.of(innerTag), node.left.hash, node.right.hash)
}

/**
 * A node as it was stored, checked against its hash; its children are not loaded.
 * @throws ChartsealError `ledger/tree-node`
 */
export function nodeOfBytes(
  hash: Uint8Array,
  bytes: Uint8Array | null,
  engine: Engine,
): LeafNode | InnerNode {
  if (bytes === null) throw treeError('ledger/tree-node', { reason: 'missing' })
  const node = readNode(hash, bytes)
  if (node === null || !equal(hashOfNode(node, engine), hash))
    throw treeError('ledger/tree-node', { reason: 'damaged' })
  return node
}

function readNode(hash: Uint8Array, bytes: Uint8Array): LeafNode | InnerNode | null {
  if (bytes[0] === leafTag && bytes.length >= leafHead)
    return { kind: 'leaf', hash: Uint8Array.from(hash), bytes: Uint8Array.from(bytes) }
  if (bytes[0] !== innerTag || bytes.length !== innerBytes) return null
  const [left, right] = [bytes.slice(1, leafHead), bytes.slice(leafHead)]
  return { kind: 'inner', hash: Uint8Array.from(hash), left: nodeAt(left), right: nodeAt(right) }
}

function hashOfNode(node: LeafNode | InnerNode, engine: Engine): Uint8Array {
  return node.kind === 'leaf'
    ? leafHashOf(keyOf(node), engine.sha256(valueOf(node)), engine)
    : innerHashOf(node.left.hash, node.right.hash, engine)
}
