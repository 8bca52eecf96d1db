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
    const waits = [
      [events.awaitSlot('slot', 60_000, never()), () => events.slot('slot')],
      [events.awaitSlot('slot', 1, never()), () => undefined],
      [events.awaitSlot('slot', 60_000, gone.signal), () => gone.abort()],
      [events.awaitSlot('slot', 60_000, never()), () => events.resync()],
      [events.awaitSlot('slot', 60_000, never()), () => events.endAll(1)],
    ] as const
    for (const [wait, wake] of waits) {
      wake()
      await wait.changed
      wait.end()
    }
  })

  it('is not done by whoever has gone, has no time, or is one too many', async () => {
    const events = new Events()
    const gone = AbortSignal.abort()
    for (const wait of [events.awaitSlot('slot', 0, never()), events.awaitSlot('slot', 60_000, gone)]) {
      await wait.changed
      wait.end()
    }
    const many = Array.from({ length: 1_000 }, () => events.awaitSlot('slot', 60_000, never()))
    await events.awaitSlot('slot', 60_000, never()).changed
    for (const wait of many) wait.end()
  })
})
