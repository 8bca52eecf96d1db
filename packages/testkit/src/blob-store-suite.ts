import type { RangeSource } from '@chartseal/core/chunked'
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

/** What every store of blobs can do, be it to read only. */
export type ReadsBlobs = Pick<BlobStore, 'get' | 'has'> & {
  range(cid: string): Promise<RangeSource>
}

/** A store, and what is really in it. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore & ReadsBlobs
  blocks(): Promise<readonly StoredBlock[]>
}

/** A store that others write. */
export interface BlobReaderUnderTest {
  /** What is read from once everything was put there. */
  reader(): Promise<ReadsBlobs>
  /** Gives the CID. */
  put(content: Uint8Array): Promise<string>
  /** Those that the next reader will find. */
  blocks(): Promise<readonly StoredBlock[]>
}

/** The codes that a store answers with. */
export interface BlobStoreCodes {
  readonly badCid: string
  readonly notFound: string
  readonly mismatch: string
}

const mebibyte = 1_048_576

/** What every {@link BlobStore} has to do, and parts of blobs. `open` gives a fresh, empty store each time. */
export function blobStoreSuite(
  name: string,
  open: () => Promise<BlobStoreUnderTest>,
  codes: BlobStoreCodes,
): void {
  describe(`${name} as a BlobStore`, () => {
    readings(() => open().then(asReader), codes)
    oneName(open)
    presence(open, codes)
    ownership(open)
  })
}

/** The part of {@link blobStoreSuite} that is about reading. */
export function blobReaderSuite(
  name: string,
  open: () => Promise<BlobReaderUnderTest>,
  codes: BlobStoreCodes,
): void {
  describe(`${name}, read as a BlobStore`, () => readings(open, codes))
}

type Open = () => Promise<BlobStoreUnderTest>
type OpenReader = () => Promise<BlobReaderUnderTest>

const asReader = ({ store, blocks }: BlobStoreUnderTest): BlobReaderUnderTest => ({
  reader: async () => store,
  put: content => store.put(content),
  blocks,
})

function readings(open: OpenReader, codes: BlobStoreCodes): void {
  roundTrips(open)
  absences(open, codes)
  parts(open)
  lies(open, codes)
}

function roundTrips(open: OpenReader): void {
  const sizes = [0, 1, 12, 262_143, 262_144, 262_145, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 7]

  it.each(sizes)('gives back %i bytes', async sizeBytes => {
    const { reader, put } = await open()
    const content = pattern(sizeBytes)
    const cid = await put(content)
    const store = await reader()
    expect(await store.has(cid)).toBe(true)
    expect(same(await read(store, cid), content)).toBe(true)
    const { sizeBytes: told, read: readPart } = await store.range(cid)
    expect(told).toBe(sizeBytes)
    expect(same(await readPart(0, sizeBytes), content)).toBe(true)
  })

  it('gives out what the reader may change', async () => {
    const { reader, put } = await open()
    const cid = await put(pattern(100))
    const store = await reader()
    for await (const part of store.get(cid)) part.fill(0)
    const range = await store.range(cid)
    for (const _ of [1, 2]) {
      const part = await range.read(0, 100)
      expect(same(part, pattern(100))).toBe(true)
      part.fill(0)
    }
    expect(same(await read(store, cid), pattern(100))).toBe(true)
  })
}

function parts(open: OpenReader): void {
  it('gives any part of a blob', async () => {
    const { reader, put } = await open()
    const content = pattern(3 * mebibyte + 7, 8)
    const cid = await put(content)
    const range = await (await reader()).range(cid)
    const place = fc.nat({ max: content.length + 10 })
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        expect(same(await range.read(from, to), content.subarray(from, to))).toBe(true)
      }),
      propertyRuns(40, 15),
    )
  })

  it.each([
    [2, 1],
    [-1, 1],
    [0.5, 1],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses the part from %d to %d', async (from, to) => {
    const { reader, put } = await open()
    const cid = await put(pattern(9))
    const range = await (await reader()).range(cid)
    await expect(range.read(from, to)).rejects.toBeInstanceOf(RangeError)
  })
}

function absences(open: OpenReader, codes: BlobStoreCodes): void {
  it('knows what it has not', async () => {
    const [{ put }, { reader }] = await Promise.all([open(), open()])
    const cid = await put(pattern(77))
    const store = await reader()
    expect(await store.has(cid)).toBe(false)
    expect(await codeOf(() => read(store, cid))).toBe(codes.notFound)
    expect(await codeOf(() => store.range(cid))).toBe(codes.notFound)
  })

  it.each(['', 'Qm', 'BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU'])(
    'refuses to read %j, which is no CID',
    async text => {
      const store = await (await open()).reader()
      const attempts = [read(store, text), store.has(text), store.range(text)]
      const answers = await Promise.all(attempts.map(attempt => codeOf(() => attempt)))
      expect(answers).toEqual([codes.badCid, codes.badCid, codes.badCid])
    },
  )
}

function oneName(open: Open): void {
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

  it.each(['', 'Qm'])('refuses to delete %j, which is no CID', async text => {
    const { store } = await open()
    expect(await codeOf(() => store.delete(text))).toBe(codes.badCid)
  })
}

function ownership(open: Open): void {
  it('copies on the way in', async () => {
    const { store } = await open()
    const given = pattern(100)
    const cid = await store.put(given)
    given.fill(0)
    expect(same(await read(store, cid), pattern(100))).toBe(true)
  })
}

function lies(open: OpenReader, codes: BlobStoreCodes): void {
  it('refuses a changed block, whichever it is, before anything of it is given out', async () => {
    const { reader, put, blocks } = await open()
    const content = pattern(2 * mebibyte + 9, 5)
    const cid = await put(content)
    for (const block of await blocks()) {
      for (const lie of liesAbout(block.bytes)) {
        await block.overwrite(lie)
        const store = await reader()
        const seen = await readUntilRefused(store, cid)
        expect(seen.code).toBe(codes.mismatch)
        expect(same(seen.bytes, content.subarray(0, seen.bytes.length))).toBe(true)
        expect(await codeOf(() => readByRange(store, cid))).toBe(codes.mismatch)
      }
      await block.overwrite(block.bytes)
    }
    expect(same(await read(await reader(), cid), content)).toBe(true)
  })

  it('refuses when a block is missing', async () => {
    const { reader, put, blocks } = await open()
    const cid = await put(pattern(2 * mebibyte + 9, 6))
    const last = (await blocks()).at(-1)
    await last?.remove()
    const store = await reader()
    expect(await codeOf(() => read(store, cid))).toBe(codes.notFound)
    expect(await codeOf(() => readByRange(store, cid))).toBe(codes.notFound)
  })
}

async function readByRange(store: ReadsBlobs, cid: string): Promise<Uint8Array> {
  const { sizeBytes, read: readPart } = await store.range(cid)
  return readPart(0, sizeBytes)
}

function liesAbout(block: Uint8Array): readonly Uint8Array[] {
  const flipped = Uint8Array.from(block)
  flipped[block.length >> 1] = (flipped[block.length >> 1] ?? 0) ^ 1
  return [flipped, block.subarray(0, -1), new Uint8Array(block.length + 1), new Uint8Array(0)]
}

async function readUntilRefused(
  store: ReadsBlobs,
  cid: string,
): Promise<{ code: string; bytes: Uint8Array }> {
  const parts: Uint8Array[] = []
  const code = await codeOf(async () => {
    for await (const part of store.get(cid)) parts.push(part)
  })
  return { code, bytes: joined(parts) }
}

async function read(store: ReadsBlobs, cid: string): Promise<Uint8Array> {
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
