import { encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { FakeBus, quiet, type Seen } from './fake-bus.js'
import { conference, id, joined, Server } from './nats-links-world.js'

describe('whoever has the bus alone', () => {
  it('sees neither the id of a conference nor a byte of a message', async () => {
    const { bus, home, there } = await joined()
    there.say('a frame that is opaque anyway')
    home.side.say('another one')
    await quiet()
    for (const { subject, bytes: seen } of bus.seen) {
      const shown = `${subject} ${Buffer.from(seen).toString('latin1')} ${encodeHex(seen)}`
      for (const secret of [id, encodeHex(conference), Buffer.from(conference).toString('latin1')])
        expect(shown).not.toContain(secret)
      expect(shown).not.toMatch(/opaque|another/)
    }
  })

  it('gets no link with a key of their own', async () => {
    const bus = new FakeBus()
    const [home, stranger] = [new Server(bus), new Server(bus, { key: systemRandom.bytes(32) })]
    home.serve()
    const theirs = stranger.reach()
    const question = bus.seen[0]
    const [subject = ''] = bus.subjects.filter(one => one.includes('.home.'))
    if (question !== undefined) bus.publish({ ...question, subject })
    theirs.say('let me in')
    await quiet()
    expect([home.sides, home.found]).toEqual([[], []])
    expect(bus.seen.filter(({ bytes: [type] }) => type === 2)).toEqual([])
  })

  it('changes nothing by bits that they flip, and by what they play again', async () => {
    const { bus, home, there } = await joined()
    bus.isHeld = true
    there.say('one')
    home.side.say('two')
    await quiet()
    const kept: Seen[] = []
    bus.deliver(held => {
      kept.push(...held)
      return held.flatMap(message =>
        Array.from({ length: 8 * Math.min(40, message.bytes.length) }, (_, bit) => flipped(message, bit)),
      )
    })
    expect([home.side.heard, there.heard]).toEqual([[], []])
    bus.isHeld = false
    for (const message of [...kept, ...bus.seen, ...kept]) bus.publish(message)
    await quiet()
    expect([home.side.heard, there.heard]).toEqual([['one'], ['two']])
    expect([home.side.losses, there.losses, home.sides.length]).toEqual([0, 0, 1])
  })

  it('cannot turn packets round, nor carry them from one link into another', async () => {
    const { bus, home, outer, there } = await joined()
    const other = outer.reach()
    await quiet()
    bus.isHeld = true
    there.say('mine')
    await quiet()
    bus.deliver(held =>
      held
        .flatMap(message => bus.subjects.map(subject => ({ ...message, subject })))
        .filter(({ subject }) => subject !== held[0]?.subject),
    )
    await quiet()
    expect([home.sides.flatMap(({ heard }) => heard), there.heard, other.heard]).toEqual([[], [], []])
    expect([there.losses, other.losses]).toEqual([0, 0])
  })
})

function flipped(message: Seen, bit: number): Seen {
  const changed = new Uint8Array(message.bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return { ...message, bytes: changed }
}
