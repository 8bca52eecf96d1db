/** Memory in use, garbage collected first, does not grow with a record that goes into a store and comes back. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AeadKey } from '@chartseal/core/keys'
import type { BlobStore } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { readPayload, storePayload } from '@chartseal/ipfs-envelope'
import { runsOf } from '@chartseal/testkit'
import { expect, it } from 'vitest'
import { cidA, header } from './v2-people.js'

const mebibyte = 2 ** 20
const sizeBytes = runsOf(96, 48) * mebibyte
const boundBytes = 16 * mebibyte

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function inUse(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(mebibyte).fill(7)
  for (let sent = 0; sent < sizeBytes; sent += mebibyte) yield piece
}

/** The content of what is put comes back from `get`, without being kept: the two run at the same time. */
function pipe(): { readonly store: BlobStore; growth(): number } {
  const start = inUse()
  let [most, seen, next] = [0, 0, sizeBytes / 4]
  const waiting: { readonly part: Uint8Array; readonly taken: () => void }[] = []
  let [isDone, wake] = [false, (): void => undefined]
  const look = (bytes: number): void => {
    seen += bytes
    if (seen < next) return
    next += sizeBytes / 4
    most = Math.max(most, inUse() - start)
  }
  const store: BlobStore = {
    async put(content) {
      if (content instanceof Uint8Array) throw new Error('a stream was expected')
      for await (const part of content) {
        await new Promise<void>(taken => {
          waiting.push({ part, taken })
          wake()
        })
        look(part.length)
      }
      isDone = true
      wake()
      return cidA
    },
    async *get() {
      while (!isDone || waiting.length > 0) {
        const one = waiting.shift()
        if (one === undefined) {
          await new Promise<void>(resume => {
            wake = resume
          })
        } else {
          yield one.part
          one.taken()
        }
      }
    },
    has: async () => true,
    delete: async () => undefined,
  }
  return { store, growth: () => most }
}

it('stores and reads a record of many megabytes in memory that stays the same', {
  timeout: 600_000,
}, async () => {
  const key = AeadKey.generate(systemRandom)
  const id = { packageId: systemRandom.bytes(16), version: 1 }
  const { store, growth } = pipe()
  const storing = storePayload(store, key, id, header(sizeBytes), pieces(), { padded: true })
  const { content } = await readPayload(store, key, id, cidA)
  let received = 0
  for await (const part of content) received += part.length
  expect([received, await storing]).toEqual([sizeBytes, cidA])
  expect(growth()).toBeLessThan(boundBytes)
})
