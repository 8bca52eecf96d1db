import { describe, expect, it } from 'vitest'
import { createIssuedOne } from '../dist/state/ledger/issued.js'
import { createPrescribing } from '../dist/state/ledger/prescribing.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, pair, pairOf, sessionOf, threadOf } from './people.js'
import { fill, medicine, rxStage, slipsOf } from './prescription-stage.js'
import { carried } from './records-stage.js'

describe('two patients of one doctor', () => {
  it('are prescribed for apart: what is signed for one goes to their thread, whoever is opened meanwhile', async () => {
    const stage = await rxStage()
    const { clinic, doctor, patient } = stage
    const other = await enrolled(clinic, 'patient', 'Ulrich Brandt')
    await pair(doctor, other)
    await coverWithKit(other)
    const session = sessionOf(doctor)
    const views = session.pairs.value
    const [rosa, ulrich] = ['Rosa Weiss', 'Ulrich Brandt'].map(name =>
      views.find(one => one.peerName === name),
    )
    if (rosa === undefined || ulrich === undefined) throw new Error('somebody is not paired')
    const mine = createPrescribing(session, rosa)
    await fill(mine)
    const theirs = createPrescribing(session, ulrich)
    await fill(theirs, { medicine: 'Something else' })
    await mine.goOn()
    // The doctor looks at somebody else while it is signed and sent.
    const signing = mine.sign()
    await session.openThread(ulrich.id)
    const id = (await signing) ?? ''
    await createIssuedOne(session, id).look()
    await carried(stage)
    await sessionOf(other).sync()
    expect((await slipsOf(stage)).slips.value).toMatchObject([{ medicine, isOurs: true }])
    expect((await threadOf(patient)).map(({ fileName }) => fileName)).toEqual([medicine])
    expect(await threadOf(other, pairOf(other))).toEqual([])
    const again = createPrescribing(session, ulrich)
    await again.load()
    expect(again.form.value.medicine).toBe('Something else')
  })
})
