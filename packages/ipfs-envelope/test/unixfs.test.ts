import {
  blobStore,
  type UnixfsProfile,
  unixfsAddressing,
  unixfsBlobStore,
  unixfsProfiles,
} from '@chartseal/ipfs-envelope/unixfs'
import { codeOf } from '@chartseal/testkit'
import * as dagPb from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { UnixFS } from 'ipfs-unixfs'
import { exporter } from 'ipfs-unixfs-exporter'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, it } from 'vitest'
import { joined } from './stores.js'

const hello = new TextEncoder().encode('hello world\n')
const other = new Uint8Array(3_000_000).map((_, i) => (i * i) >> 3)

describe('profiles', () => {
  // What `ipfs add` of Kubo prints for "hello world\n" and for an empty file.
  it.each<[UnixfsProfile, string, string]>([
    [
      'unixfs-v0-2015',
      'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o',
      'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH',
    ],
    [
      'unixfs-v1-2025',
      'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4',
      'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    ],
    [
      'cidv1-256k-raw-leaves',
      'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4',
      'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    ],
  ])('gives the CIDs that Kubo gives under %s', async (profile, greeting, empty) => {
    const addressing = unixfsAddressing(profile)
    expect(await addressing.cidOf(hello)).toBe(greeting)
    expect(await addressing.cidOf(new Uint8Array(0))).toBe(empty)
  })

  it.each(unixfsProfiles)(
    'stores under the CID that is computed, which any addressing recognizes: %s',
    async profile => {
      const cid = await unixfsBlobStore(new MemoryBlockstore(), { profile }).put(other)
      expect(await unixfsAddressing(profile).cidOf(other)).toBe(cid)
      for (const asked of unixfsProfiles) {
        expect(await unixfsAddressing(asked).matches(cid, other)).toBe(true)
        expect(await unixfsAddressing(asked).matches(cid, other.subarray(1))).toBe(false)
      }
    },
  )

  it('recognizes a version 0 CID that is written as version 1', async () => {
    const cid = await unixfsAddressing('unixfs-v0-2015').cidOf(hello)
    expect(await unixfsAddressing().matches(CID.parse(cid).toV1().toString(), hello)).toBe(true)
  })
})

describe('files of many levels', () => {
  const small = {
    rawLeaves: true,
    chunker: fixedSize({ chunkSize: 1000 }),
    layout: balanced({ maxChildrenPerNode: 3 }),
  }
  const content = other.subarray(0, 20_000)

  async function stored(): Promise<{ blocks: MemoryBlockstore; cid: CID }> {
    const blocks = new MemoryBlockstore()
    for await (const { cid } of importer([{ content: Uint8Array.from(content) }], blocks, small))
      return { blocks, cid }
    throw new Error('nothing was stored')
  }

  it('reads files of many levels as the exporter of IPFS does', async () => {
    const { blocks, cid } = await stored()
    const entry = await exporter(cid, blocks)
    const witness = entry.type === 'file' ? await joined(entry.content()) : null
    expect(await joined(unixfsBlobStore(blocks).get(cid.toString()))).toEqual(witness)
    expect(witness).toEqual(content)
  })

  it('reads in order, and throws one error that can be caught, at whichever block is wrong', async () => {
    const { blocks, cid } = await stored()
    const all: CID[] = []
    for await (const block of blocks.getAll()) all.push(block.cid)
    const store = unixfsBlobStore(blocks)
    for (const block of all) {
      const bytes = await joined(blocks.get(block))
      await blocks.put(block, new Uint8Array(bytes.length))
      expect(await codeOf(() => joined(store.get(cid.toString())))).toBe('envelope/cid-mismatch')
      await blocks.delete(block)
      expect(await codeOf(() => joined(store.get(cid.toString())))).toBe('envelope/blob-not-found')
      await blocks.put(block, bytes)
    }
    expect(all.length).toBeGreaterThan(25)
  })

  it('deletes a file of which blocks are missing, and again', async () => {
    const { blocks, cid } = await stored()
    const store = unixfsBlobStore(blocks)
    const [lost] = dagPb.decode(await joined(blocks.get(cid))).Links
    await blocks.delete(lost?.Hash ?? cid)
    await store.delete(cid.toString())
    expect(await store.has(cid.toString())).toBe(false)
    await store.delete(cid.toString())
  })

  it('deletes no block whose links it could not read, at whichever block it is', async () => {
    const { blocks: counted, cid } = await stored()
    const nodes = [cid.toString()]
    for (const node of nodes) {
      const { Links } = dagPb.decode(await joined(counted.get(CID.parse(node))))
      nodes.push(...Links.filter(({ Hash }) => Hash.code === dagPb.code).map(({ Hash }) => `${Hash}`))
    }
    expect(nodes.length).toBeGreaterThan(5)
    for (const node of nodes) {
      const { blocks } = await stored()
      const store = unixfsBlobStore(blocks)
      const bytes = await joined(blocks.get(CID.parse(node)))
      await blocks.put(CID.parse(node), new Uint8Array(10))
      expect(await codeOf(() => store.delete(cid.toString()))).toBe('envelope/cid-mismatch')
      expect(await store.has(node)).toBe(true)
      await blocks.put(CID.parse(node), bytes)
      await store.delete(cid.toString())
      let left = 0
      for await (const _ of blocks.getAll()) left++
      expect(left).toBe(0)
    }
  })

  it('goes on with a deletion after a read that failed, and leaves nothing', async () => {
    const { blocks, cid } = await stored()
    let isBroken = true
    const store = blobStore({
      async get(name) {
        if (isBroken) throw new Error('input/output error')
        return (await blocks.has(CID.parse(name))) ? joined(blocks.get(CID.parse(name))) : null
      },
      has: async name => blocks.has(CID.parse(name)),
      put: async (name, block) => void (await blocks.put(CID.parse(name), block)),
      delete: async name => void (await blocks.delete(CID.parse(name))),
    })
    await expect(store.delete(cid.toString())).rejects.toThrow('input/output error')
    isBroken = false
    await store.delete(cid.toString())
    let left = 0
    for await (const _ of blocks.getAll()) left++
    expect(left).toBe(0)
  })

  it('stores nothing that it would not read', async () => {
    const [small, large] = [content.subarray(0, 4_000), content.subarray(0, 4_001)]
    const store = unixfsBlobStore(new MemoryBlockstore(), { maxBlobBytes: 4_064 })
    expect(await joined(store.get(await store.put(small)))).toEqual(small)
    expect(await codeOf(() => store.put(large))).toBe('envelope/too-large-to-store')
  })

  it('stops at a file that names one block endlessly', async () => {
    const { blocks, cid } = await bomb(30)
    const store = unixfsBlobStore(blocks, { maxBlobBytes: 100_000 })
    expect(await codeOf(() => joined(store.get(cid)))).toBe('envelope/blob-too-large')
    await store.delete(cid)
    expect(await store.has(cid)).toBe(false)
  })
})

describe('blocks that are not a file', () => {
  it.each([
    ['no dag-pb', Uint8Array.of(255)],
    ['no UnixFS', dagPb.encode(dagPb.prepare({ Data: Uint8Array.of(255) }))],
    ['a node without data', dagPb.encode(dagPb.prepare({}))],
    ['a symbolic link', dagPb.encode(dagPb.prepare({ Data: new UnixFS({ type: 'symlink' }).marshal() }))],
  ])('refuses as a file: %s', async (_, block) => {
    const blocks = new MemoryBlockstore()
    const cid = await putNode(blocks, block)
    expect(await codeOf(() => joined(unixfsBlobStore(blocks).get(cid.toString())))).toBe(
      'envelope/not-a-file',
    )
  })

  it('refuses a link to another kind of block', async () => {
    const blocks = new MemoryBlockstore()
    const cid = await putNode(blocks, dagPb.encode(fileOf([CID.createV1(0x71, await sha256.digest(hello))])))
    const code = await codeOf(() => joined(unixfsBlobStore(blocks).get(cid.toString())))
    expect(code).toBe('envelope/unsupported-cid')
  })

  it('passes on how a store fails in another way', async () => {
    const blocks = new MemoryBlockstore()
    blocks.get = () => {
      throw new RangeError('the network is down')
    }
    const store = unixfsBlobStore(blocks)
    const cid = await unixfsAddressing().cidOf(hello)
    await expect(joined(store.get(cid))).rejects.toThrow('the network is down')
  })
})

/** A tree of `levels`, in which both links of each node name the node below it. */
async function bomb(levels: number): Promise<{ blocks: MemoryBlockstore; cid: string }> {
  const blocks = new MemoryBlockstore()
  let cid = await putNode(blocks, dagPb.encode(fileOf([])))
  for (let level = 0; level < levels; level++) cid = await putNode(blocks, dagPb.encode(fileOf([cid, cid])))
  return { blocks, cid: cid.toString() }
}

function fileOf(links: readonly CID[]): dagPb.PBNode {
  const file = new UnixFS({ type: 'file', blockSizes: links.map(() => 0n) })
  return dagPb.prepare({ Data: file.marshal(), Links: links.map(Hash => ({ Hash, Tsize: 0, Name: '' })) })
}

async function putNode(blocks: MemoryBlockstore, block: Uint8Array): Promise<CID> {
  const cid = CID.createV1(dagPb.code, await sha256.digest(block))
  await blocks.put(cid, block)
  return cid
}
