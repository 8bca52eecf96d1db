import { describe, expect, it } from 'vitest'
import { Events } from '../dist/clinic/events.js'
import { Turns } from '../dist/clinic/turns.js'

const never = (): AbortSignal => new AbortController().signal

describe('turns', () => {
  it('come one after the other under one name, whatever became of the one before', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const work =
      (name: string, fails = false) =>
      async () => {
        seen.push(`${name} begins`)
        await Promise.resolve()
        seen.push(`${name} ends`)
        if (fails) throw new Error(name)
        return name
      }
    const all = await Promise.allSettled([
      turns.take('one', work('a')),
      turns.take('one', work('b', true)),
      turns.take('one', work('c')),
    ])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  it('of different names wait for nobody', async () => {
    const turns = new Turns()
    let open = (): void => undefined
    const opened = new Promise<void>(resolve => {
      open = resolve
    })
    const first = turns.take('one', () => opened)
    expect(await turns.take('two', async () => 2)).toBe(2)
    open()
    await first
  })
})

describe('waiting for a slot', () => {
  it('ends with what comes, with the time, with the reader, and with the server', async () => {
    const events = new Events()
    const gone = new AbortController()
    const ends = [
      [60_000, () => events.slot('slot'), true],
      [1, () => undefined, false],
      [60_000, () => gone.abort(), false],
      [60_000, () => events.resync(), true],
      [60_000, () => events.endAll(1), false],
    ] as const
    for (const [forMs, wake, comes] of ends) {
      const wait = events.awaitSlot('slot', 'n', forMs, gone.signal.aborted ? never() : gone.signal)
      wake()
      expect(await wait?.next()).toBe(comes)
      wait?.end()
    }
  })

  it('is over at once for whoever has gone', async () => {
    const wait = new Events().awaitSlot('slot', 'n', 60_000, AbortSignal.abort())
    expect(await wait?.next()).toBe(false)
    wait?.end()
  })

  it('misses nothing that comes between two looks', async () => {
    const events = new Events()
    const wait = events.awaitSlot('slot', 'n', 60_000, never())
    events.slot('slot')
    events.slot('slot')
    expect(await wait?.next()).toBe(true)
    const next = wait?.next()
    events.slot('slot')
    expect(await next).toBe(true)
    wait?.end()
    expect(events.waiting).toBe(0)
  })
})
