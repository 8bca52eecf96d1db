import { piecesOf } from '@chartseal/core/streams'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

describe('the pieces of a stream', () => {
  it('are all of them, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), async pieces => {
        const stream = new ReadableStream<Uint8Array>({
          start(to) {
            for (const piece of pieces) to.enqueue(piece)
            to.close()
          },
        })
        const read: Uint8Array[] = []
        for await (const piece of piecesOf(stream)) read.push(piece)
        expect(read).toEqual(pieces)
      }),
      propertyRuns(),
    )
  })

  it('end the stream when whoever reads stops early, also where that fails', async () => {
    let ended = 0
    const stream = new ReadableStream<Uint8Array>({
      pull: to => to.enqueue(Uint8Array.of(1)),
      cancel() {
        ended++
        throw new Error('it cannot be ended')
      },
    })
    for await (const piece of piecesOf(stream)) {
      expect(piece).toEqual(Uint8Array.of(1))
      break
    }
    expect(ended).toBe(1)
  })

  it('fail with what the stream fails with', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: to => to.error(new Error('the line is dead')),
    })
    await expect(piecesOf(stream).next()).rejects.toThrow('the line is dead')
  })
})
