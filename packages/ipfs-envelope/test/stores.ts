import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import { type UnixfsProfile, unixfsBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { memoryBlobStore } from '@chartseal/ipfs-envelope/v1'
import type { BlobStoreUnderTest, StoredBlock } from '@chartseal/testkit'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { FsBlockstore } from 'blockstore-fs'
import type { Blockstore } from 'interface-blockstore'
import { afterAll } from 'vitest'

/** The memory store, over a map that the test can reach into. */
export async function openMemory(): Promise<BlobStoreUnderTest> {
  const map = new Map<string, Uint8Array>()
  const blocks = async (): Promise<readonly StoredBlock[]> =>
    [...map].map(([cid, bytes]) => ({
      bytes,
      overwrite: async other => void map.set(cid, other),
      remove: async () => void map.delete(cid),
    }))
  return { store: memoryBlobStore(map), blocks }
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
