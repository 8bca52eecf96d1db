import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
  return 'none'
}

describe('a conference', () => {
  it.each([
    ['25519', ['Anna', 'Bert', 'Cleo']],
    ['ffdhe3072', ['Anna']],
  ] as const)('gives a broadcast to everybody who is in it, with %s', (suite, names) => {
    const world = new World({ suite }).attach()
    const patients = names.map(name => world.join(name))
    world.say('Good morning')
    world.say('Second')
    for (const patient of patients) expect(patient.texts).toEqual(['Good morning', 'Second'])
    const count = names.length
    expect(world.host.core?.counts()).toMatchObject({ enrolled: count, connected: count, away: 0 })
    expect(world.host.of('logged').at(-1)?.sequence).toBe(2n)
  })

  it('gives newcomers what is said after they came, and nothing of before', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.say('before')
    const bert = world.join('Bert')
    world.say('after')
    expect(anna.texts).toEqual(['before', 'after'])
    expect(bert.texts).toEqual(['after'])
    expect(bert.of('gap')).toEqual([])
  })

  it('shows who has the emergency message and who does not', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    bert.cut()
    bert.isOffline = true
    world.say('Call me at once', true)
    world.join('Cleo')
    world.pass(1_000)
    expect(world.host.core?.member('Anna')).toMatchObject({ emergency: 'received', acknowledged: 1n })
    expect(world.host.core?.member('Bert')).toMatchObject({ emergency: 'waiting', state: 'away' })
    expect(world.host.core?.member('Cleo')).toMatchObject({ emergency: 'none' })
    expect(world.host.core?.counts()).toMatchObject({ emergencyFor: 2, emergencyReceived: 1 })
    expect(anna.of('message')[0]?.emergency).toBe(true)
    bert.isOffline = false
    world.pass(5_000)
    expect(world.host.core?.counts()).toMatchObject({ emergencyFor: 2, emergencyReceived: 2 })
  })

  it('gives who was away what they missed, over a ticket', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.say('one')
    anna.cut()
    anna.isOffline = true
    world.say('two')
    world.join('Bert')
    world.say('three')
    anna.isOffline = false
    world.pass(5_000)
    expect(anna.texts).toEqual(['one', 'two', 'three'])
    expect(anna.of('joined').map(({ by }) => by)).toEqual(['handshake', 'ticket'])
    expect(world.host.of('returned')).toEqual([{ kind: 'returned', patient: 'Anna', by: 'ticket' }])
  })

  it('brings a patient back after the end of their process with what they kept, and each message once', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.say('one')
    world.pass(500)
    anna.restart()
    world.say('two')
    anna.input({ kind: 'join' })
    world.run()
    expect(anna.texts).toEqual(['one', 'two'])
    expect(anna.of('joined').at(-1)?.by).toBe('ticket')
  })

  it('goes on after a new start of the core: members are members, and what was said meanwhile is theirs', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    bert.cut()
    bert.isOffline = true
    world.say('two')
    world.restartCore()
    world.run()
    world.say('three')
    world.pass(10_000)
    bert.isOffline = false
    world.pass(20_000)
    world.say('four')
    expect(anna.texts).toEqual(['one', 'two', 'three', 'four'])
    expect(bert.texts).toEqual(['one', 'two', 'three', 'four'])
    expect(anna.of('gap')).toEqual([])
    expect([anna, bert].map(patient => patient.of('joined').at(-1)?.by)).toEqual(['ticket', 'ticket'])
  })

  it('keeps what is said while there is no relay yet, and says it when there is one', () => {
    const world = new World()
    world.host.input({ kind: 'say', text: 'early' })
    expect(world.host.of('waiting')).toHaveLength(1)
    expect(world.journal).toHaveLength(3)
    world.attach()
    expect(world.host.of('said').map(({ sequence }) => sequence)).toEqual([1n])
    expect(world.relay.log).toHaveLength(1)
  })

  it('makes durable what is said while the relay is gone, and publishes it when it is back', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.relay.restart()
    world.host.input({ kind: 'say', text: 'in between' })
    expect(world.host.of('said')).toHaveLength(1)
    world.pass(5_000)
    expect(anna.texts).toEqual(['in between'])
  })

  it('takes sessions up again that outlived the host link, and sends what was lost with it', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.relay.detach()
    world.input({ kind: 'say', text: 'while the link was gone' })
    world.input({ kind: 'direct', patient: 'Anna', text: 'for you' })
    world.attach()
    world.pass(500)
    expect(anna.texts).toEqual(['while the link was gone'])
    expect(anna.of('direct').map(({ text }) => text)).toEqual(['for you'])
    expect(anna.of('joined')).toHaveLength(1)
    expect(world.state('Anna')).toBe('connected')
  })

  it('is live for patients with a head, and not 45 seconds without one', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.pass(100_000, 1_000)
    expect(anna.of('live').map(({ live }) => live)).toEqual([true])
    world.relay.toPatient = () => []
    world.pass(46_000, 500)
    expect(anna.of('live').map(({ live }) => live)).toEqual([true, false])
    world.relay.toPatient = frame => [frame]
    world.pass(60_000, 500)
    expect(anna.of('live').at(-1)?.live).toBe(true)
  })

  it('ends for everybody with one signed frame, and destroys what it kept in memory', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    world.input({ kind: 'end' })
    for (const patient of [anna, bert]) {
      expect(patient.of('ended')).toEqual([{ kind: 'ended', reason: 'ended' }])
      expect(patient.patient.status.phase).toBe('ended')
    }
    expect(world.host.core?.isOver).toBe(true)
    expect(world.host.core?.handle({ kind: 'say', text: 'anybody there?' })).toEqual([])
    const again = world.startCore()
    expect(again.events).toEqual([{ kind: 'ended' }])
    expect(world.keys.staticKey.privateKey.isWiped).toBe(false)
  })

  it('commits on send: joins alone lead to a commit under load, or late', () => {
    const world = new World({ policy: { loadChanges: 3 } }).attach()
    world.join('Anna')
    world.join('Bert')
    world.pass(500_000, 10_000)
    expect(world.relay.log).toHaveLength(0)
    world.pass(110_000, 10_000)
    expect(world.relay.log).toHaveLength(1)
    const names = ['Cleo', 'Dora', 'Emil']
    for (const name of names) world.join(name)
    world.pass(300)
    expect(world.relay.log).toHaveLength(2)
    world.say('all here?')
    expect(names.map(name => world.patients.get(name)?.texts)).toEqual(names.map(() => ['all here?']))
  })

  it('waits longer with a commit under load the more members verify it, up to a limit', () => {
    for (const [mostMs, waitMs] of [
      [10_000, 2_250],
      [1_500, 1_500],
    ] as const) {
      const policy = { loadChanges: 2, commitUnderLoadMsPerMember: 1_000, commitUnderLoadMostMs: mostMs }
      const world = new World({ policy }).attach()
      for (const name of ['Anna', 'Bert']) world.join(name)
      world.pass(waitMs - 100, 50)
      expect(world.relay.log).toHaveLength(0)
      world.pass(100, 50)
      expect(world.relay.log).toHaveLength(1)
    }
  })

  it('commits at once when more leave than a frame takes, also within one order', () => {
    const world = new World({ policy: { commitBytes: 2_400 } }).attach()
    const names = Array.from({ length: 24 }, (_, i) => `Patient ${i}`)
    for (const name of names) world.join(name)
    world.say('welcome')
    const before = world.relay.log.length
    const anew = [...world.book.values()]
      .slice(1)
      .map(one => ({ ...one, psk: new SecretBytes(new Uint8Array(32)) }))
    world.input({ kind: 'enrol', patients: anew })
    const commits = world.relay.log.slice(before).map(({ length }) => length)
    expect(commits.length).toBeGreaterThan(1)
    expect(Math.max(...commits)).toBeLessThan(3_000)
    world.say('who is left')
    expect(world.patients.get('Patient 0')?.texts).toEqual(['welcome', 'who is left'])
  })

  it('refuses orders that cannot be carried out, and changes nothing', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const { host } = world
    const tell = (input: Parameters<typeof host.input>[0]) => codeOf(() => host.core?.handle(input))
    expect(tell({ kind: 'say', text: 'x'.repeat(65_537) })).toBe('conference/text-too-long')
    expect(tell({ kind: 'say', text: '\ud800' })).toBe('encoding/invalid')
    expect(tell({ kind: 'block', patient: 'Nobody' })).toBe('conference/unknown-patient')
    expect(codeOf(() => anna.patient.handle({ kind: 'say', text: '\u00e4'.repeat(32_769) }))).toBe(
      'conference/text-too-long',
    )
    const again = { ...(world.book.get('Anna') ?? { staticKey: new Uint8Array(), psk: anna.keys.psk }) }
    expect(tell({ kind: 'enrol', patients: [{ ...again, name: 'Anna too' }] })).toBe('conference/bad-patient')
    expect(tell({ kind: 'enrol', patients: [{ ...again, name: '' }] })).toBe('conference/bad-patient')
    world.say('x'.repeat(65_536))
    expect(anna.texts[0]).toHaveLength(65_536)
  })
})

