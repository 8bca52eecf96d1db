import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import type { CoreEvent, PatientEvent } from '@chartseal/elgamal-session'
import { describe, expect, it } from 'vitest'
import { HeardCore, type HeardMachine } from '../dist/state/conference/heard-core.js'
import { HeardPatient } from '../dist/state/conference/heard-patient.js'
import { isClosed, requireOpen } from '../dist/state/conference/link.js'
import { loseWords, seatTag } from '../dist/state/conference/seat-tag.js'
import { Words } from '../dist/state/conference/words.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { sessionOf } from './people.js'

async function wordsHere(): Promise<Words> {
  const { unlocked } = sessionOf(await enrolled(fakeClinic(), 'doctor', 'Dr. Okafor'))
  return new Words({ ...unlocked, clock, random }, 'x')
}

const shown = ({ all }: Words): readonly string[] => all.value.map(({ text, state }) => `${text}: ${state}`)

async function doctorsWords() {
  const words = await wordsHere()
  const at = { seat: 'a1' }
  const events: CoreEvent[] = []
  const core: HeardMachine = {
    isOver: false,
    sequence: 0n,
    members: () => [],
    handle: () => events.splice(0).map(event => ({ kind: 'event', event })),
  }
  const heard = new HeardCore(
    core,
    words,
    name => ({ pairId: 'p', name, seat: at.seat }),
    () => undefined,
  )
  const hears = (...heardNow: readonly CoreEvent[]): void => {
    events.push(...heardNow)
    heard.handle({ kind: 'tick' })
  }
  const says = (id: bigint, text: string): void => {
    events.push({ kind: 'direct-sent', patient: 'Rosa', id })
    heard.handle({ kind: 'direct', patient: 'Rosa', text })
  }
  return { words, at, hears, says }
}

async function patientsWords() {
  const words = await wordsHere()
  const events: PatientEvent[] = []
  const status = {
    phase: 'member',
    live: true,
    leaving: false,
    sequence: 0n,
    waiting: 0,
    nextTickMs: 0,
  } as const
  const machine = { status, handle: () => events.splice(0).map(event => ({ kind: 'event', event }) as const) }
  const seated = (seat: string) => {
    const heard = new HeardPatient(machine, words, seat)
    return {
      hears(...heardNow: readonly PatientEvent[]): void {
        events.push(...heardNow)
        heard.handle({ kind: 'tick' })
      },
      says(id: bigint, text: string): void {
        events.push({ kind: 'direct-sent', id })
        heard.handle({ kind: 'say', text })
      },
    }
  }
  return { words, seated }
}

describe('words of a conference', () => {
  it('from a patient who was invited again are none of before, though they count from 1', async () => {
    const { words, at, hears } = await doctorsWords()
    hears({ kind: 'direct', patient: 'Rosa', id: 1n, text: 'good morning' })
    hears({ kind: 'direct', patient: 'Rosa', id: 1n, text: 'good morning' })
    at.seat = 'a2'
    hears({ kind: 'direct', patient: 'Rosa', id: 1n, text: 'chest pain' })
    expect(shown(words)).toEqual(['good morning: there', 'chest pain: there'])
  })

  it('to a patient who was invited again are received when theirs are, and those of before are lost', async () => {
    const { words, at, hears, says } = await doctorsWords()
    says(1n, 'take one')
    at.seat = 'a2'
    says(1n, 'take two')
    hears({ kind: 'direct-received', patient: 'Rosa', id: 1n })
    expect(shown(words)).toEqual(['take one: waiting', 'take two: received'])
    at.seat = 'a1'
    hears({ kind: 'direct-lost', patient: 'Rosa', ids: [1n] })
    expect(shown(words)).toEqual(['take one: lost', 'take two: received'])
  })

  it('with the doctor in a new seat are none of the seat before', async () => {
    const { words, seated } = await patientsWords()
    const [before, after] = [seated('a1'), seated('a2')]
    before.hears({ kind: 'direct', id: 1n, text: 'take one' })
    before.says(1n, 'good morning')
    after.hears({ kind: 'direct', id: 1n, text: 'take two' })
    after.says(1n, 'chest pain')
    after.hears({ kind: 'direct-received', id: 1n })
    expect(shown(words)).toEqual([
      'take one: there',
      'good morning: waiting',
      'take two: there',
      'chest pain: received',
    ])
    loseWords(words, new Set([seatTag('a2')]))
    expect(shown(words)[1]).toBe('good morning: lost')
  })

  it('come under a number that is there already when they are others, as after a restored backup', async () => {
    const { words, seated } = await patientsWords()
    const { hears } = seated('a1')
    const message = { kind: 'message', sequence: 7n, text: 'one', emergency: false, atMs: 5 } as const
    const gap = { kind: 'gap', from: 7n, to: 7n, reason: 'replaced' } as const
    const urgent = { ...message, text: 'Stop the tablets.', emergency: true, atMs: 9 }
    hears(message, message, gap, gap, urgent, urgent, { ...message, atMs: 10 }, { ...gap, to: 8n })
    expect(words.all.value.map(({ kind, text, sequence }) => [kind, text, sequence])).toEqual([
      ['said', 'one', 7],
      ['missed', '', 1],
      ['emergency', 'Stop the tablets.', 7],
      ['said', 'one', 7],
      ['missed', '', 2],
    ])
  })
})

describe('words that could not be written', () => {
  it('are in the next write', async () => {
    const { unlocked } = sessionOf(await enrolled(fakeClinic(), 'doctor', 'Dr. Okafor'))
    const full = { ...unlocked.rows, write: () => Promise.reject(new Error('full')) }
    const words = new Words({ ...unlocked, rows: full }, 'x')
    words.add({ kind: 'said', pairId: '', name: '', text: 'one', sequence: 1, state: 'waiting', id: '' })
    await expect(words.flush()).rejects.toThrow('full')
    expect(words.take()).toHaveLength(1)
    expect(words.take()).toEqual([])
  })
})

describe('a link on which nothing is taken any more', () => {
  it('says why, and any other takes orders', () => {
    const why = new Error('why')
    expect(() => requireOpen({ kind: 'failed', error: why })).toThrow(why)
    for (const [kind, code] of [
      ['elsewhere', 'console/conference-elsewhere'],
      ['over', 'console/conference-over'],
    ] as const) {
      expect(() => requireOpen({ kind })).toThrow(expect.objectContaining({ code }))
      expect(isClosed({ kind })).toBe(true)
    }
    for (const kind of ['begins', 'live', 'refused'] as const) {
      expect(isClosed({ kind })).toBe(false)
      requireOpen({ kind })
    }
  })
})
