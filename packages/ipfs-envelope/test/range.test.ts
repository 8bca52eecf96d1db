/** Which blocks a range reads, what it keeps, and nodes that say other sizes than their blocks have. */
import { openRange, sealBytes } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { type BlockStore, blobStore, unixfsRange } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf } from '@chartseal/testkit'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, it } from 'vitest'

const leafBytes = 63 * 16_400
const content = new Uint8Array(5 * leafBytes + 77).map((_, i) => (i * 7) ^ (i >> 9))

interface Watched extends BlockStore {
  readonly map: Map<string, Uint8Array>
  /** The CIDs asked for, in order. */
  readonly asked: string[]
}

function watchedBlocks(): Watched {
  const map = new Map<string, Uint8Array>()
  const asked: string[] = []
  return {
    map,
    asked,
    async get(cid) {
      asked.push(cid)
      return map.get(cid)?.slice() ?? null
    },
    has: async cid => map.has(cid),
    put: async (cid, block) => void map.set(cid, block.slice()),
    delete: async cid => void map.delete(cid),
  }
}

async function stored(): Promise<{ blocks: Watched; cid: string }> {
  const blocks = watchedBlocks()
  const cid = await blobStore(blocks, { profile: 'chartseal-v2' }).put(content)
  return { blocks, cid }
}

describe('a range', () => {
  it('fetches the root once, and of the leaves those that it needs', async () => {
    const { blocks, cid } = await stored()
    const range = await unixfsRange(blocks, cid)
    expect(await range.read(2 * leafBytes - 1, 2 * leafBytes + 1)).toEqual(
      content.slice(2 * leafBytes - 1, 2 * leafBytes + 1),
    )
    expect(blocks.asked.length).toBe(3)
    await range.read(leafBytes, 3 * leafBytes)
    expect(blocks.asked.length).toBe(3)
    expect(await range.read(7, 7)).toEqual(new Uint8Array(0))
    expect(await range.read(content.length + 1, content.length + 9)).toEqual(new Uint8Array(0))
    expect(blocks.asked.length).toBe(3)
  })

  it('keeps the last used blocks, up to the bound', async () => {
    const { blocks, cid } = await stored()
    const range = await unixfsRange(blocks, cid, { cacheBytes: 2.5 * leafBytes })
    const asks = async (leaf: number): Promise<number> => {
      const before = blocks.asked.length
      await range.read(leaf * leafBytes, leaf * leafBytes + 5)
      return blocks.asked.length - before
    }
    expect([await asks(0), await asks(1), await asks(0), await asks(2)]).toEqual([1, 1, 0, 1])
    // Leaf 1 was used longest ago; the root was used every time.
    expect([await asks(0), await asks(1)]).toEqual([0, 1])
  })

  it('fetches a block once for readers at the same time, and again after a failure', async () => {
    const { blocks, cid } = await stored()
    const range = await unixfsRange(blocks, cid)
    await Promise.all([range.read(0, 10), range.read(5, 15), range.read(90, 99)])
    expect(blocks.asked.length).toBe(2)
    const [lost] = [...blocks.map].filter(([name]) => !blocks.asked.includes(name))
    const [name = '', block = content] = lost ?? []
    blocks.map.delete(name)
    expect(await codeOf(() => range.read(0, content.length))).toBe('envelope/blob-not-found')
    blocks.map.set(name, block)
    expect(await range.read(0, content.length)).toEqual(content)
  })

  it('opens a part of a sealed blob from three of its blocks: root, first leaf, and that of the part', async () => {
    const blocks = watchedBlocks()
    const key = AeadKey.generate(systemRandom)
    const context = new Uint8Array(0)
    const cid = await blobStore(blocks, { profile: 'chartseal-v2' }).put(sealBytes(key, content, context))
    const range = await unixfsRange(blocks, cid)
    const { plaintext } = await openRange(key, range, context, 3_000_000, 3_065_536)
    expect(plaintext).toEqual(content.slice(3_000_000, 3_065_536))
    expect(blocks.asked.length).toBe(3)
  })

  it('finds its way through many levels', async () => {
    const blocks = watchedBlocks()
    const settings = {
      rawLeaves: true,
      chunker: fixedSize({ chunkSize: 100 }),
      layout: balanced({ maxChildrenPerNode: 3 }),
    }
    const part = content.slice(0, 10_001)
    const put = async (cid: CID, block: Uint8Array): Promise<CID> => {
      await blocks.put(cid.toString(), block)
      return cid
    }
    for await (const { cid } of importer([{ content: part }], { put }, settings)) {
      const range = await unixfsRange(blocks, cid.toString())
      for (const [from, to] of [
        [0, 1],
        [99, 101],
        [5000, 7003],
        [10_000, 10_001],
        [0, 10_001],
      ] as const)
        expect(await range.read(from, to)).toEqual(part.slice(from, to))
    }
  })
})

describe('nodes that lie about sizes', () => {
  const leaf = Uint8Array.of(1, 2, 3, 4)

  it.each([
    ['too large', [5n]],
    ['too small', [3n]],
    ['for more links than there are', [4n, 4n]],
    ['for fewer links than there are', []],
    ['beyond what a number holds', [2n ** 60n]],
  ])('refuses sizes that are %s', async (_, sizes) => {
    const blocks = watchedBlocks()
    const raw = CID.createV1(0x55, await sha256.digest(leaf))
    await blocks.put(raw.toString(), leaf)
    const root = await putNode(blocks, sizes, [raw])
    const attempt = async (): Promise<Uint8Array> => (await unixfsRange(blocks, root)).read(0, 4)
    expect(await codeOf(attempt)).toBe('envelope/wrong-sizes')
  })

  it('refuses a tower of nodes with one link each', async () => {
    const blocks = watchedBlocks()
    let cid = CID.createV1(0x55, await sha256.digest(leaf))
    await blocks.put(cid.toString(), leaf)
    for (let level = 0; level < 20; level++) cid = CID.parse(await putNode(blocks, [4n], [cid]))
    const range = await unixfsRange(blocks, cid.toString())
    expect(await codeOf(() => range.read(0, 4))).toBe('envelope/wrong-sizes')
  })
})

async function putNode(blocks: Watched, blockSizes: bigint[], links: readonly CID[]): Promise<string> {
  const file = new UnixFS({ type: 'file', blockSizes })
  const block = dagPb.encode(
    dagPb.prepare({ Data: file.marshal(), Links: links.map(Hash => ({ Hash, Tsize: 0, Name: '' })) }),
  )
  const cid = CID.createV1(dagPb.code, await sha256.digest(block)).toString()
  await blocks.put(cid, block)
  return cid
}
