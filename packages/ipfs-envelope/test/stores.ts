import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesSource, openCar } from '@chartseal/ipfs-envelope/car'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import { gatewayBlobs } from '@chartseal/ipfs-envelope/gateway'
import { ipfsNode, nodeBlobStore } from '@chartseal/ipfs-envelope/rpc'
import {
  type BlockStore,
  blobStore,
  type UnixfsProfile,
  unixfsBlobStore,
} from '@chartseal/ipfs-envelope/unixfs'
import { memoryBlobStore } from '@chartseal/ipfs-envelope/v1'
import type { BlobReaderUnderTest, BlobStoreUnderTest, StoredBlock } from '@chartseal/testkit'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { FsBlockstore } from 'blockstore-fs'
import type { Blockstore } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import { afterAll } from 'vitest'
import { fakeGateway } from './fake-gateway.js'
import { fakeNode } from './fake-node.js'

/** The blocks of a map, and a way to change them. */
async function blocksIn(map: Map<string, Uint8Array>): Promise<readonly StoredBlock[]> {
  return [...map].map(([cid, bytes]) => ({
    bytes,
    overwrite: async other => void map.set(cid, other),
    remove: async () => void map.delete(cid),
  }))
}

/** The memory store, over a map that the test can reach into. */
export async function openMemory(): Promise<BlobStoreUnderTest> {
  const map = new Map<string, Uint8Array>()
  return { store: memoryBlobStore(map), blocks: () => blocksIn(map) }
}

/** A node, which forgets at once what is not pinned. */
export async function openNode(): Promise<BlobStoreUnderTest> {
  const { url, blocks } = await fakeNode()
  const store = nodeBlobStore(ipfsNode(url), { collectGarbage: true, profile: 'chartseal-v2' })
  return { store, blocks: () => blocksIn(blocks) }
}

export async function openGateway(): Promise<BlobReaderUnderTest> {
  const map = new Map<string, Uint8Array>()
  const { url } = await fakeGateway(map)
  const writer = blobStore(mapBlocks(map))
  return {
    reader: async () => gatewayBlobs(url),
    put: content => writer.put(content),
    blocks: () => blocksIn(map),
  }
}

/** A CAR with what was put, each section as it stands in the map, true or not. */
export async function openCarOf(): Promise<BlobReaderUnderTest> {
  const map = new Map<string, Uint8Array>()
  const writer = blobStore(mapBlocks(map))
  return {
    reader: () => openCar(bytesSource(carOf([...map]))),
    put: content => writer.put(content),
    blocks: () => blocksIn(map),
  }
}

export function mapBlocks(map: Map<string, Uint8Array>): BlockStore {
  return {
    get: async cid => map.get(cid)?.slice() ?? null,
    has: async cid => map.has(cid),
    put: async (cid, block) => void map.set(cid, block.slice()),
    delete: async cid => void map.delete(cid),
  }
}

/** A CAR of version 1 by hand, with whatever sections it is given, and the last of them as its root. */
export function carOf(
  sections: readonly (readonly [cid: string, block: Uint8Array])[],
  roots: readonly string[] = [sections.at(-1)?.[0] ?? empty],
): Uint8Array {
  const header = carHeader(roots.map(root => CID.parse(root).bytes))
  const parts = sections.map(([name, block]) => Buffer.concat([CID.parse(name).bytes, block]))
  return Uint8Array.from(Buffer.concat([header, ...parts].flatMap(part => [leb128(part.length), part])))
}

/** `{roots: [tag 42], version: 1}` in DAG-CBOR; fewer than 24 roots. */
export function carHeader(roots: readonly Uint8Array[], version = 1): Uint8Array {
  const links = roots.map(cid => Buffer.from([0xd8, 42, 0x58, cid.length + 1, 0, ...cid]))
  const names = { roots: Buffer.from('\xa2\x65roots', 'latin1'), version: Buffer.from('gversion', 'latin1') }
  return Buffer.concat([
    names.roots,
    Uint8Array.of(0x80 + roots.length),
    ...links,
    names.version,
    Uint8Array.of(version),
  ])
}

const empty = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

export function leb128(value: number): Uint8Array {
  const rest = Math.floor(value / 128)
  return rest === 0 ? Uint8Array.of(value) : Uint8Array.of((value % 128) | 128, ...leb128(rest))
}

export async function openUnixfs(profile: UnixfsProfile): Promise<BlobStoreUnderTest> {
  const blockstore = new MemoryBlockstore()
  return { store: unixfsBlobStore(blockstore, { profile }), blocks: () => blocksOf(blockstore) }
}

export async function openFolder(): Promise<BlobStoreUnderTest> {
  const folder = await freshFolder()
  return { store: await openFolderBlobStore(folder), blocks: () => blocksOf(new FsBlockstore(folder)) }
}

/** A folder that is gone when the test file ends. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-envelope-'))
  folders.push(folder)
  return folder
}

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function blocksOf(blockstore: Blockstore): Promise<readonly StoredBlock[]> {
  const blocks: StoredBlock[] = []
  for await (const { cid, bytes } of blockstore.getAll()) {
    blocks.push({
      bytes: await joined(bytes),
      overwrite: async other => void (await blockstore.put(cid, other)),
      remove: async () => void (await blockstore.delete(cid)),
    })
  }
  return blocks
}

/** All of a stream. */
export async function joined(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Uint8Array.from(Buffer.concat(all))
}
