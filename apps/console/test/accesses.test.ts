import type { Roster } from '@chartseal/clinic/roster'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAccesses, trustOf } from '../dist/access/read.js'
import { type AccessFilter, accessFilters, checkedAtOnce, createAccessScreen } from '../dist/state/access.js'
import { createComposer } from '../dist/state/composer.js'
import { accessTextsOf } from '../dist/text/access-words.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { nobodyIn, sentence } from '../dist/views/access.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { witnessed } from './fake-witnesses.js'
import { coverWithKit, pairOf, relocked, say, sessionOf, twoPeople } from './people.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

type AccessAct = keyof typeof nobodyIn

const kindsOf = (screen: ReturnType<typeof createAccessScreen>): readonly string[] => [
  ...new Set((screen.entries.value ?? []).map(({ verdict }) => verdict.kind)),
]

const witnessesIn = (screen: ReturnType<typeof createAccessScreen>) => {
  const verdict = screen.entries.value?.[0]?.verdict
  return verdict !== undefined && 'witnesses' in verdict ? verdict.witnesses : null
}

describe('witnesses of the log', () => {
  it('are counted, and too few of them make no entry false', async () => {
    const clinic = fakeClinic()
    const { policy, signers } = witnessed(['one', 'two', 'three'], 2)
    clinic.policy = policy
    clinic.witnesses = signers.slice(0, 2)
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['proven'])
    expect(witnessesIn(screen)).toEqual({ first: { count: 2, of: 3, isEnough: true }, today: null })
    clinic.witnesses = signers.slice(0, 1)
    const again = createAccessScreen(sessionOf(person))
    await again.load()
    expect(kindsOf(again)).toEqual(['unwitnessed'])
    expect(again.falseCount.value).toBe(0)
    expect(again.unwitnessedCount.value).toBe(again.entries.value?.length)
    expect(witnessesIn(again)?.first).toEqual({ count: 1, of: 3, isEnough: false })
  })

  it('that came after this device are counted under the policy of today', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const { policy, signers } = witnessed(['one', 'two'], 2)
    clinic.policy = policy
    clinic.witnesses = signers
    await relocked(person)
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['proven'])
    expect(witnessesIn(screen)).toEqual({ first: null, today: { count: 2, of: 2, isEnough: true } })
  })

  it('that were replaced are enough, and both counts are shown', async () => {
    const clinic = fakeClinic()
    const before = witnessed(['one', 'two', 'three'], 2)
    clinic.policy = before.policy
    clinic.witnesses = before.signers
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const after = witnessed(['four', 'five', 'six'], 2)
    clinic.policy = after.policy
    clinic.witnesses = after.signers.slice(1)
    await relocked(person)
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['proven'])
    expect(witnessesIn(screen)).toEqual({
      first: { count: 0, of: 3, isEnough: false },
      today: { count: 2, of: 3, isEnough: true },
    })
  })

  it('that the clinic gave up are missed', async () => {
    const clinic = fakeClinic()
    const before = witnessed(['one', 'two'], 1)
    clinic.policy = before.policy
    clinic.witnesses = before.signers
    const person = await enrolled(clinic, 'patient', 'Rosa')
    clinic.policy = null
    clinic.witnesses = []
    await relocked(person)
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['unwitnessed'])
  })

  it('of a policy that cannot be read are none, and the entries are as true', async () => {
    const clinic = fakeClinic()
    clinic.policy = 'no policy'
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['proven'])
    expect(screen.task.error.value).toBeNull()
  })

  it('do not make an entry true that the log has not signed', async () => {
    const clinic = fakeClinic()
    const { policy, signers } = witnessed(['one'], 1)
    clinic.policy = policy
    clinic.witnesses = signers
    const person = await enrolled(clinic, 'patient', 'Rosa')
    clinic.lies = true
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(kindsOf(screen)).toEqual(['false'])
  })
})

const entryOf = (act: AccessAct, by: string, index: number) => ({
  index,
  receipt: null,
  verdict: {
    kind: 'proven' as const,
    atMs: 0,
    entry: { act, by, box: '', ids: ['x'], device: '' },
    witnesses: { first: null, today: null },
  },
})

