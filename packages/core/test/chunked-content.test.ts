/** Content of known size, with what a format puts around it. */
import { concat } from '@chartseal/core/bytes'
import { openBytes, openStreamBehind, sealContent } from '@chartseal/core/chunked'
import { describe, expect, it } from 'vitest'
import { context, sample, split, testKey, through } from './chunked-helpers.js'

const head = Uint8Array.of(7, 8, 9)
const front = sample(40_000)
const behind = (): Iterable<Uint8Array> => [Uint8Array.of(0x80), new Uint8Array(30_000)]
const frameOf = (sizeBytes: number): Parameters<typeof sealContent>[2] => ({ head, front, sizeBytes, behind })

describe('content in a frame', () => {
  it.each([0, 1, 16_384, 700_001])('opens with its frame around it, at %i bytes', async sizeBytes => {
    const content = sample(sizeBytes)
    const sealed = await through(sealContent(testKey, context, frameOf(sizeBytes)), split(content, 65_536, 3))
    expect(sealed.code).toBe('accepted')
    expect(sealed.bytes.subarray(0, head.length)).toEqual(head)
    const opened = openBytes(testKey, sealed.bytes.subarray(head.length), context)
    expect(Buffer.compare(opened, concat(front, content, ...behind()))).toBe(0)
    const stream = openStreamBehind(head.length, () => ({ key: testKey, context }))
    expect((await through(stream, [sealed.bytes])).bytes).toHaveLength(opened.length)
  })

  it.each([
    ['more', 99],
    ['fewer', 101],
  ])('fails with a RangeError for %s bytes than said', async (found, sizeBytes) => {
    const { bytes, code } = await through(sealContent(testKey, context, frameOf(sizeBytes)), [sample(100)])
    expect(code).toBe(`RangeError: the content must have ${sizeBytes} bytes, and has ${found}`)
    expect(() => openBytes(testKey, bytes.subarray(head.length), context)).toThrow()
  })

  it('asks for what comes behind it when it has come to its end', async () => {
    let isAsked = false
    const { writable, readable } = sealContent(testKey, context, {
      front: new Uint8Array(0),
      sizeBytes: 100,
      behind() {
        isAsked = true
        return []
      },
    })
    const writer = writable.getWriter()
    const all = new Response(readable).arrayBuffer()
    await writer.write(sample(100))
    expect(isAsked).toBe(false)
    await writer.close()
    expect(isAsked).toBe(true)
    expect(Buffer.compare(openBytes(testKey, new Uint8Array(await all), context), sample(100))).toBe(0)
  })
})
