import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { anyText, codeOf, propertyRuns } from '@chartseal/testkit'
import { format, inspect, open, parse, seal } from '@chartseal/wire/v1'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const patient = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => new AeadKey(bytes))

describe('laws of the message format', () => {
  it('opens what it sealed, and only under the same key', async () => {
    const law = fc.asyncProperty(key, key, text, patient, async (mine, other, plaintext, patientId) => {
      const wire = seal(mine, plaintext, patientId)
      expect(open(mine, wire, { expectedPatientId: patientId })).toEqual({ plaintext, patientId })
      expect(await codeOf(() => open(other, wire))).toBe('open/failed')
    })
    await fc.assert(law, propertyRuns())
  })

  it('has one text for one meaning', () => {
    const law = fc.property(key, text, patient, (mine, plaintext, patientId) => {
      const wire = seal(mine, plaintext, patientId)
      expect(format(parse(wire))).toBe(wire)
    })
    fc.assert(law, propertyRuns())
  })

  it('opens no text that differs in one character', async () => {
    const wire = seal(new AeadKey(new Uint8Array(32).fill(7)), 'BP 120/80', 'PAT-12345')
    const replacement = fc.oneof(
      fc.constantFrom(...'ABCZaz09+/=:[]-_ \n'),
      anyText({ minLength: 1, maxLength: 1 }),
    )
    const law = fc.asyncProperty(fc.nat(wire.length - 1), replacement, async (at, character) => {
      fc.pre(wire[at] !== character)
      const changed = wire.slice(0, at) + character + wire.slice(at + 1)
      expect(await codeOf(() => open(new AeadKey(new Uint8Array(32).fill(7)), changed))).toMatch(
        /^(wire\/|open\/failed)/,
      )
    })
    await fc.assert(law, propertyRuns(400, 100))
  })

  it('inspects any text without throwing, and agrees with parse', async () => {
    const nearly = fc
      .array(fc.constantFrom('[', ']', 'MEDCRYPT', 'v1', ':', 'UA==', 'AAAAAAAAAAAAAAAA', '=', 'é'))
      .map(parts => parts.join(''))
    const law = fc.asyncProperty(fc.oneof(nearly, anyText()), async candidate => {
      const answer = inspect(candidate)
      const strict = await codeOf(() => parse(candidate))
      expect(answer.refusal?.code ?? 'accepted').toBe(strict)
    })
    await fc.assert(law, propertyRuns(400, 100))
  })

  it('tells the length and the patient without a key', () => {
    const law = fc.property(key, text, patient, (mine, plaintext, patientId) => {
      const plaintextBytes = encodeUtf8(plaintext).length
      const expected = { refusal: null, message: { version: 1, patientId, plaintextBytes } }
      expect(inspect(seal(mine, plaintext, patientId))).toEqual(expected)
    })
    fc.assert(law, propertyRuns())
  })

  it('seals under a fresh nonce each time', () => {
    const mine = new AeadKey(new Uint8Array(32))
    const wires = Array.from({ length: 1000 }, () => seal(mine, 'same', 'PAT-1'))
    expect(new Set(wires.map(wire => wire.split(':')[3])).size).toBe(1000)
  })
})