describe('leaving', () => {
  it('ends membership at the exit: nothing said later is theirs, also when they come again', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    anna.input({ kind: 'leave' })
    world.run()
    expect(world.host.of('left')).toEqual([{ kind: 'left', patient: 'Anna', reason: 'exit' }])
    world.say('two')
    anna.input({ kind: 'join' })
    world.run()
    world.say('three')
    expect(anna.texts).toEqual(['one', 'three'])
    expect(anna.of('gap')).toEqual([{ kind: 'gap', from: 2n, to: 2n, reason: 'not-member' }])
    expect(anna.of('joined').map(({ by }) => by)).toEqual(['handshake', 'handshake'])
    expect(bert.texts).toEqual(['one', 'two', 'three'])
  })

  it('blocks for two minutes by order, with a commit at once, and lets them in again after that', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.join('Bert')
    world.say('one')
    world.input({ kind: 'block', patient: 'Anna' })
    expect(world.relay.log).toHaveLength(2)
    expect(anna.of('blocked')).toEqual([{ kind: 'blocked', untilMs: world.clock.nowMs() + 120_000 }])
    expect(world.host.core?.member('Anna')).toMatchObject({ state: 'blocked' })
    world.say('two')
    world.pass(119_000, 1_000)
    expect(world.state('Anna')).toBe('blocked')
    world.pass(10_000, 1_000)
    expect(world.state('Anna')).toBe('connected')
    world.say('three')
    expect(anna.texts).toEqual(['one', 'three'])
  })

  it('keeps who is blocked out when they come by ticket or by key, over a new start of the core', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const record = anna.record
    anna.cut()
    anna.isOffline = true
    world.input({ kind: 'block', patient: 'Anna', untilLifted: true })
    world.say('secret')
    world.restartCore()
    anna.record = record
    anna.restart()
    anna.isOffline = false
    anna.input({ kind: 'join' })
    world.run()
    world.pass(2_000)
    expect(anna.of('blocked')).toEqual([{ kind: 'blocked', untilMs: null }])
    expect(world.host.of('refused').map(({ reason }) => reason)).toEqual(['ticket'])
    world.input({ kind: 'unblock', patient: 'Anna' })
    anna.input({ kind: 'join' })
    world.run()
    world.say('welcome back')
    expect(anna.texts).toEqual(['welcome back'])
    expect(world.host.core?.member('Anna')?.state).toBe('connected')
  })

  it('removes for good, also over a new start with an old book', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.join('Bert')
    world.input({ kind: 'remove', patient: 'Anna' })
    expect(anna.of('ended')).toEqual([{ kind: 'ended', reason: 'removed' }])
    expect(world.host.core?.member('Anna')).toBeNull()
    const entry = world.book.get('Anna')
    expect(codeOf(() => world.host.core?.handle({ kind: 'enrol', patients: entry ? [entry] : [] }))).toBe(
      'conference/bad-patient',
    )
    world.restartCore()
    world.run()
    expect(world.host.core?.member('Anna')).toBeNull()
    anna.restart()
    anna.input({ kind: 'join' })
    world.run()
    expect(anna.of('joined')).toHaveLength(1)
  })

  it('enrols during the conference, and takes a new device in the place of the old one', () => {
    const world = new World().attach()
    const old = world.join('Anna')
    const next = world.join('Anna')
    expect(old.of('ended')).toEqual([{ kind: 'ended', reason: 'removed' }])
    world.say('hello new device')
    expect(next.texts).toEqual(['hello new device'])
    expect(old.texts).toEqual([])
  })

  it('puts who is not in the book any more out when the core starts', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.join('Bert')
    world.book.delete('Anna')
    world.restartCore()
    world.run()
    world.say('without Anna')
    world.pass(10_000)
    expect(anna.texts).toEqual([])
    const book = world.host.core?.members().map(({ name }) => name)
    expect(book).toEqual(['Bert'])
  })
})

