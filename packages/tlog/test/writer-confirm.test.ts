/** A writer that has to ask whether it is still the one: where several servers could write a log. */
import { codeOf, FaultDisk, propertyRuns } from '@chartseal/testkit'
import { type LogEnd, logError, memoryStorage, parseCheckpoint, parseNote } from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { note, onDisk, openWriter } from './writer-helpers.js'

const sizeOf = (checkpoint: string): number => parseCheckpoint(parseNote(checkpoint).text).size

/** Remembers what was confirmed, until somebody else has begun. */
function registry() {
  const state: { end: LogEnd | null; isOvertaken: boolean } = { end: null, isOvertaken: false }
  const confirm = async (end: LogEnd): Promise<void> => {
    if (state.isOvertaken) throw logError('log/locked', { host: 'another', pid: 1 })
    state.end = end
  }
  return { state, confirm }
}

describe('a writer that must ask', () => {
  it('acknowledges nothing that was not confirmed, and goes on with it when it may again', async () => {
    const disk = new FaultDisk()
    const { state, confirm } = registry()
    const log = await openWriter({ storage: onDisk(disk), confirm })
    await log.append(note(1))
    expect(state.end?.size).toBe(1)
    state.isOvertaken = true
    expect(await codeOf(() => log.append(note(2)))).toBe('log/locked')
    expect(await codeOf(() => log.append(note(3)))).toBe('log/poisoned')
    expect(sizeOf(log.checkpoint)).toBe(0)
    await log.close()
    state.isOvertaken = false
    const again = await openWriter({
      storage: onDisk(disk),
      confirm,
      ...(state.end && { contains: state.end }),
    })
    expect(await again.append(note(2))).toMatchObject({ index: 1 })
    await again.close()
    expect([sizeOf(again.checkpoint), state.end?.size]).toEqual([2, 2])
  })

  it('signs nothing that was not confirmed: no witness is asked', async () => {
    const { state, confirm } = registry()
    let asked = 0
    const cosign = async (text: string): Promise<string> => {
      asked += 1
      return text
    }
    const log = await openWriter({ storage: memoryStorage(), confirm, cosign })
    await log.append(note(1))
    state.isOvertaken = true
    expect(await codeOf(() => log.publish())).toBe('log/locked')
    expect([asked, sizeOf(log.checkpoint)]).toEqual([0, 0])
    await log.close()
  })
})

describe('a log that must contain an end', () => {
  it('opens exactly where it has that beginning', async () => {
    const sizes = fc.record({
      same: fc.nat({ max: 300 }),
      own: fc.integer({ min: 1, max: 5 }),
      other: fc.integer({ min: 1, max: 300 }),
      at: fc.nat({ max: 600 }),
    })
    await fc.assert(
      fc.asyncProperty(sizes, async ({ same, own, other, at }) => {
        const [storage, others] = [memoryStorage(), memoryStorage()]
        const write = async (to: typeof storage, count: number, text: string): Promise<void> => {
          const log = await openWriter({ storage: to })
          const all = Array.from({ length: count }, (_, i) => note(i, i < same ? 'both' : text))
          await Promise.all(all.map(one => log.append(one)))
          await log.close()
        }
        await write(storage, same + own, 'own')
        const size = Math.min(at, same + other)
        const ends: LogEnd[] = []
        const rest = await openWriter({ storage: others, confirm: async end => void ends.push(end) })
        for (const [from, to] of [
          [0, size],
          [size, same + other],
        ] as const) {
          const all = Array.from({ length: to - from }, (_, i) =>
            note(from + i, from + i < same ? 'both' : 'other'),
          )
          await Promise.all(all.map(one => rest.append(one)))
        }
        await rest.close()
        const contains = ends.find(end => end.size === size)
        if (contains === undefined) return
        const opened = codeOf(async () => (await openWriter({ storage, contains })).close())
        const expected = size > same + own ? 'log/rollback' : size > same ? 'log/diverged' : 'accepted'
        expect(await opened).toBe(expected)
      }),
      propertyRuns(60, 10),
    )
  })
})
