import { splitLines } from '@chartseal/conformance/interop'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks
  }
  const lines: string[] = []
  for await (const line of splitLines(stream())) lines.push(Buffer.from(line).toString())
  return lines
}

const piece = fc.constantFrom('a', '\n', '\r', '\u2028', 'ü', '💊', '')

describe('lines of a stream', () => {
  it('are the same however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.array(fc.nat(40)), async (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const ends = [...cuts.filter(cut => cut < bytes.length), bytes.length].sort((a, b) => a - b)
        const chunks = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
        expect(await linesOf(chunks)).toEqual(await linesOf([bytes]))
      }),
      propertyRuns(),
    )
  })

  it('joined again give the stream, but for a line feed at its end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async pieces => {
        const text = pieces.join('')
        expect((await linesOf([Buffer.from(text)])).join('\n')).toBe(text.replace(/\n$/, ''))
      }),
      propertyRuns(),
    )
  })
})
