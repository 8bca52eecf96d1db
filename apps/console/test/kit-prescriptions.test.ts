import { describe, expect, it } from 'vitest'
import { createIssuedOne, createIssuedScreen } from '../dist/state/ledger/issued.js'
import { coverWithKit, kitOf, type Person, restored, sessionOf, threadOf } from './people.js'
import { medicine, prescribed, type RxStage, rxStage, slipsOf } from './prescription-stage.js'
import { carried } from './records-stage.js'

async function issuedAt(person: Person) {
  const screen = createIssuedScreen(sessionOf(person))
  await screen.load()
  expect(screen.task.error.value).toBeNull()
  return screen.all.value ?? []
}

async function issued(): Promise<RxStage & { readonly id: string }> {
  const stage = await rxStage()
  const id = await prescribed(stage)
  await createIssuedOne(sessionOf(stage.doctor), id).look()
  await carried(stage)
  return { ...stage, id }
}

describe('a kit', () => {
  it('brings a doctor what they prescribed, sends no slip twice, and asks what became of what was under way', async () => {
    const stage = await issued()
    const { clinic, doctor, ledger, id } = stage
    ledger.seals = false
    const open = await prescribed(stage)
    const kit = await kitOf(doctor)
    ledger.seals = true
    await ledger.seal()
    const phone = await restored(clinic, kit)
    const [second, first] = await issuedAt(phone)
    expect(first).toMatchObject({ id, medicine, stage: 'final', hasSlip: true })
    expect(second).toMatchObject({ id: open, medicine, stage: 'taken' })
    await createIssuedOne(sessionOf(phone), open).look()
    expect((await issuedAt(phone))[0]).toMatchObject({ id: open, stage: 'final' })
    // The slip of the first one has left from the lost device; that of the second one leaves when a kit covers this one.
    await coverWithKit(phone)
    await createIssuedOne(sessionOf(phone), open).look()
    expect((await threadOf(phone)).map(({ text }) => text)).toEqual([open])
  })

  it('brings a patient their prescriptions, which work at a counter as before', async () => {
    const stage = await issued()
    const kit = await kitOf(stage.patient)
    const phone = await restored(stage.clinic, kit)
    const { value: slips } = (await slipsOf({ ...stage, patient: phone })).slips
    expect(slips).toMatchObject([{ medicine, isOurs: true, seen: { kind: 'ready' } }])
  })
})
