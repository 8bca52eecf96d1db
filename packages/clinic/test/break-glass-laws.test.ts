import {
  hashOf,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  parseEmergencyEvent,
  parseEmergencyRequest,
} from '@chartseal/clinic/break-glass'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ana, doctor, minuteMs, setWith, startMs } from './break-glass-people.js'
import { asked } from './break-glass-world.js'

const world = { clock: fixedClock(startMs), random: systemRandom }

describe('statements of break-glass', () => {
  it('say after the way what they said before, in any words', async () => {
    const { set } = await setWith()
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    const minutes = fc.integer({ min: 1, max: 30 })
    const reasons = fc.constantFrom('ETREAT' as const, 'BTG' as const)
    await fc.assert(
      fc.asyncProperty(words, minutes, reasons, async (text, decide, reason) => {
        fc.pre(text.trim() !== '' && text.isWellFormed())
        const times = { decideByMs: startMs + decide * minuteMs, accessUntilMs: startMs + 31 * minuteMs }
        const { statement } = await makeEmergencyRequest(doctor, set, { reason, text, ...times }, world)
        const again = parseEmergencyRequest(statement.bytes)
        expect(again).toEqual(statement)
        expect(again.by).toBe(doctor.kid)
        expect(again.content).toMatchObject({ text, reason, ...times })
        expect(again.hash).toEqual(hashOf(statement.bytes))
        const denial = await makeDenial(ana, statement, text, world)
        expect(parseEmergencyEvent(denial.bytes)).toEqual(denial)
      }),
      propertyRuns(40, 15),
    )
  })

  it('are refused where the words are not well-formed, before anything is signed', async () => {
    const { set } = await setWith()
    const times = { decideByMs: startMs + minuteMs, accessUntilMs: startMs + minuteMs }
    const lone = { reason: 'BTG', text: 'x\ud800', ...times } as const
    expect(await codeOf(() => makeEmergencyRequest(doctor, set, lone, world))).toBe('break-glass/invalid')
    const one = await asked()
    const state = one.clinic.seen(one.name)
    expect(await codeOf(() => makeClosed(doctor, state, '\udfff', world))).toBe('break-glass/invalid')
  })
})
