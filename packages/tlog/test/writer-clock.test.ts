import { memoryStorage } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { codec, note, openWriter, startMs } from './writer-helpers.js'

/** Leaves that end in their time. */
const timed = {
  ...codec,
  encode: async (request: Parameters<typeof codec.encode>[0], seq: number, atMs: number) => {
    const time = new Uint8Array(8)
    new DataView(time.buffer).setFloat64(0, atMs)
    return Uint8Array.from([...(await codec.encode(request, seq, atMs)), ...time])
  },
  atOfLeaf: (leaf: Uint8Array) => new DataView(leaf.slice(-8).buffer).getFloat64(0),
}

describe('a clock that is set back', () => {
  it('does not set the times of a log back, also after a restart', async () => {
    const storage = memoryStorage()
    const clock = { now: startMs, nowMs: () => clock.now }
    const behind: number[] = []
    const options = { storage, codec: timed, clock, onClockBack: (ms: number) => behind.push(ms) }
    const log = await openWriter(options)
    const at = async (writer: typeof log, id: number, now: number): Promise<number> => {
      clock.now = now
      return ((await writer.append(note(id))).atMs ?? Number.NaN) - startMs
    }
    expect(await at(log, 1, startMs + 10)).toBe(10)
    expect(await at(log, 2, startMs + 9)).toBe(10)
    expect(behind).toEqual([])
    expect(await at(log, 3, startMs - 60_000)).toBe(10)
    expect(await at(log, 4, startMs - 59_000)).toBe(10)
    expect(behind).toEqual([60_010])
    await log.close()
    const again = await openWriter(options)
    expect(await at(again, 5, startMs - 1)).toBe(10)
    expect(await at(again, 6, startMs + 11)).toBe(11)
    expect(await at(again, 7, startMs - 6_000)).toBe(11)
    expect(behind).toEqual([60_010, 6_011])
    await again.close()
  })
})
