import { describe, expect, it } from 'vitest'
import { createLinkForm } from '../dist/state/link.js'
import { createOwnRecordScreen, createRecordsScreen } from '../dist/state/records.js'
import { createShareScreen } from '../dist/state/share.js'
import { type Person, pairOf, relocked, sessionOf } from './people.js'
import { contentOf, covered, fileOf, shared, sharing } from './records-stage.js'

const keptOf = ({ platform }: Person, prefix: string): readonly string[] =>
  [...platform.map.keys()].filter(key => key.startsWith(prefix))

/** Calls `then` before the first write under this prefix. */
function onceBefore({ platform }: Person, prefix: string, then: () => void): void {
  const { write } = platform.rows
  platform.rows.write = async changes => {
    if (changes.some(([key, value]) => key.startsWith(prefix) && value !== null)) {
      platform.rows.write = write
      then()
    }
    return write(changes)
  }
}

describe('the screen of sharing, when it is left', () => {
  it('shares nothing that was still being sealed, be it the last block', async () => {
    const { doctor } = await covered()
    const screen = sharing(doctor, contentOf(10))
    onceBefore(doctor, 'block/', screen.leave)
    expect(await screen.share()).toBeNull()
    expect([keptOf(doctor, 'own-record/'), keptOf(doctor, 'block/')]).toEqual([[], []])
  })

  it('opens no other screen for a record that was shared meanwhile, which is there all the same', async () => {
    const { doctor } = await covered()
    const screen = sharing(doctor, contentOf(10))
    onceBefore(doctor, 'own-record/', screen.leave)
    expect(await screen.share()).toBeNull()
    expect(keptOf(doctor, 'own-record/')).toHaveLength(1)
    // It is not shared twice by mistake.
    expect(createShareScreen(sessionOf(doctor)).file.value).toBeNull()
  })

  it('keeps what was chosen for the next one, until the device locks', async () => {
    const { doctor } = await covered()
    const screen = sharing(doctor, contentOf(10))
    screen.days.value = 1
    screen.level.value = 'R'
    screen.topics.value = new Set(['HIV'])
    screen.leave()
    const next = createShareScreen(sessionOf(doctor))
    expect([next.file.value?.name, next.days.value, next.level.value]).toEqual(['scan.dcm', 1, 'R'])
    expect([[...next.topics.value], next.chosen.value.length]).toEqual([['HIV'], 1])
    next.leave()
    await relocked(doctor)
    expect(createShareScreen(sessionOf(doctor)).file.value).toBeNull()
  })

  it('begins with who it is opened for alone, whoever was chosen before', async () => {
    const { doctor } = await covered()
    const screen = sharing(doctor, contentOf(10))
    screen.leave()
    const next = createShareScreen(sessionOf(doctor), 'nobody')
    expect([next.file.value?.name, next.chosen.value]).toEqual(['scan.dcm', []])
    next.leave()
    expect(createShareScreen(sessionOf(doctor), pairOf(doctor)).chosen.value).toHaveLength(1)
  })
})

describe('the form of a link, when it is left', () => {
  it('makes none that was not made yet', async () => {
    const { clinic, patient } = await covered()
    const form = createLinkForm(sessionOf(patient))
    form.take(fileOf(contentOf(10)))
    const making = form.make()
    form.leave()
    expect(await making).toBeNull()
    expect([keptOf(patient, 'link/'), clinic.records.links.size]).toEqual([[], 0])
  })

  it('opens no other screen for one that was made', async () => {
    const { patient } = await covered()
    const form = createLinkForm(sessionOf(patient))
    form.take(fileOf(contentOf(10)))
    onceBefore(patient, 'link/', form.leave)
    expect(await form.make()).toBeNull()
    const records = createRecordsScreen(sessionOf(patient))
    await records.load()
    expect(records.links.value).toHaveLength(1)
  })
})

describe('the screen of a record that is not here', () => {
  it('says that it was shared with nobody only when it was forgotten there before it was sent', async () => {
    const { clinic, doctor } = await covered()
    const sent = createOwnRecordScreen(sessionOf(doctor), await shared(doctor, contentOf(10)))
    await sent.forget()
    expect(sent.isForgotten.value).toBe(false)
    clinic.network = 'down'
    const screen = createOwnRecordScreen(sessionOf(doctor), await shared(doctor, contentOf(20)))
    expect(screen.isForgotten.value).toBe(false)
    await screen.forget()
    expect(screen.isForgotten.value).toBe(true)
  })
})