describe('the list of accesses', () => {
  it('says that nobody else was there only of what was checked, and only when it is over', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const screen = createAccessScreen(sessionOf(person))
    const loading = screen.load()
    expect(screen.nobodyElse.value).toBeNull()
    await loading
    expect(screen.nobodyElse.value).toBe('all')
    screen.checked.value = { entries: screen.entries.value ?? [], due: 1, total: 9 }
    expect(screen.nobodyElse.value).toBe('newest')
    clinic.network = 'down'
    await screen.load()
    expect([screen.task.error.value !== null, screen.nobodyElse.value]).toEqual([true, null])
  })

  it('shows what others did, of it what they did with records, or all', async () => {
    const person = await enrolled(fakeClinic(), 'patient', 'Rosa')
    const session = sessionOf(person)
    const screen = createAccessScreen(session)
    const own = session.device.kid
    const done = [
      ['device-enrolled', own],
      ['messages-given', 'A'],
      ['grants-given', 'A'],
      ['grants-given', own],
      ['link-opened', ''],
      ['break-glass-opened', 'B'],
      ['conference-begun', 'A'],
    ] as const
    const entries = done.map(([act, by], index) => entryOf(act, by, index))
    screen.checked.value = { entries, due: entries.length, total: entries.length }
    const shown = (filter: AccessFilter): readonly number[] => {
      screen.filter.value = filter
      return screen.shown.value.map(({ index }) => index)
    }
    expect(accessFilters.map(shown)).toEqual([
      [1, 2, 4, 5, 6],
      [2, 4, 5],
      [0, 1, 2, 3, 4, 5, 6],
    ])
  })

  it('names staff as the clinic’s list does', async () => {
    const session = sessionOf(await enrolled(fakeClinic(), 'patient', 'Rosa'))
    const texts = accessTextsOf(textsOf('en', () => 0))
    const { verdict } = entryOf('break-glass-opened', 'night-doctor', 0)
    const said = (roster: Roster | null): string =>
      sentence(verdict.entry, session, { records: new Map(), roster }, texts)
    const people = [{ kid: 'night-doctor', role: 'doctor', mailbox: '', name: 'Dr. Haddad' } as const]
    const roster = { seq: 1, origin: '', previous: '', officers: [], threshold: 1, people }
    expect(said(roster)).toBe('Dr. Haddad opened a record in an emergency')
    expect(said(null)).toBe('Device night-do opened a record in an emergency')
  })

  it('names who did it by the act where no device signed', () => {
    const { 'roster-published': roster, 'device-ended': ended, 'message-stored': stored } = nobodyIn
    expect([roster, ended, stored]).toEqual(['access.officers', 'access.operator', 'access.somebody'])
  })

  it('says how many entries there are beside those that it shows, and shows older ones when asked', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const session = sessionOf(person)
    const { api, clinic: pinned } = session
    const [one] = (await api.entries(null)).entries
    if (one === undefined) throw new Error('there is no entry')
    const total = checkedAtOnce + 30
    const many = Array.from({ length: total }, (_, index) => ({ ...one, index }))
    const listing = { entries: async () => ({ entries: many, last: total - 1, more: false }) }
    const answers = { ...listing, receipt: async () => null }
    let seen: unknown = null
    await readAccesses(
      answers,
      trustOf(pinned, null),
      ({ entries, due, total: all }) => {
        seen = [entries.length, due, all]
      },
      { atMost: checkedAtOnce },
    )
    expect(seen).toEqual([checkedAtOnce, checkedAtOnce, total])
    const screen = createAccessScreen({
      ...session,
      clinic: pinned,
      device: session.device,
      api: { ...api, ...answers },
    })
    await screen.load()
    expect([screen.olderCount.value, screen.nobodyElse.value]).toEqual([30, null])
    await screen.showOlder()
    expect([screen.olderCount.value, screen.entries.value?.length]).toEqual([0, total])
  })

  it('says nothing of all of them before each was checked', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    for (const text of ['one', 'two', 'three'])
      await say(createComposer(sessionOf(doctor), pairOf(doctor)), text)
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    const screen = createAccessScreen(sessionOf(patient))
    clinic.receiptsLeft = 4
    await screen.load()
    expect(screen.task.error.value).toMatchObject({ code: 'console/offline' })
    expect(screen.checked.value).toMatchObject({ due: screen.checked.value?.total })
    expect([screen.entries.value?.length, screen.isDone.value]).toEqual([4, false])
    clinic.receiptsLeft = Number.POSITIVE_INFINITY
    await screen.load()
    expect([screen.task.error.value, screen.isDone.value]).toEqual([null, true])
    expect(screen.entries.value?.length).toBe(screen.checked.value?.total)
  })

  it('asks who is in an entry, by a draft that is not sent and keeps what was begun', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    await coverWithKit(patient)
    await say(createComposer(sessionOf(doctor), pairOf(doctor)), 'one')
    await sessionOf(doctor).sync()
    const session = sessionOf(patient)
    await session.sync()
    const screen = createAccessScreen(session)
    await screen.load()
    const stored = screen.shown.value.find(
      ({ verdict }) => 'entry' in verdict && verdict.entry.act === 'message-stored',
    )
    if (stored === undefined) throw new Error('there is no such entry')
    const [peer] = screen.peersFor(stored)
    expect(peer?.peerName).toBe('Dr. Okafor')
    const writing = createComposer(session, pairOf(patient))
    await writing.write('begun')
    await screen.ask(peer?.id ?? '', `About entry #${stored.index}`)
    const open = createComposer(session, pairOf(patient))
    await open.load()
    expect(open.text.value).toBe(`begun\nAbout entry #${stored.index}`)
    expect(session.waiting.value).toBe(0)
  })
})
