import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, pairOf, relocked, say, sessionOf, threadOf, twoPeople } from './people.js'

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people, writing: createComposer(sessionOf(people.doctor), pairOf(people.doctor)) }
}

const html = (status: number): Response =>
  new Response('<h1>Back soon</h1>', { status, headers: { 'content-type': 'text/html' } })

describe('an answer that is not of the clinic', () => {
  it.each([
    ['a page of maintenance', () => html(200)],
    ['a page that there is none', () => html(404)],
    ['a gateway that fails', () => html(502)],
    ['an empty answer', () => new Response(null, { status: 204 })],
    ['JSON of something else', () => Response.json({ ok: true })],
  ])('stores nothing: %s', async (_, answer) => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.between = ({ method }) => (method === 'PUT' ? answer() : null)
    await say(writing, 'still here')
    await sessionOf(doctor).sync()
    expect((await threadOf(doctor)).map(({ state }) => state)).toEqual(['sealed'])
    expect(sessionOf(doctor).isOnline.value).toBe(false)
    clinic.between = null
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect((await threadOf(patient)).map(({ text }) => text)).toEqual(['still here'])
  })

  it('is held back, and not tried for ever, when a proxy finds it too large', async () => {
    const { clinic, doctor, writing } = await covered()
    clinic.between = ({ method }) => (method === 'PUT' ? html(413) : null)
    await say(writing, 'large')
    await sessionOf(doctor).sync()
    expect((await threadOf(doctor)).map(({ state }) => state)).toEqual(['failed'])
  })

  it('acknowledges nothing and ends no device', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'once')
    await sessionOf(doctor).sync()
    clinic.between = ({ method }) => (method === 'DELETE' ? html(200) : null)
    await sessionOf(patient).sync()
    expect(sessionOf(patient).isOnline.value).toBe(false)
    await expect(patient.app.endDevice()).rejects.toMatchObject({ code: 'console/offline' })
    expect(patient.app.status.value).toBe('unlocked')
    clinic.between = null
    await sessionOf(patient).sync()
    expect(sessionOf(patient).isOnline.value).toBe(true)
    expect((await threadOf(patient)).map(({ text }) => text)).toEqual(['once'])
  })

  it('is no other clinic', async () => {
    const { clinic, doctor } = await covered()
    clinic.between = () => html(200)
    await relocked(doctor)
    expect(sessionOf(doctor).problem.value).toBeNull()
    expect(sessionOf(doctor).isOnline.value).toBe(false)
  })
})
