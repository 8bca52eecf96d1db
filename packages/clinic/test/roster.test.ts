import {
  checkNextRoster,
  nameIn,
  parseRoster,
  rosterDigest,
  rosterError,
  rosterMessage,
} from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const expectCode = codesRaised(rosterError)
const origin = 'https://clinic.example'
const mailbox = 'AAAAAAAAAAAAAAAAAAAAAA'

interface Officer {
  readonly kid: string
  readonly verifyingKey: Uint8Array
  sign(text: Uint8Array): { readonly kid: string; readonly signature: Uint8Array }
}

function newOfficer(): Officer {
  const key = SigningKey.generate(systemRandom)
  const verifyingKey = verifyingKeyOf(key)
  const kid = thumbprintOf(verifyingKey)
  return { kid, verifyingKey, sign: text => ({ kid, signature: sign(key, rosterMessage(text)) }) }
}

const [a, b, c] = [newOfficer(), newOfficer(), newOfficer()]
const keys = new Map([a, b, c].map(one => [one.kid, one.verifyingKey]))
const keyOf = async (kid: string): Promise<Uint8Array | null> => keys.get(kid) ?? null

const fields = { v: 1, origin, seq: 1, previous: '', officers: [a.kid], threshold: 1, people: [] }
const textOf = (changes: object = {}): Uint8Array => encodeUtf8(JSON.stringify({ ...fields, ...changes }))

describe('a roster', () => {
  it('is read as it is written', () => {
    const people = [{ kid: b.kid, role: 'patient', mailbox }]
    expect(parseRoster(textOf({ people }))).toEqual({
      origin,
      seq: 1,
      previous: '',
      officers: [a.kid],
      threshold: 1,
      people,
    })
  })

  it('names staff, each by a line that shows what it is, and no patient', async () => {
    const nurse = { kid: b.kid, role: 'custodian', mailbox }
    const read = (name: unknown, role = 'custodian') =>
      parseRoster(textOf({ people: [{ ...nurse, role, name }] }))
    for (const name of ['Eva', 'Dr. Núria O’Neill-Šťastná', '山田 花子', 'a'.repeat(80)])
      expect(nameIn(read(name), b.kid)).toBe(name)
    expect([nameIn(read('Eva'), c.kid), nameIn(parseRoster(textOf({ people: [nurse] })), b.kid)]).toEqual([
      null,
      null,
    ])
    const twins = textOf({ people: [nurse, { ...nurse, kid: c.kid }].map(one => ({ ...one, name: 'Eva' })) })
    expect(nameIn(parseRoster(twins), c.kid)).toBe(`Eva (${c.kid.slice(0, 8)})`)
    const bad = [
      '',
      ' ',
      ' Eva',
      'Eva ',
      'E  va',
      'E\nva',
      'E\tva',
      'E\u00a0va',
      'E\u2028va',
      'Eva\u200b',
      'a'.repeat(81),
    ]
    for (const name of [...bad, '\u202eavE', 'Nu\u0301ria', 'E\ue000', '\ud800', '\u3164', 7, null, ['Eva']])
      await expectCode('roster/invalid', () => read(name))
    await expectCode('roster/invalid', () => read('Rosa', 'patient'))
  })

  it('is refused where a field is not what it must be', async () => {
    const person = { kid: b.kid, role: 'patient', mailbox }
    const bad = [
      { v: 2 },
      { seq: 0 },
      { seq: 1.5 },
      { officers: [] },
      { officers: [a.kid, a.kid] },
      { officers: ['short'] },
      { officers: Array.from({ length: 17 }, () => newOfficer().kid) },
      { threshold: 0 },
      { threshold: 2 },
      { people: [person, person] },
      { people: [{ ...person, role: 'king' }] },
      { people: [{ ...person, kid: 'short' }] },
      { people: [{ ...person, mailbox: 'short' }] },
      { people: [{ ...person, name: 'Rosa' }] },
      {
        people: Array.from({ length: 2_001 }, (_, i) => ({
          ...person,
          kid: `${i}`.padStart(42, '0').concat('A'),
        })),
      },
      { more: 1 },
    ]
    for (const changes of bad) await expectCode('roster/invalid', () => parseRoster(textOf(changes)))
    await expectCode('roster/invalid', () => parseRoster(encodeUtf8('{')))
    await expectCode('roster/invalid', () => parseRoster(Uint8Array.of(0xff)))
  })
})

describe('the next roster', () => {
  const check = (
    text: Uint8Array,
    by: readonly Officer[],
    latest: Uint8Array | null = null,
  ): Promise<readonly string[]> =>
    checkNextRoster(
      text,
      by.map(one => one.sign(text)),
      { origin, latest, keyOf },
    )
  const first = textOf({ officers: [a.kid, b.kid], threshold: 2 })

  it('is signed by enough officers of the one before, whatever it says itself', async () => {
    expect(await check(first, [b, a])).toEqual([a.kid, b.kid])
    const next = textOf({ seq: 2, previous: rosterDigest(first), officers: [c.kid] })
    expect(await check(next, [a, c, b], first)).toEqual([a.kid, b.kid])
    await expectCode('roster/not-signed', () => check(next, [c, a], first))
    await expectCode('roster/not-signed', () => check(next, [a, a], first))
  })

  it('needs signatures of this text, by keys that are known', async () => {
    const other = textOf({ officers: [a.kid], people: [{ kid: b.kid, role: 'doctor', mailbox }] })
    const moved = () => checkNextRoster(textOf(), [a.sign(other)], { origin, latest: null, keyOf })
    await expectCode('roster/not-signed', moved)
    const stranger = newOfficer()
    await expectCode('roster/not-signed', () => check(textOf({ officers: [stranger.kid] }), [stranger]))
  })

  it('follows the newest one of this clinic', async () => {
    await expectCode('roster/gap', () => check(textOf({ seq: 2 }), [a]))
    await expectCode('roster/gap', () => check(textOf({ previous: rosterDigest(first) }), [a]))
    await expectCode('roster/gap', () => check(textOf({ seq: 2, previous: '' }), [a, b], first))
    await expectCode('roster/conflict', () => check(textOf(), [a], first))
    await expectCode('roster/invalid', () => check(textOf({ origin: 'https://other.example' }), [a]))
  })

  it('has as many officers who can sign as the one behind it needs', async () => {
    const [stranger, other] = [newOfficer().kid, newOfficer().kid]
    const next = (officers: readonly string[], threshold: number): Uint8Array =>
      textOf({ seq: 2, previous: rosterDigest(first), officers, threshold })
    await expectCode('roster/invalid', () => check(next([stranger], 1), [a, b], first))
    await expectCode('roster/invalid', () => check(next([stranger, c.kid, other], 2), [a, b], first))
    expect(await check(next([stranger, c.kid, other], 1), [a, b], first)).toEqual([a.kid, b.kid])
  })
})
