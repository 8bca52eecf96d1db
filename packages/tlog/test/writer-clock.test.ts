import { equal } from '@chartseal/core/bytes'
import { memoryStorage } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { codec, leafOf, type Note, note, openWriter, startMs } from './writer-helpers.js'

/** Leaves that end in their time. */
const timed = {
  ...codec,
  encode: async (request: Parameters<typeof codec.encode>[0], seq: number, atMs: number) => {
    const time = new Uint8Array(8)
    new DataView(time.buffer).setFloat64(0, atMs)
    return Uint8Array.from([...(await codec.encode(request, seq, atMs)), ...time])
  },
  holds: async (leaf: Uint8Array, _: number, request: Note) => equal(leaf.slice(0, -8), leafOf(request)),
  atOfLeaf: (leaf: Uint8Array) => new DataView(leaf.slice(-8).buffer).getFloat64(0),
}

describe('a clock that is set back', () => {
  it('does not set the times of a log back, also after a restart', async () => {
    const storage = memoryStorage()
    const clock = { now: startMs, nowMs: () => clock.now }
    const behind: number[] = []
    const onClockBack = (ms: number) => {
      behind.push(ms)
      return null
    }
    const options = { storage, codec: timed, clock, onClockBack }
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

  it('is noted once in the log, behind what waits, also when the log is opened again', async () => {
    const storage = memoryStorage()
    const clock = { now: startMs + 60_000, nowMs: () => clock.now }
    const said: number[] = []
    const options = {
      storage,
      codec: timed,
      clock,
      onClockBack: (behindMs: number, lastAtMs: number) => {
        said.push(behindMs, lastAtMs - startMs)
        return note(900 + (lastAtMs - startMs) / 60_000)
      },
    }
    const log = await openWriter(options)
    await log.append(note(1))
    clock.now = startMs
    const both = await Promise.all([log.append(note(2)), log.append(note(3))])
    expect(both.map(({ index }) => index)).toEqual([1, 2])
    // The note waits for nobody, and closing waits for it.
    await log.close()
    const again = await openWriter(options)
    expect(again.size).toBe(4)
    await again.append(note(4))
    clock.now = startMs + 120_000
    await again.append(note(5))
    clock.now = startMs
    await again.append(note(6))
    await again.close()
    expect(said).toEqual([60_000, 60_000, 60_000, 60_000, 120_000, 120_000])
    const third = await openWriter(options)
    expect(third.size).toBe(8)
    expect((await third.append(note(901))).index).toBe(3)
    expect((await third.append(note(902))).index).toBe(7)
    await third.close()
  })
})
