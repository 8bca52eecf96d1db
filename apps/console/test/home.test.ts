import { describe, expect, it } from 'vitest'
import { openPair } from '../dist/state/home.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { pair, sessionOf, twoPeople } from './people.js'

async function twoDoctors() {
  const clinic = fakeClinic()
  const { patient } = await twoPeople(clinic)
  const [first] = sessionOf(patient).pairs.value
  await pair(await enrolled(clinic, 'doctor', 'Dr. Brandt'), patient)
  const pairs = sessionOf(patient).pairs.value
  const second = pairs.find(({ id }) => id !== first?.id)
  if (first === undefined || second === undefined) throw new Error('two pairs are there')
  return { first, second, pairs }
}

describe('which thread the first screen shows', () => {
  it('is the one that the address names, whoever has news', async () => {
    const { first, second, pairs } = await twoDoctors()
    const news = [{ ...second, unread: 1 }, first]
    for (const paired of [pairs, news, news.toReversed()])
      for (const { id } of paired)
        expect(openPair(paired, { role: 'patient', chosen: id, sole: '' })?.id).toBe(id)
  })

  it('is the only one of a patient, and stays it when a second one comes', async () => {
    const { first, second } = await twoDoctors()
    const asked = { role: 'patient', chosen: '', sole: '' } as const
    expect(openPair([first], asked)?.id).toBe(first.id)
    expect(openPair([second, first], { ...asked, sole: first.id })?.id).toBe(first.id)
  })

  it('is nobody while a person has not chosen among two, or names somebody who is not there', async () => {
    const { pairs, first } = await twoDoctors()
    expect(openPair(pairs, { role: 'patient', chosen: '', sole: '' })).toBeNull()
    expect(openPair([first], { role: 'patient', chosen: 'another', sole: first.id })).toBeNull()
    expect(openPair([first], { role: 'doctor', chosen: '', sole: '' })).toBeNull()
    expect(openPair([], { role: 'patient', chosen: '', sole: '' })).toBeNull()
  })
})
