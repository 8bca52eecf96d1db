import { concat } from '@chartseal/core/bytes'
import { createWriter, headerLength } from '@ipld/car/buffer-writer'
import type { CID } from 'multiformats/cid'
import { isBlockOf } from '../cid/addressing.js'
import { parseCid, rawCodec } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import { storeError } from '../stores/errors.js'
import { InWork } from '../stores/in-work.js'
import type { BlockReader, BlockStore } from '../stores/port.js'
import { type CheckedBlock, eachBlock, expectNode } from '../unixfs/walk.js'
import { type DecodedCar, decodeCar } from './decode.js'
import { invalid, streamReader } from './reader.js'

export interface CarLimits {
  /** Bytes of all blocks, 64 added for each; 1 GiB when left out. */
  readonly maxBytes?: number
}

const gibibyte = 1_073_741_824
const blockCostBytes = 64
const writesAtOnce = 8
/** Nodes wait in memory until all leaves are stored; those of a terabyte take less. */
const maxNodeBytes = 134_217_728

/**
 * A CAR of version 1: every block of the files once, each file's root first. Each block is checked before it is given
 * out.
 * @throws ChartsealError `envelope/blob-not-found`, `envelope/cid-mismatch`, `envelope/blob-too-large`,
 * `envelope/not-a-file`, `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export async function* exportCar(
  blocks: Pick<BlockReader, 'get'>,
  cids: readonly string[],
  { maxBytes = gibibyte }: CarLimits = {},
): AsyncGenerator<Uint8Array> {
  const roots = cids.map(parseCid)
  if (roots.length === 0) throw new RangeError('a CAR must have at least one root')
  yield headerOf(roots)
  const seen = new Set<string>()
  let spentBytes = 0
  for (const root of roots) {
    if (seen.has(root.toString())) continue
    const walk = { root: root.toString(), blocks, maxBytes, spentBytes }
    for await (const { cid, block } of eachBlock(root, walk, seen)) yield sectionOf(cid, block)
    spentBytes = walk.spentBytes
  }
}

// The writer puts a header and blocks into one buffer; a CAR of any length needs the header alone.
function headerOf(roots: readonly CID[]): Uint8Array {
  const given = { roots: [...roots] }
  return createWriter(new ArrayBuffer(headerLength(given)), given).close()
}

const sectionOf = (cid: CID, block: Uint8Array): Uint8Array =>
  concat(varint(cid.bytes.length + block.length), cid.bytes, block)

/** LEB128. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Uint8Array.of(...bytes, rest)
}

export interface ImportedCar {
  readonly roots: readonly string[]
  /** Each counted once. */
  readonly blocks: number
  readonly sizeBytes: number
}

/**
 * Stores the blocks of a CAR of version 1. Each is checked; nodes are stored behind the leaves and roots last, so that no
 * file of several blocks is there with one missing. The CAR must have all blocks of its files.
 * @throws ChartsealError `car/invalid`, `car/incomplete`, `envelope/cid-mismatch`, `envelope/unsupported-cid`,
 * `envelope/not-a-file`, `envelope/blob-too-large`, and what the store throws
 */
export async function importCar(
  car: AsyncIterable<Uint8Array>,
  blocks: Pick<BlockStore, 'put'>,
  { maxBytes = gibibyte }: CarLimits = {},
): Promise<ImportedCar> {
  const decoded = await decodeCar(streamReader(car))
  const roots = decoded.roots.map(root => root.toString())
  const { leaves, nodes, sizeBytes } = await storeLeaves(decoded, blocks, maxBytes)
  expectWhole(roots, leaves, nodes)
  // As a CAR is written, each node stands before what it names.
  const order = [...nodes.keys()].reverse()
  const isRoot = new Set(roots)
  for (const cid of [...order.filter(cid => !isRoot.has(cid)), ...order.filter(cid => isRoot.has(cid))]) {
    await blocks.put(cid, nodes.get(cid)?.block ?? new Uint8Array(0))
  }
  return { roots, blocks: leaves.size + nodes.size, sizeBytes }
}

interface NodeInCar {
  readonly block: Uint8Array
  readonly links: readonly string[]
}

interface Received {
  readonly leaves: ReadonlySet<string>
  /** Held back until the leaves are stored. */
  readonly nodes: ReadonlyMap<string, NodeInCar>
  readonly sizeBytes: number
}

async function storeLeaves(
  car: DecodedCar,
  blocks: Pick<BlockStore, 'put'>,
  maxBytes: number,
): Promise<Received> {
  const leaves = new Set<string>()
  const nodes = new Map<string, NodeInCar>()
  const writes = new InWork(writesAtOnce)
  let [sizeBytes, spentBytes, nodeBytes] = [0, 0, 0]
  for await (const found of car.blocks()) {
    const name = found.cid.toString()
    spentBytes += found.block.length + blockCostBytes
    if (spentBytes > maxBytes) throw envelopeError('envelope/blob-too-large', { cid: name, maxBytes })
    await expectBlock(found)
    if (leaves.has(name) || nodes.has(name)) continue
    sizeBytes += found.block.length
    if (found.cid.code === rawCodec) {
      leaves.add(name)
      const block = found.block.slice()
      await writes.add(() => blocks.put(name, block))
    } else {
      nodeBytes += found.block.length + blockCostBytes
      if (nodeBytes > maxNodeBytes) throw invalid('it has too many nodes for its content')
      nodes.set(name, heldBack(found))
    }
  }
  await writes.finish()
  return { leaves, nodes, sizeBytes }
}

async function expectBlock({ cid, block }: CheckedBlock): Promise<void> {
  if (!(await isBlockOf(cid, block)))
    throw envelopeError('envelope/cid-mismatch', { cid: cid.toString(), reason: '' })
}

function heldBack({ cid, block }: CheckedBlock): NodeInCar {
  const links = expectNode(block, cid.toString()).links.map(link => link.toString())
  return { block: block.slice(), links }
}

function expectWhole(roots: readonly string[], leaves: ReadonlySet<string>, nodes: Received['nodes']): void {
  const has = (cid: string): boolean => leaves.has(cid) || nodes.has(cid)
  for (const cid of roots) if (!has(cid)) throw storeError('car/incomplete', { cid })
  for (const [cid, { links }] of nodes) {
    if (!links.every(has)) throw storeError('car/incomplete', { cid })
  }
}
