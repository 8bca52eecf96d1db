/** Blocks in a folder when the disk fails, or the machine stops at any moment. */
import { openFolderBlobStore, openFolderBlocks } from '@chartseal/ipfs-envelope/fs'
import type { BlockStore, RangedBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf, crashAfter, FaultDisk, failOnce, faultPlaces } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { joined } from './stores.js'

const content = new Uint8Array(2_100_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)
const hello = new TextEncoder().encode('hello world\n')
const helloCid = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'

function on(disk: FaultDisk): Parameters<typeof openFolderBlobStore>[1] {
  const makeFolder = async (folder: string): Promise<void> => {
    await disk.makeFolder(folder).catch((error: unknown) => {
      if (!(error instanceof Error && error.message === 'EEXIST')) throw error
    })
  }
  return { fileSystem: disk, makeFolder, profile: 'chartseal-v2' }
}

const storeOn = (disk: FaultDisk): Promise<RangedBlobStore> => openFolderBlobStore('/blocks', on(disk))
const blocksOn = (disk: FaultDisk): Promise<BlockStore> => openFolderBlocks('/blocks', on(disk))

/** A disk with an empty store on it. */
async function freshDisk(): Promise<FaultDisk> {
  const disk = new FaultDisk()
  await storeOn(disk)
  await disk.syncFolder('/')
  disk.operations.length = 0
  return disk
}

const cidOf = async (): Promise<string> => (await storeOn(await freshDisk())).put(content)

describe('a folder of blocks', () => {
  it('has what was acknowledged after a power cut at any moment, and no file that lacks a block', async () => {
    const cid = await cidOf()
    const whole = await freshDisk()
    await (await storeOn(whole)).put(content)
    for (const place of faultPlaces(whole.operations.length + 1, 12)) {
      const disk = await freshDisk()
      const store = await storeOn(disk)
      crashAfter(disk, place)
      const acknowledged = await store.put(content).then(
        () => true,
        () => false,
      )
      // Blocks are written beside each other, so that the number of operations differs by one or two.
      expect(acknowledged || place < whole.operations.length).toBe(true)
      for (const after of [disk.crashed(), disk.crashed(100), disk.killed()]) {
        const found = await storeOn(after)
        if (await found.has(cid)) expect(Buffer.compare(await joined(found.get(cid)), content)).toBe(0)
        else expect(acknowledged).toBe(false)
        expect(await found.put(content)).toBe(cid)
      }
    }
  })

  it('has a single block before it says so', async () => {
    const disk = await freshDisk()
    await (await blocksOn(disk)).put(helloCid, hello)
    expect(await (await blocksOn(disk.crashed())).get(helloCid)).toEqual(hello)
    await (await blocksOn(disk)).delete(helloCid)
    expect(await (await blocksOn(disk.crashed())).has(helloCid)).toBe(false)
  })

  it('keeps two writers apart: neither is told of success before its own names are on the disk', async () => {
    const disk = await freshDisk()
    const blocks = await blocksOn(disk)
    let cut: FaultDisk | null = null
    const first = blocks.put(helloCid, hello)
    const second = blocks.put(helloCid, hello).then(() => {
      cut = disk.crashed()
    })
    await Promise.all([first, second])
    expect(await (await blocksOn(cut ?? disk.crashed())).has(helloCid)).toBe(true)
  })

  it.each(['open create', 'write', 'sync', 'rename', 'make folder', 'sync folder'])(
    'says so when the disk refuses to %s, and takes the block the next time',
    async operation => {
      const disk = await freshDisk()
      const blocks = await blocksOn(disk)
      failOnce(disk, operation, 'ENOSPC')
      expect(await codeOf(() => blocks.put(helloCid, hello))).toBe('files/failed')
      expect([...disk.files().keys()].filter(name => name.endsWith('.tmp'))).toEqual([])
      disk.before = () => undefined
      await blocks.put(helloCid, hello)
      expect(await (await blocksOn(disk.crashed())).get(helloCid)).toEqual(hello)
    },
  )

  it.each(['open read', 'read', 'status', 'remove'])('passes on that the disk cannot %s', async operation => {
    const disk = await freshDisk()
    const blocks = await blocksOn(disk)
    await blocks.put(helloCid, hello)
    failOnce(disk, operation, 'EIO')
    const calls: Record<string, () => Promise<unknown>> = {
      status: () => blocks.has(helloCid),
      remove: () => blocks.delete(helloCid),
    }
    await expect((calls[operation] ?? (() => blocks.get(helloCid)))()).rejects.toMatchObject({ code: 'EIO' })
  })

  it('gives no more of a file than a block can have', async () => {
    const disk = await freshDisk()
    const store = await storeOn(disk)
    const cid = await store.put(hello)
    const [path = ''] = [...disk.files().keys()]
    disk.put(path, new Uint8Array(5_000_000))
    expect((await (await blocksOn(disk)).get(cid))?.length).toBe(2_097_153)
    expect(await codeOf(() => joined(store.get(cid)))).toBe('envelope/cid-mismatch')
  })
})
