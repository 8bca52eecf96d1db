import { deflateRaw, inflateRaw } from '@chartseal/core/deflate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

const most = 100_000

describe('raw DEFLATE', () => {
  it('gives back what was compressed, and only from just these bytes', async () => {
    const junk = fc.uint8Array({ minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), junk, fc.nat(), async (bytes, behind, cut) => {
        const packed = await deflateRaw(bytes)
        expect(await inflateRaw(packed, most)).toEqual(bytes)
        expect(await inflateRaw(Uint8Array.from([...packed, ...behind]), most)).toBe('invalid')
        expect(await inflateRaw(packed.subarray(0, cut % packed.length), most)).toBe('invalid')
      }),
      propertyRuns(60, 10),
    )
  })

  it('stops at its limit', async () => {
    const packed = await deflateRaw(new Uint8Array(1000))
    expect(await inflateRaw(packed, 1000)).toHaveLength(1000)
    expect(await inflateRaw(packed, 999)).toBe('too large')
    expect(await inflateRaw(Uint8Array.of(0xff), most)).toBe('invalid')
    expect(await inflateRaw(new Uint8Array(0), most)).toBe('invalid')
  })
})
