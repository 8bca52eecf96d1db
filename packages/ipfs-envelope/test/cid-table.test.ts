/**
 * CIDs that Kubo's own tests know: keystreams of ChaCha20 (key = SHA-256 of the seed, zero nonce), so that anybody can
 * make the files again. The large ones are made in the gate.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { type UnixfsProfile, unixfsBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { runsOf } from '@chartseal/testkit'
import { BlackHoleBlockstore } from 'blockstore-core/black-hole'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { describe, expect, it } from 'vitest'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

async function* keystream(seed: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('chacha20', key, new Uint8Array(16))
  const zeros = new Uint8Array(256 * kibibyte)
  for (let left = sizeBytes; left > 0; left -= zeros.length) {
    yield Uint8Array.from(cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros))
  }
}

const put = (profile: UnixfsProfile, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> =>
  unixfsBlobStore(new BlackHoleBlockstore(), { profile, maxBlobBytes: 2048 * mebibyte }).put(content)

/** What `ipfs add --cid-version=1` of Kubo with 1 MiB chunks gave: no profile has it. */
async function putVersion1(content: AsyncIterable<Uint8Array>): Promise<string> {
  const settings = {
    cidVersion: 1,
    rawLeaves: true,
    chunker: fixedSize({ chunkSize: mebibyte }),
    layout: balanced({ maxChildrenPerNode: 174 }),
  } as const
  for await (const { cid } of importer([{ content }], new BlackHoleBlockstore(), settings))
    return cid.toString()
  return 'nothing'
}

describe('a CID', () => {
  it.each<[UnixfsProfile, string]>([
    ['unixfs-v0-2015', 'Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD'],
    ['unixfs-v1-2025', 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
  ])('is that of Kubo for "hello world" under %s', async (profile, cid) => {
    expect(await put(profile, new TextEncoder().encode('hello world'))).toBe(cid)
  })

  it.each<[number, string]>([
    [44_544, 'QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2'],
    [44_800, 'QmepeWtdmS1hHXx1oZXsPUv6bMrfRRKfZcoPPU4eEfjnbf'],
  ])('is that of Kubo for %i KiB under unixfs-v0-2015, at the most links of one node', async (size, cid) => {
    expect(await put('unixfs-v0-2015', keystream('v0-seed', size * kibibyte))).toBe(cid)
  })

  const large: readonly [string, number, () => Promise<string>, string][] = [
    [
      'unixfs-v1-2025',
      1024,
      () => put('unixfs-v1-2025', keystream('v1-2025-seed', 1024 * mebibyte)),
      'bafybeihmf37wcuvtx4hpu7he5zl5qaf2ineo2lqlfrapokkm5zzw7zyhvm',
    ],
    [
      'unixfs-v1-2025',
      1025,
      () => put('unixfs-v1-2025', keystream('v1-2025-seed', 1025 * mebibyte)),
      'bafybeihmzokxxjqwxjcryerhp5ezpcog2wcawfryb2xm64xiakgm4a5jue',
    ],
    [
      'version 1 with 174 links',
      174,
      () => putVersion1(keystream('v1-seed', 174 * mebibyte)),
      'bafybeigwduxcf2aawppv3isnfeshnimkyplvw3hthxjhr2bdeje4tdaicu',
    ],
    [
      'version 1 with 174 links',
      175,
      () => putVersion1(keystream('v1-seed', 175 * mebibyte)),
      'bafybeidhd7lo2n2v7lta5yamob3xwhbxcczmmtmhquwhjesi35jntf7mpu',
    ],
  ]
  it.each(large.slice(0, runsOf(large.length, 0)))('is that of Kubo under %s for %i MiB', async (...row) => {
    const [, , make, cid] = row
    expect(await make()).toBe(cid)
  })
})

describe('the profile of records', () => {
  // Fixed by these: whoever changes it changes where records are.
  it.each<[number, string]>([
    [0, 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    [1_033_200, 'bafkreicpinowb3t335k7lkkx5xwxluoi7bcikufppjsby2522pgxq4hmey'],
    [1_033_201, 'bafybeia4vws6qp2byaovij5h2exh6qkwxjlkdr6zrfkcma67fsxqpzytju'],
    [5_000_000, 'bafybeicrjrbgfnda4wrkcnm25mthtsexdu4n3rgh5orznvwje237hg5ywe'],
  ])('gives %i bytes one CID for ever', async (sizeBytes, cid) => {
    expect(await put('chartseal-v2', keystream('chartseal-v2', sizeBytes))).toBe(cid)
  })
})
