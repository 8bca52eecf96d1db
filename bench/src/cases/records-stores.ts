/** Sealed records in the block store on disk: adding, a part of a large one, and memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRange, openStream, sealStream } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import type { Fact } from '../facts.js'
import { memoryInUse, settle } from '../garbage.js'
import { below, type Gate } from '../gate.js'
import { type Cost, costOf } from '../measure.js'
import { heliaAdd } from '../peers/helia.js'

const mebibyte = 1_048_576
const addBytes = 256 * mebibyte
const longBytes = 10_240 * mebibyte
const rounds = 5
const partBytes = 65_536

/** Other bytes for each `seed`, so that no store has them already; each piece is its own. */
async function* content(sizeBytes: number, seed: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; at += mebibyte) {
    const piece = new Uint8Array(mebibyte).fill(seed)
    new DataView(piece.buffer).setFloat64(0, at + seed)
    yield piece
  }
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/** How often ours is done in the CPU time of theirs; ours is on the disk at its end, and theirs in the system's cache. */
async function addRatio(): Promise<readonly Fact[]> {
  const times: { ours: Cost; theirs: Cost }[] = []
  for (let round = 0; round < rounds; round++) {
    const ours = await timed(round, async folder => {
      const store = await openFolderBlobStore(folder, { profile: 'unixfs-v1-2025' })
      return pieces => store.put(pieces)
    })
    const theirs = await timed(round, heliaAdd)
    if (ours === null || theirs === null) return []
    if (ours.cid !== theirs.cid) throw new Error('internal: the two CIDs differ')
    times.push({ ours: ours.cost, theirs: theirs.cost })
  }
  const rate = (of: (cost: Cost) => number): number =>
    median(times.map(({ ours, theirs }) => of(theirs) / of(ours)))
  const title = 'adding 256 MiB to a folder of blocks, vs unixfs of Helia'
  return [
    { id: 'store-add', title, value: rate(cost => cost.cpuSeconds), unit: 'x' },
    {
      id: 'store-add-wall',
      title: `${title}, by the clock`,
      value: rate(cost => cost.wallSeconds),
      unit: 'x',
    },
  ]
}

type OpenAdd = (folder: string) => Promise<((pieces: AsyncIterable<Uint8Array>) => Promise<string>) | null>

async function timed(seed: number, open: OpenAdd): Promise<{ cid: string; cost: Cost } | null> {
  return inFolder(async folder => {
    const add = await open(folder)
    if (add === null) return null
    await settle()
    let cid = ''
    const cost = await costOf(async () => {
      cid = await add(content(addBytes, seed))
    })
    return { cid, cost }
  })
}

/** 10 GiB sealed into the store, parts of it opened, and all of it opened again. */
async function longRecord(): Promise<readonly Fact[]> {
  return inFolder(async folder => {
    const key = AeadKey.generate(systemRandom)
    const context = new Uint8Array(0)
    const maxBlobBytes = Number.POSITIVE_INFINITY
    const store = await openFolderBlobStore(folder, { profile: 'chartseal-v2', maxBlobBytes })
    const watch = watchMemory()
    const sealed = streamOf(content(longBytes, 1)).pipeThrough(sealStream(key, context))
    const cid = await store.put(watch.watched(sealed))
    const partMs = await medianPart(await store.range(cid), key, context)
    const opened = streamOf(store.get(cid)).pipeThrough(openStream(key, context))
    let received = 0
    for await (const piece of watch.watched(opened)) received += piece.length
    if (received !== longBytes) throw new Error('internal: the record came to another length')
    return [
      {
        id: 'store-part',
        title: '64 KiB out of 10 GiB in a folder of blocks, warm',
        value: partMs,
        unit: 'ms',
      },
      {
        id: 'store-memory',
        title: '10 GiB through the same: most memory in use',
        value: watch.most(),
        unit: 'bytes',
      },
    ]
  })
}

function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(output) {
      const { done, value } = await iterator.next()
      if (done === true) output.close()
      else output.enqueue(value)
    },
  })
}

interface MemoryWatch {
  watched(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  most(): number
}

function watchMemory(): MemoryWatch {
  const start = memoryInUse()
  let most = 0
  return {
    async *watched(pieces) {
      let [done, next] = [0, 0]
      for await (const piece of pieces) {
        yield piece
        done += piece.length
        if (done < next) continue
        next = done + longBytes / 32
        most = Math.max(most, memoryInUse() - start)
      }
    },
    most: () => most,
  }
}

/** By the clock: parts here and there, after a first one has read the root and the first leaf. */
async function medianPart(
  range: Awaited<ReturnType<Awaited<ReturnType<typeof openFolderBlobStore>>['range']>>,
  key: AeadKey,
  context: Uint8Array,
): Promise<number> {
  const open = (from: number): Promise<unknown> => openRange(key, range, context, from, from + partBytes)
  const places = Array.from({ length: 41 }, (_, i) => Math.floor((longBytes / 41) * i + i * 7919))
  for (const place of places) await open(place)
  const costs: number[] = []
  for (const place of places) costs.push((await costOf(() => open(place + 1000))).wallSeconds * 1000)
  return median(costs)
}

export async function storeFacts(): Promise<readonly Fact[]> {
  return [...(await addRatio()), ...(await longRecord())]
}

export const storeGates: readonly Gate[] = [
  {
    figure: 'adding 256 MiB to the block store, vs unixfs of Helia',
    group: 'records-stores',
    node: '24',
    bound: 'at least',
    unit: 'x',
    must: 1,
    aim: 1.5,
    measured: lookup => lookup.fact('store-add'),
  },
  {
    ...below('records-stores', '64 KiB out of 10 GiB from the block store, warm', 'ms', 5, 2),
    measured: lookup => lookup.fact('store-part'),
  },
  {
    ...below(
      'records-stores',
      '10 GiB through envelope, block store and back: memory',
      'bytes',
      157_286_400,
      104_857_600,
    ),
    measured: lookup => lookup.fact('store-memory'),
  },
]