describe('two devices with one key', () => {
  it('the second takes over, and the first is told and does not come back by itself', () => {
    const world = new World().attach()
    const first = world.join('Anna')
    const second = world.twin(first)
    second.input({ kind: 'join' })
    world.run()
    expect(first.of('taken-over')).toHaveLength(1)
    expect(world.host.of('taken-over')).toEqual([{ kind: 'taken-over', patient: 'Anna' }])
    world.say('one')
    world.pass(60_000, 1_000)
    expect(first.texts).toEqual([])
    expect(second.texts).toEqual(['one'])
    first.input({ kind: 'join' })
    world.run()
    expect(second.of('taken-over')).toHaveLength(1)
    expect(first.texts).toEqual(['one'])
  })

  it('are both blocked where the policy says so, but a ticket of the same device is no second one', () => {
    const world = new World({ policy: { duplicates: 'block-both' } }).attach()
    const first = world.join('Anna')
    first.restart()
    first.input({ kind: 'join' })
    world.run()
    expect(world.host.of('blocked')).toEqual([])
    const second = world.twin(first)
    second.input({ kind: 'join' })
    world.run()
    expect(first.of('blocked')).toHaveLength(1)
    expect(second.of('blocked')).toHaveLength(1)
    expect(world.host.of('blocked')).toMatchObject([{ patient: 'Anna', reason: 'duplicate' }])
  })
})
