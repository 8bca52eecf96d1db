import { describe, expect, it } from 'vitest'
import { setBlocked } from '../dist/pairs/block.js'
import { createComposer } from '../dist/state/composer.js'
import { errorText } from '../dist/text/error-text.js'
import { textsOf } from '../dist/text/texts.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { coverWithKit, type Person, pairOf, relocked, say, sessionOf, threadOf, twoPeople } from './people.js'

/** The clinic has yesterday's backup: the patient came since. */
async function setBack() {
  const clinic = fakeClinic()
  const { doctor, patient } = await twoPeople(clinic)
  await coverWithKit(doctor)
  await coverWithKit(patient)
  clinic.forget(sessionOf(patient).device.kid)
  return { clinic, doctor, patient }
}

const link = (clinic: FakeClinic): string => `${clinic.origin}/#invite=${clinic.invite('patient')}`

const linesOf = async (person: Person): Promise<readonly string[]> =>
  (await threadOf(person)).map(({ text, state }) => `${text}: ${state}`)

describe('a device that its clinic does not know any more', () => {
  it('keeps what was written, and is told to erase nothing', async () => {
    const { patient } = await setBack()
    const session = sessionOf(patient)
    await say(createComposer(session, pairOf(patient)), 'kept')
    await session.sync()
    expect(session.problem.value).toMatchObject({ context: { code: 'signature/unknown-key' } })
    const [row] = await threadOf(patient)
    expect([row?.state, row?.why]).toEqual(['sealed', 'signature/unknown-key'])
    expect(
      errorText(
        session.problem.value,
        textsOf('en', () => 0),
      ),
    ).toContain('Do not erase anything')
  })

  it('enrols under the same keys by another invitation, and messages go both ways', async () => {
    const { clinic, doctor, patient } = await setBack()
    const session = sessionOf(patient)
    const { kid, mailbox } = session.device
    await say(createComposer(session, pairOf(patient)), 'from the patient')
    await say(createComposer(sessionOf(doctor), pairOf(doctor)), 'from the doctor')
    await sessionOf(doctor).sync()
    expect(await linesOf(doctor)).toEqual(['from the doctor: failed'])
    await session.enrolAgain(link(clinic))
    expect(session.problem.value).toBeNull()
    expect(session.device.kid).toBe(kid)
    expect(session.device.mailbox).not.toBe(mailbox)
    expect(patient.app.device.value?.mailbox).toBe(session.device.mailbox)
    expect(await linesOf(patient)).toEqual(['from the patient: stored'])
    await sessionOf(doctor).sync()
    await sessionOf(doctor).sync()
    await session.sync()
    expect((await linesOf(patient)).map(line => line.split(':')[0])).toEqual([
      'from the patient',
      'from the doctor',
    ])
    await relocked(patient)
    expect(sessionOf(patient).problem.value).toBeNull()
  })

  it('tells each side once where it is', async () => {
    const { clinic, doctor, patient } = await setBack()
    await sessionOf(patient).enrolAgain(link(clinic))
    const depositsTo = (person: Person): number =>
      clinic.boxes.get(sessionOf(person).device.mailbox)?.length ?? 0
    const before = depositsTo(doctor)
    await relocked(patient)
    await relocked(patient)
    expect(depositsTo(doctor)).toBe(before)
  })

  it('goes on where it died after the clinic had taken it', async () => {
    const { clinic, patient } = await setBack()
    const session = sessionOf(patient)
    const { map } = patient.platform
    const before = map.get('device')
    await session.enrolAgain(link(clinic))
    const moved = session.device.mailbox
    // As the disk was before the answer came: the invitation is there, and the mailbox is that of before.
    await session.unlocked.rows.write([['enrol-again', new TextEncoder().encode('A'.repeat(43))]])
    for (const key of [...map.keys()]) if (key.startsWith('told/')) map.delete(key)
    map.set('device', before ?? '')
    patient.app.lock()
    await patient.app.start()
    await relocked(patient)
    expect(sessionOf(patient).device.mailbox).toBe(moved)
    expect([...map.keys()].filter(key => key.startsWith('told/'))).toHaveLength(1)
    expect(map.has('enrol-again')).toBe(false)
    expect(sessionOf(patient).problem.value).toBeNull()
  })

  it('forgets an invitation that was used by somebody else, and says so', async () => {
    const { patient } = await setBack()
    const session = sessionOf(patient)
    await expect(session.enrolAgain('A'.repeat(43))).rejects.toMatchObject({
      context: { code: 'invitation/unknown' },
    })
    await expect(session.enrolAgain('no link')).rejects.toMatchObject({ code: 'console/no-invitation' })
    expect(patient.platform.map.has('enrol-again')).toBe(false)
  })

  it.each(['kid', 'role'])('does not believe a clinic that names another %s', async field => {
    const { clinic, patient } = await setBack()
    if (field === 'kid') clinic.names = 'A'.repeat(43)
    const invitation = clinic.invite(field === 'role' ? 'doctor' : 'patient')
    await expect(sessionOf(patient).enrolAgain(invitation)).rejects.toMatchObject({
      code: 'console/bad-answer',
      context: { field },
    })
  })

  it('ends no block by moving', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    await coverWithKit(patient)
    await setBlocked(sessionOf(doctor).unlocked, pairOf(doctor), true)
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    clinic.forget(sessionOf(doctor).device.kid)
    await sessionOf(doctor).enrolAgain(clinic.invite('doctor'))
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]).toMatchObject({
      isBlockedByPeer: true,
      peerBox: sessionOf(doctor).device.mailbox,
    })
  })
})
