import { encodeCbor } from '@chartseal/core/encoding'
import { teamError } from '@chartseal/elgamal-session/team'
import { describe, expect, it } from 'vitest'
import { consoleError } from '../dist/errors.js'
import { decodeEvent, eventRow, noEvent, type TeamEventRow } from '../dist/team/event-row.js'
import { aboutTables } from '../dist/text/about-words.js'
import { accessTables } from '../dist/text/access-words.js'
import { conferenceTables } from '../dist/text/conference-words.js'
import { errorText } from '../dist/text/error-text.js'
import { peopleTables } from '../dist/text/people-words.js'
import { teamTables } from '../dist/text/team-words.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import type { Person } from './people.js'
import { relocked, sessionOf } from './people.js'
import { begun, carried, linesOf, sayIn, teamOf, teamsIn, threeOfTeam } from './team-stage.js'

const row: TeamEventRow = {
  ...noEvent,
  key: 'team-event/x/1',
  kind: 'said',
  name: 'Rosa',
  names: ['Nurse'],
  text: 'a',
  atMs: 5,
  missing: 2,
  isEarlier: true,
  isLate: true,
}

/** In place of the row of the only care team. */
async function writeOver(person: Person, value: Uint8Array): Promise<void> {
  await sessionOf(person).unlocked.rows.write([[`team/${teamOf(person).ref}`, value]])
}

describe('rows of care teams', () => {
  it('are read as they were written, and not with anything more or less', () => {
    const [key, bytes] = eventRow(row)
    expect(decodeEvent(key, bytes)).toEqual(row)
    expect(() => decodeEvent(key, bytes.subarray(1))).toThrow()
    expect(() => decodeEvent(key, encodeCbor({ v: 1 }))).toThrow()
  })

  it('of a newer page are not read by this one', async () => {
    expect(() => decodeEvent('team-event/x/1', encodeCbor({ v: 2 }))).toThrow(
      expect.objectContaining({ code: 'console/newer-page' }),
    )
    const stage = await threeOfTeam()
    await begun(stage, ['Rosa Weiss'], [stage.rosa])
    await writeOver(stage.rosa, encodeCbor({ v: 2 }))
    await expect(teamsIn(stage.rosa).refresh()).rejects.toMatchObject({ code: 'console/newer-page' })
  })

  it('that are damaged hide one care team and no other', async () => {
    const stage = await threeOfTeam()
    const { doctor, rosa } = stage
    await begun(stage, ['Rosa Weiss'], [rosa])
    const other = await teamsIn(doctor).begin('Ward 4', [])
    await writeOver(doctor, new Uint8Array(9))
    await teamsIn(doctor).refresh()
    expect(teamsIn(doctor).all.value.map(({ ref }) => ref)).toEqual([other])
    await sessionOf(doctor).refresh()
    expect(sessionOf(doctor).damaged.value).toBe(1)
  })

  it('show nothing of another kind where a care team has nothing yet', async () => {
    const stage = await threeOfTeam()
    const { doctor, rosa } = stage
    await begun(stage, ['Rosa Weiss'], [])
    await relocked(rosa)
    await teamsIn(rosa).refresh()
    expect(await linesOf(rosa)).toEqual([])
    expect(sessionOf(rosa).unlocked.rows.damaged.size).toBe(0)
    await sayIn(doctor, 'To nobody yet.')
    await carried(stage)
    expect(await linesOf(rosa)).toEqual([])
  })
})

describe('words that are loaded with their screens', () => {
  it.each([
    ['care teams', teamTables],
    ['conferences', conferenceTables],
    ['lists of people', peopleTables],
    ['the page itself', aboutTables],
    ['who opened what', accessTables],
  ])('are all there in both languages, with the same places to fill: %s', (_, { en, es }) => {
    const places = (text: string): readonly string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort())
    for (const [key, text] of Object.entries(en))
      expect([key, places(Object.entries(es).find(([name]) => name === key)?.[1] ?? '')]).toEqual([
        key,
        places(text),
      ])
  })

  it('say for each refusal what it is, in both languages', async () => {
    await Promise.all(languages.map(loadWords))
    const errors = [
      consoleError('console/team-over', {}),
      teamError('team/not-in', { phase: 'left' }),
      teamError('team/behind', { epoch: 1, heardEpoch: 2 }),
      teamError('team/bad-text', { field: 'title' }),
    ]
    for (const language of languages)
      for (const error of errors) {
        const text = errorText(
          error,
          textsOf(language, () => 0),
        )
        expect([error.code, text.includes(error.code)]).toEqual([error.code, false])
      }
  })
})
