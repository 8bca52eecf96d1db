/** CARs as other tools write them, CARs that are not whole, and CARs that want more than they should get. */
import { bytesSource, exportCar, importCar, openCar, storeError } from '@chartseal/ipfs-envelope/car'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf, codesRaised, hostileBytes, propertyRuns } from '@chartseal/testkit'
import { CarReader } from '@ipld/car/reader'
import { CarWriter } from '@ipld/car/writer'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { identity } from 'multiformats/hashes/identity'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, it } from 'vitest'
import { carHeader, carOf, joined, leb128, mapBlocks } from './stores.js'

const raise = codesRaised(
  storeError,
  storeError.codes.filter(code => code.startsWith('remote/')),
)
const content = new Uint8Array(2_500_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)

async function blob(bytes = content): Promise<{ map: Map<string, Uint8Array>; cid: string }> {
  const map = new Map<string, Uint8Array>()
  return { map, cid: await blobStore(mapBlocks(map)).put(bytes) }
}

async function* cut(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

const taken = (car: Uint8Array, pieceBytes = 65_536): Promise<unknown> =>
  importCar(cut(car, pieceBytes), mapBlocks(new Map()))
const opened = (car: Uint8Array): Promise<unknown> => openCar(bytesSource(car))
const framed = (...parts: readonly Uint8Array[]): Uint8Array => {
  const section = Buffer.concat(parts)
  return Buffer.concat([leb128(section.length), section])
}

const root = CID.createV1(0x55, await sha256.digest(content.subarray(0, 9)))
const header = framed(carHeader([root.bytes]))
const whole = Buffer.concat([header, framed(root.bytes, content.subarray(0, 9))])
const hash = CID.createV1(0x55, identity.digest(content.subarray(0, 40)))

describe('a CAR', () => {
  it('is what the library of IPFS reads, each block once, the root first', async () => {
    const { map, cid } = await blob()
    const two = await blobStore(mapBlocks(map)).put(content.subarray(0, 5))
    const bytes = await joined(exportCar(mapBlocks(map), [cid, two, cid]))
    const reader = await CarReader.fromBytes(bytes)
    expect((await reader.getRoots()).map(String)).toEqual([cid, two, cid])
    const found = new Map<string, Uint8Array>()
    for await (const block of reader.blocks()) found.set(block.cid.toString(), block.bytes)
    expect([...found.keys()][0]).toBe(cid)
    expect(found.size).toBe(5)
    for (const [name, block] of map) expect(Buffer.compare(block, found.get(name) ?? content)).toBe(0)
  })

  it('is read as that library writes it, however it is cut', async () => {
    const { map, cid } = await blob()
    const { writer, out } = CarWriter.create([CID.parse(cid)])
    const written = joined(out)
    for (const [name, bytes] of map) await writer.put({ cid: CID.parse(name), bytes })
    await writer.close()
    const bytes = await written
    for (const pieceBytes of [997, 65_536, bytes.length]) {
      const copy = new Map<string, Uint8Array>()
      expect(await importCar(cut(bytes, pieceBytes), mapBlocks(copy))).toMatchObject({
        roots: [cid],
        blocks: 4,
      })
      expect([...copy.keys()].at(-1)).toBe(cid)
      expect(await joined(blobStore(mapBlocks(copy)).get(cid))).toEqual(content)
    }
    expect((await openCar(bytesSource(bytes))).roots).toEqual([cid])
  })

  it('has a block once that a file has many times', async () => {
    const { map, cid } = await blob(new Uint8Array(5 * 1_048_576))
    const bytes = await joined(exportCar(mapBlocks(map), [cid]))
    expect(bytes.length).toBeLessThan(1_100_000)
    const copy = new Map<string, Uint8Array>()
    await importCar(cut(bytes, 9999), mapBlocks(copy))
    expect((await joined(blobStore(mapBlocks(copy)).get(cid))).length).toBe(5 * 1_048_576)
  })

  it('is not begun without a root', async () => {
    await expect(joined(exportCar(mapBlocks(new Map()), []))).rejects.toBeInstanceOf(RangeError)
  })
})

describe('a CAR that is refused', () => {
  it('leaves no root behind when a block is missing, or another', async () => {
    const { map, cid } = await blob()
    for (const name of [...map.keys()]) {
      const copy = new Map<string, Uint8Array>()
      const sections = [...map].filter(([other]) => other !== name)
      const car = carOf(sections, [cid])
      await raise('car/incomplete', () => importCar(cut(car, 65_536), mapBlocks(copy)))
      const lying = carOf([...sections, [name, content.subarray(0, 99)]], [cid])
      const attempt = importCar(cut(lying, 65_536), mapBlocks(copy))
      expect(await codeOf(() => attempt)).toBe('envelope/cid-mismatch')
      expect(copy.has(cid)).toBe(false)
    }
  })

  it('is refused when the store fails, with the word of the store', async () => {
    const { map, cid } = await blob()
    const failing = { put: () => Promise.reject(new TypeError('the disk is full')) }
    await expect(importCar(cut(carOf([...map], [cid]), 9999), failing)).rejects.toThrow('the disk is full')
    const broken = {
      sizeBytes: 1000,
      read: () => Promise.reject(new TypeError('the disk is gone')),
    }
    await expect(openCar(broken)).rejects.toThrow('the disk is gone')
  })

  it('holds no more than it may', async () => {
    const { map, cid } = await blob()
    const attempt = importCar(cut(carOf([...map], [cid]), 65_536), mapBlocks(new Map()), {
      maxBytes: 2_000_000,
    })
    expect(await codeOf(() => attempt)).toBe('envelope/blob-too-large')
    const out = joined(exportCar(mapBlocks(map), [cid], { maxBytes: 2_000_000 }))
    expect(await codeOf(() => out)).toBe('envelope/blob-too-large')
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('this is not a CAR\n')],
    ['a version that is not known', framed(carHeader([root.bytes], 3))],
    ['version 2', framed(Buffer.from('\xa1gversion\x02', 'latin1'))],
    ['no root', framed(carHeader([]))],
    ['a header that ends early', header.subarray(0, 20)],
    ['a block that ends early', whole.subarray(0, -1)],
    ['a block without a length', Buffer.concat([header, Uint8Array.of(0)])],
    ['a block that is shorter than its CID', Buffer.concat([header, Uint8Array.of(5), root.bytes])],
    ['a block of an exabyte', Buffer.concat([header, Buffer.from('ffffffffffffff0f', 'hex'), root.bytes])],
    ['a header of a terabyte', Buffer.from('808080808020ff', 'hex')],
    ['a block of 3 MiB', Buffer.concat([header, framed(root.bytes, new Uint8Array(3_145_728))])],
    ['zeros behind its end', Buffer.concat([whole, new Uint8Array(3)])],
  ])('is refused when it is, or has, %s', async (_, car) => {
    await raise('car/invalid', () => taken(car))
    await raise('car/invalid', () => opened(car))
  })

  it('is refused with a hash that is not checked here', async () => {
    const car = Buffer.concat([header, framed(hash.bytes, content.subarray(0, 40))])
    expect(await codeOf(() => taken(car))).toBe('envelope/unsupported-cid')
    expect(await codeOf(() => opened(car))).toBe('envelope/unsupported-cid')
    expect(await codeOf(() => taken(framed(carHeader([hash.bytes]))))).toBe('envelope/unsupported-cid')
  })

  it('is refused, or is what it says: any change of any byte', async () => {
    const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(change, fc.integer({ min: 1, max: 60 }), async ([at, flip], pieceBytes) => {
        const car = whole.map((byte, i) => (i === at ? byte ^ flip : byte))
        expect(await codeOf(() => taken(car, pieceBytes))).toMatch(/^(car|envelope)\//)
      }),
      propertyRuns(200, 60),
    )
  })

  it('is refused when it is any bytes, with a header or without', async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes(), fc.boolean(), async (bytes, headed) => {
        const car = headed ? Buffer.concat([header, bytes]) : bytes
        expect(await codeOf(() => taken(car))).toMatch(/^(car|envelope)\//)
        expect(await codeOf(() => opened(car))).toMatch(/^((car|envelope)\/|accepted$)/)
      }),
      propertyRuns(200, 60),
    )
  })
})
