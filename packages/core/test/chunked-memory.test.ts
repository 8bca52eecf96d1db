/** Memory that is in use, garbage collected first, stays the same whatever the length of a stream. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type ByteTransform, openStream, sealStream } from '@chartseal/core/chunked'
import { describe, expect, it } from 'vitest'
import { context, testKey } from './chunked-helpers.js'
import { runsOf } from './helpers.js'

const mebibyte = 2 ** 20
const pieceBytes = mebibyte / 4
/** SLOW: 10 GiB, half an hour on the side of `#platform` that has no node:crypto. */
const streamBytes = process.env['SLOW'] === '1' ? 10_216 * mebibyte : runsOf(96, 48) * mebibyte
// Each look collects all garbage, which takes longer than what it looks at.
const samplingBytes = streamBytes / runsOf(6, 3)
/** A few MiB in work on both sides; a stream that keeps what it saw passes this long before its end. */
const boundBytes = 16 * mebibyte

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function inUse(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The most that was in use beyond the start, while `streamBytes` went through the stages. */
async function growth(...stages: readonly ByteTransform[]): Promise<{ bytes: number; received: number }> {
  const piece = new Uint8Array(pieceBytes).fill(7)
  let sent = 0
  const source = new ReadableStream<Uint8Array>({
    pull(output) {
      if (sent >= streamBytes) return output.close()
      sent += pieceBytes
      output.enqueue(piece)
    },
  })
  const start = inUse()
  let [bytes, received, next] = [0, 0, samplingBytes]
  for await (const part of stages.reduce((readable, stage) => readable.pipeThrough(stage), source)) {
    received += part.length
    if (received < next) continue
    next += samplingBytes
    bytes = Math.max(bytes, inUse() - start)
  }
  return { bytes, received }
}

function hoard(): ByteTransform {
  const kept: Uint8Array[] = []
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, output) {
      kept.push(piece)
      output.enqueue(piece)
    },
  })
}

describe('memory', () => {
  it('stays the same while a stream is sealed and opened', { timeout: 3_600_000 }, async () => {
    const { bytes, received } = await growth(sealStream(testKey, context), openStream(testKey, context))
    expect(received).toBe(streamBytes)
    expect(bytes).toBeLessThan(boundBytes)
  })

  it('would be seen to grow', { timeout: 3_600_000, skip: process.env['SLOW'] === '1' }, async () => {
    expect((await growth(sealStream(testKey, context), hoard())).bytes).toBeGreaterThan(2 * boundBytes)
  })
})
