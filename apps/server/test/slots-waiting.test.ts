/** Whoever waits for a slot costs little, and nobody else anything. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Events, mostWaiting, mostWaitingOfNetwork } from '../dist/clinic/events.js'
import { name16, octets, problemCode, testClinic } from './api-world.js'

const never = (): AbortSignal => new AbortController().signal

/** Waits as many networks would. */
function crowd(events: Events, count: number): void {
  for (let i = 0; i < count; i++) {
    const wait = events.awaitSlot(name16(), `${i % 100}`, 25_000, never())
    onTestFinished(() => wait?.end())
    expect(wait).not.toBeNull()
  }
}

describe('waiting for a slot', () => {
  it('is refused to one too many, who is answered at once', async () => {
    const { ask, clinic } = await testClinic()
    crowd(clinic.events, mostWaiting)
    const looks = vi.spyOn(clinic.store.slots, 'take')
    expect(await problemCode(await ask('GET', `/v1/slots/${name16()}/offer?wait=25`))).toBe('slot/empty')
    expect(looks.mock.calls.length).toBeLessThan(3)
  })

  it('is refused to a network that waits for many, and not to others', () => {
    const events = new Events()
    const waits = Array.from({ length: mostWaitingOfNetwork }, () =>
      events.awaitSlot('slot', 'one', 25_000, never()),
    )
    expect(waits).not.toContain(null)
    expect(events.awaitSlot('slot', 'one', 25_000, never())).toBeNull()
    const other = events.awaitSlot('slot', 'two', 25_000, never())
    expect(other).not.toBeNull()
    for (const wait of [...waits, other]) wait?.end()
    expect(events.waiting).toBe(0)
  })

  it('lasts as long as was asked, whatever the clock of the clinic does', async () => {
    const { ask, clinic, clock } = await testClinic()
    const slot = name16()
    const waiting = ask('GET', `/v1/slots/${slot}/offer?wait=1`)
    while (clinic.events.waiting === 0) await new Promise(resolve => setTimeout(resolve, 5))
    const looks = vi.spyOn(clinic.store.slots, 'take')
    clock.advance(-90 * 86_400_000)
    await ask('PUT', `/v1/slots/${slot}/other`, { body: 'x', headers: octets })
    expect(await problemCode(await waiting)).toBe('slot/empty')
    expect(looks.mock.calls.length).toBeLessThan(3)
  })
})
