import { encodeUtf8 } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { blockType } from '../dist/pairs/block.js'
import { createComposer } from '../dist/state/composer.js'
import { languages, textsOf } from '../dist/text/texts.js'
import { fakeClinic } from './fake-clinic.js'
import { carry, sealAs } from './lies.js'
import { coverWithKit, pairOf, relocked, sessionOf, threadOf, twoPeople } from './people.js'

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people, writing: createComposer(sessionOf(people.doctor), pairOf(people.doctor)) }
}

const dayMs = 86_400_000

describe('the time that a sender names', () => {
  it.each([Number.MAX_SAFE_INTEGER, 8.64e15, Number.MIN_SAFE_INTEGER])(
    'is kept between 1970 and tomorrow (%d)',
    async sentAtMs => {
      const { clinic, doctor, patient } = await covered()
      carry(clinic, doctor, await sealAs(patient, { content: encodeUtf8('hello'), sentAtMs }))
      await sessionOf(doctor).sync()
      const [row] = await threadOf(doctor)
      expect(row?.text).toBe('hello')
      expect(row?.sentMs).toBeGreaterThanOrEqual(0)
      expect(row?.sentMs).toBeLessThanOrEqual(Date.now() + dayMs)
    },
  )

  it('keeps no block for ever', async () => {
    const { clinic, doctor, patient } = await covered()
    const content = encodeUtf8(JSON.stringify({ blocked: true }))
    carry(clinic, doctor, await sealAs(patient, { mediaType: blockType, content, sentAtMs: 2 ** 52 }))
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).pairs.value[0]?.isBlockedByPeer).toBe(true)
    const answering = createComposer(sessionOf(patient), pairOf(patient))
    for (const one of [doctor, patient]) one.platform.aheadMs = 2 * dayMs
    await answering.block(true)
    await answering.block(false)
    await sessionOf(patient).sync()
    await relocked(doctor)
    expect(sessionOf(doctor).pairs.value[0]?.isBlockedByPeer).toBe(false)
  })

  it.each(languages)('is written, whatever it is, without an error in %s', language => {
    const texts = textsOf(language, () => 0, { timeZone: 'UTC' })
    for (const ms of [Number.MAX_SAFE_INTEGER, -Infinity, Number.NaN]) {
      expect([texts.when(ms), texts.time(ms), texts.moment(ms)]).toEqual(['', '', ''])
    }
    expect(texts.month('nothing')).toBe('')
    expect(texts.when(8.64e15)).not.toBe('')
  })
})
