/** Payloads as UnixFS files under the profile of their own: whole, in part, and shared over the ports. */
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  openPayloadReader,
  readRecord,
  shareRecord,
  storePayload,
  verifyPayload,
} from '@chartseal/ipfs-envelope'
import { type BlockStore, blobStore, type RangedBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { describe, expect, it } from 'vitest'
import { header, joined, newOwner, pattern, person, pinOf, world } from './v2-people.js'

const leafBytes = 63 * 16_400
const chunk = 16_384
const key = AeadKey.generate(systemRandom)
const id = { packageId: systemRandom.bytes(16), version: 1 }

interface Kept {
  readonly blobs: RangedBlobStore
  readonly blocks: Map<string, Uint8Array>
  readonly asked: string[]
}

function kept(): Kept {
  const blocks = new Map<string, Uint8Array>()
  const asked: string[] = []
  const store: BlockStore = {
    async get(cid) {
      asked.push(cid)
      return blocks.get(cid)?.slice() ?? null
    },
    has: async cid => blocks.has(cid),
    put: async (cid, block) => void blocks.set(cid, block.slice()),
    delete: async cid => void blocks.delete(cid),
  }
  return { blobs: blobStore(store, { profile: 'chartseal-v2', cacheBytes: 0 }), blocks, asked }
}

describe('a payload in blocks', () => {
  const content = pattern(4 * leafBytes)

  it('has leaves of 63 sealed chunks, each within a mebibyte', async () => {
    const { blobs, blocks } = kept()
    const cid = await storePayload(blobs, key, id, header(content.length), content)
    const sizes = [...blocks.values()].map(({ length }) => length).filter(length => length > 1_000)
    expect(sizes.filter(size => size === leafBytes).length).toBe(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 20)
    expect(cid).toMatch(/^bafybei/)
    const { sealedBytes } = await verifyPayload(blobs, { payloadCid: cid })
    expect(sealedBytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
  })

  it('is read in part from the blocks of the part', async () => {
    const { blobs, asked } = kept()
    const cid = await storePayload(blobs, key, id, header(content.length), content)
    const reader = await openPayloadReader(key, id, await blobs.range(cid))
    asked.length = 0
    const from = 3 * leafBytes - 5 * chunk
    expect(
      Buffer.compare(await reader.read(from, from + 4 * chunk), content.slice(from, from + 4 * chunk)),
    ).toBe(0)
    // The root, and the leaves in which the chunks lie.
    expect(new Set(asked).size).toBeLessThanOrEqual(3)
  })

  it('is shared, read and whole for its recipients', async () => {
    const { blobs } = kept()
    const ports = { ...world().ports, blobs }
    const ann = person()
    const request = { header: header(content.length), content, recipients: [ann.recipient] }
    const list = await shareRecord(ports, newOwner(), request)
    const record = await readRecord(ports, list, ann.identity, { pin: pinOf(list), nowMs: 0 })
    expect(Buffer.compare(await joined(record.content), content)).toBe(0)
  })
})
