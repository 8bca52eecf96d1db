import type { BlobStore } from '@chartseal/core/ports'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from './codes.js'
import { propertyRuns } from './runs.js'

/** One stored block, reached behind the store's back. */
export interface StoredBlock {
  readonly bytes: Uint8Array
  overwrite(bytes: Uint8Array): Promise<void>
  remove(): Promise<void>
}

/** A store, and what is really in it. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore
  blocks(): Promise<readonly StoredBlock[]>
}

/** The codes that a store answers with. */
export interface BlobStoreCodes {
  readonly badCid: string
  readonly notFound: string
  readonly mismatch: string
}

const mebibyte = 1_048_576

/** What every {@link BlobStore} has to do. `open` gives a fresh, empty store each time. */
export function blobStoreSuite(
  name: string,
  open: () => Promise<BlobStoreUnderTest>,
  codes: BlobStoreCodes,
): void {
  describe(`${name} as a BlobStore`, () => {
    roundTrips(open)
    presence(open, codes)
    ownership(open)
    lies(open, codes)
  })
}

type Open = () => Promise<BlobStoreUnderTest>

function roundTrips(open: Open): void {
  const sizes = [0, 1, 12, 262_143, 262_144, 262_145, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 7]

  it.each(sizes)('gives back %i bytes', async sizeBytes => {
    const { store } = await open()
    const content = pattern(sizeBytes)
    const cid = await store.put(content)
    expect(same(await read(store, cid), content)).toBe(true)
  })

  it('gives equal content one CID, and other content another', async () => {
    const { store } = await open()
    const [first, second, other] = [pattern(1000, 1), pattern(1000, 1), pattern(1000, 2)]
    expect(await store.put(second)).toBe(await store.put(first))
    expect(await store.put(other)).not.toBe(await store.put(first))
    expect(same(await read(store, await store.put(first)), first)).toBe(true)
  })

  it('does not see how a stream is cut', async () => {
    const { store } = await open()
    const content = pattern(mebibyte + 5)
    const whole = await store.put(content)
    const cuts = fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(cuts, async at => {
        expect(await store.put(pieces(content, at))).toBe(whole)
      }),
      propertyRuns(8),
    )
  })
}

function presence(open: Open, codes: BlobStoreCodes): void {
  it('knows what it has', async () => {
    const { store } = await open()
    const cid = await store.put(pattern(100))
    expect(await store.has(cid)).toBe(true)
    await store.delete(cid)
    expect(await store.has(cid)).toBe(false)
    expect(await codeOf(() => read(store, cid))).toBe(codes.notFound)
  })

  it('deletes one blob with all of its blocks, and no other; twice is as good as once', async () => {
    const { store, blocks } = await open()
    const kept = pattern(2 * mebibyte + 1, 3)
    const keptCid = await store.put(kept)
    const before = (await blocks()).length
    const gone = await store.put(pattern(2 * mebibyte + 1, 4))
    await store.delete(gone)
    await store.delete(gone)
    expect((await blocks()).length).toBe(before)
    expect(same(await read(store, keptCid), kept)).toBe(true)
  })

  it.each(['', 'Qm', 'BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU'])(
    'refuses %j, which is no CID',
    async text => {
      const { store } = await open()
      const attempts = [read(store, text), store.has(text), store.delete(text)]
      const answers = await Promise.all(attempts.map(attempt => codeOf(() => attempt)))
      expect(answers).toEqual([codes.badCid, codes.badCid, codes.badCid])
    },
  )
}

function ownership(open: Open): void {
  it('copies on the way in and out', async () => {
    const { store } = await open()
    const given = pattern(100)
    const cid = await store.put(given)
    given.fill(0)
    for await (const part of store.get(cid)) part.fill(0)
    expect(same(await read(store, cid), pattern(100))).toBe(true)
  })
}

function lies(open: Open, codes: BlobStoreCodes): void {
  it('refuses a changed block, whichever it is, before anything of it is given out', async () => {
    const { store, blocks } = await open()
    const content = pattern(2 * mebibyte + 9, 5)
    const cid = await store.put(content)
    for (const block of await blocks()) {
      for (const lie of liesAbout(block.bytes)) {
        await block.overwrite(lie)
        const seen = await readUntilRefused(store, cid)
        expect(seen.code).toBe(codes.mismatch)
        expect(same(seen.bytes, content.subarray(0, seen.bytes.length))).toBe(true)
      }
      await block.overwrite(block.bytes)
    }
    expect(same(await read(store, cid), content)).toBe(true)
  })

  it('refuses when a block is missing', async () => {
    const { store, blocks } = await open()
    const cid = await store.put(pattern(2 * mebibyte + 9, 6))
    const last = (await blocks()).at(-1)
    await last?.remove()
    expect(await codeOf(() => read(store, cid))).toBe(codes.notFound)
  })
}

function liesAbout(block: Uint8Array): readonly Uint8Array[] {
  const flipped = Uint8Array.from(block)
  flipped[block.length >> 1] = (flipped[block.length >> 1] ?? 0) ^ 1
  return [flipped, block.subarray(0, -1), new Uint8Array(block.length + 1), new Uint8Array(0)]
}

async function readUntilRefused(store: BlobStore, cid: string): Promise<{ code: string; bytes: Uint8Array }> {
  const parts: Uint8Array[] = []
  const code = await codeOf(async () => {
    for await (const part of store.get(cid)) parts.push(part)
  })
  return { code, bytes: joined(parts) }
}

async function read(store: BlobStore, cid: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of store.get(cid)) parts.push(part)
  return joined(parts)
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Bytes without repetition at block borders, other ones for each seed. */
function pattern(sizeBytes: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  let state = seed + 1
  for (let i = 0; i < sizeBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

async function* pieces(content: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const borders = [0, ...[...cuts].sort((a, b) => a - b), content.length]
  for (const [i, from] of borders.entries()) yield content.subarray(from, borders[i + 1] ?? from)
}
