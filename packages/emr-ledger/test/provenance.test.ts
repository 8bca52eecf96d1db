import { SigningKey } from '@chartseal/core/ed25519'
import { decodeBase64, decodeUtf8, encodeBase64, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { ed25519Signer, keyIdOf, type MemberKey, type RecordSigner } from '@chartseal/emr-ledger'
import {
  dispensingOf,
  medicationError,
  signProvenance,
  verifyProvenance,
  writeMedicationDispense,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import { findingsR4, lackingR4 } from '@chartseal/testkit/fhir'
import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import { FlattenedSign, flattenedVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { drops, party, rosa } from './fhir-forms.js'

// The others are raised in fhir-hostile.test.ts.
const ours = ['bad-jws', 'unknown-key', 'wrong-signature', 'other-target'].map(name => `medication/${name}`)
const expectCode = codesRaised(
  medicationError,
  medicationError.codes.filter(code => !ours.includes(code)),
)

interface Person {
  readonly signer: RecordSigner
  readonly key: MemberKey
  readonly jwk: Record<string, string>
}

const url = encodeBase64Url
function onP256(seed: number): Person {
  const secret = new Uint8Array(32).fill(seed)
  const publicKey = p256.getPublicKey(secret, false)
  const jwk = { crv: 'P-256', kty: 'EC', x: url(publicKey.slice(1, 33)), y: url(publicKey.slice(33)) }
  const key = { algorithm: 'ES256', publicKey } as const
  // As an HSM does that takes digests.
  const sign = (_: Uint8Array, digest: Uint8Array): Uint8Array =>
    p256.sign(digest, secret, { prehash: false })
  return { signer: { ...key, kid: keyIdOf('ES256', publicKey), sign }, key, jwk }
}

function onEd25519(seed: number): Person {
  const signer = ed25519Signer(new SigningKey(new Uint8Array(32).fill(seed)))
  const jwk = { crv: 'Ed25519', kty: 'OKP', x: url(signer.publicKey) }
  return { signer, key: signer, jwk }
}

const people = [
  ['ES256', onP256(7)],
  ['EdDSA', onEd25519(8)],
] as const
const stored = writeMedicationRequest(drops, 'R5')
const seconds = 1_796_000_000
const options = { id: 'p-1', who: party('Practitioner/okafor', 'Dr. Okafor'), seconds }
const [[, okafor]] = people

const json = (bytes: Uint8Array) => JSON.parse(decodeUtf8(bytes))
const bytesOf = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value))
const jwsIn = (provenance: Uint8Array): string => decodeUtf8(decodeBase64(json(provenance).signature[0].data))
const withJws = (provenance: Uint8Array, jws: string): Uint8Array => {
  const changed = json(provenance)
  changed.signature[0].data = encodeBase64(encodeUtf8(jws))
  return bytesOf(changed)
}
const headerOf = (fields: object): string => url(encodeUtf8(JSON.stringify(fields)))
const signed = (person: Person = okafor): Promise<Uint8Array> =>
  signProvenance(stored, person.signer, options)

describe('a Provenance', () => {
  it.each(people)('proves with %s who signed these bytes, and when', async (alg, person) => {
    const provenance = await signed(person)
    expect(verifyProvenance(provenance, stored, () => person.key)).toEqual({
      kid: person.signer.kid,
      seconds,
      target: 'MedicationRequest/rx-1',
      who: options.who,
    })
    expect(findingsR4('Provenance', json(provenance))).toEqual([])
    expect(lackingR4('Provenance', json(provenance))).toEqual([])
    expect(lackingR4('Provenance', { ...json(provenance), agent: [{}] })).toEqual(['Provenance.agent.who'])
    expect(JSON.parse(atob(jwsIn(provenance).split('.')[0] ?? ''))).toMatchObject({ alg, iat: seconds })
  })

  it.each(people)('with %s is verified by jose, and takes what jose signed', async (alg, person) => {
    const provenance = await signed(person)
    const [header = '', , signature = ''] = jwsIn(provenance).split('.')
    const key = await importJWK(person.jwk, alg)
    const verified = await flattenedVerify({ protected: header, payload: url(stored), signature }, key)
    expect(verified.payload).toEqual(stored)
    const d = url(new Uint8Array(32).fill(alg === 'ES256' ? 7 : 8))
    const made = await new FlattenedSign(stored)
      .setProtectedHeader({ alg, iat: seconds, kid: url(person.signer.kid) })
      .sign(await importJWK({ ...person.jwk, d }, alg))
    const theirs = withJws(provenance, `${made.protected}..${made.signature}`)
    expect(verifyProvenance(theirs, stored, () => person.key).seconds).toBe(seconds)
  })

  it('of a dispensing names who performed it', async () => {
    const given = { id: 'd-1', dispenser: party('Practitioner/lee'), handedOver: '2026-12-01', txid: null }
    const dispense = writeMedicationDispense(dispensingOf(rosa, 30, given), 'R4')
    const provenance = await signProvenance(dispense, okafor.signer, options)
    expect(json(provenance).agent[0].type.coding[0].code).toBe('performer')
    expect(verifyProvenance(provenance, dispense, () => okafor.key).target).toBe('MedicationDispense/d-1')
  })

  it.each(people)('with %s is about these bytes alone', async (_, person) => {
    const provenance = await signed(person)
    fc.assert(
      fc.property(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const other = stored.map((byte, i) => (i === at ? byte ^ change : byte))
        expect(() => verifyProvenance(provenance, other, () => person.key)).toThrow()
      }),
      propertyRuns(40, 20),
    )
    const same = encodeUtf8(decodeUtf8(stored).replace('1.50', '1.5'))
    await expectCode('medication/wrong-signature', () => verifyProvenance(provenance, same, () => person.key))
  })

  it('is refused when any bit of its signature or header was changed', async () => {
    const provenance = await signed()
    const jws = jwsIn(provenance)
    fc.assert(
      fc.property(fc.nat(jws.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, letter) => {
        fc.pre(jws[at] !== letter)
        const changed = withJws(provenance, jws.slice(0, at) + letter + jws.slice(at + 1))
        expect(() => verifyProvenance(changed, stored, kid => keyOf(kid))).toThrow()
      }),
      propertyRuns(40, 20),
    )
  })
})

const keyOf = (kid: Uint8Array): MemberKey | null => (url(kid) === url(okafor.signer.kid) ? okafor.key : null)

describe('a Provenance of others', () => {
  it('is refused unless it is about this resource', async () => {
    const provenance = await signed()
    const other = writeMedicationRequest({ ...drops, id: 'rx-2' }, 'R5')
    await expectCode('medication/other-target', () => verifyProvenance(provenance, other, keyOf))
    const target = [{ reference: 'MedicationRequest/rx-2' }]
    await expectCode('medication/other-target', () =>
      verifyProvenance(bytesOf({ ...json(provenance), target }), stored, keyOf),
    )
  })

  it('is refused with a key that is not known, or of another algorithm', async () => {
    const provenance = await signed()
    await expectCode('medication/unknown-key', () => verifyProvenance(provenance, stored, () => null))
    for (const algorithm of ['Ed25519', 'ES256K'] as const)
      await expectCode('medication/wrong-signature', () =>
        verifyProvenance(provenance, stored, () => ({ ...okafor.key, algorithm })),
      )
    await expectCode('medication/wrong-signature', () =>
      verifyProvenance(provenance, stored, () => onP256(9).key),
    )
  })

  it('has a detached JWS in the one form of this project', async () => {
    const provenance = await signed()
    const [header = '', , signature = ''] = jwsIn(provenance).split('.')
    const kid = url(okafor.signer.kid)
    const fields = { alg: 'ES256', iat: seconds, kid }
    for (const jws of [
      '.',
      header,
      `${header}.${signature}`,
      `${header}.e30.${signature}`,
      `${header}..${signature}.`,
      `${header}..${signature}AA`,
      `${header}..${signature}=`,
      `x..${signature}`,
      `${headerOf({ ...fields, alg: 'none' })}..${signature}`,
      `${headerOf({ ...fields, alg: 'HS256' })}..${signature}`,
      `${headerOf({ ...fields, iat: -1 })}..${signature}`,
      `${headerOf({ ...fields, iat: 1e15 })}..${signature}`,
      `${headerOf({ ...fields, kid: 'AA' })}..${signature}`,
      `${headerOf({ alg: 'ES256', kid, iat: seconds })}..${signature}`,
      `${headerOf({ ...fields, crit: ['b64'], b64: false })}..${signature}`,
      `${headerOf([])}..${signature}`,
    ])
      await expectCode('medication/bad-jws', () => verifyProvenance(withJws(provenance, jws), stored, keyOf))
  })

  it('has the times that were signed, one agent and one signature of that agent', async () => {
    const whole = json(await signed())
    const [signature] = whole.signature
    const [agent] = whole.agent
    for (const more of [
      { resourceType: 'AuditEvent' },
      { recorded: '2026-11-30T09:00:00Z' },
      { recorded: 'now' },
      { signature: [{ ...signature, when: '2026-11-30T09:00:00Z' }] },
      { signature: [{ ...signature, who: { reference: 'Practitioner/lee' } }] },
      { signature: [{ ...signature, sigFormat: 'application/signature+xml' }] },
      { signature: [{ ...signature, targetFormat: 'application/fhir+xml' }] },
      { signature: [{ ...signature, data: 'ü' }] },
      { signature: [{ ...signature, type: [{ system: 'x', code: 'y' }] }] },
      { signature: [signature, signature] },
      { agent: [agent, agent] },
      { agent: [{ ...agent, type: { coding: [{ system: 'x', code: 'author' }] } }] },
    ])
      expect(await codeOf(() => verifyProvenance(bytesOf({ ...whole, ...more }), stored, keyOf))).toBe(
        'medication/invalid',
      )
    for (const [more, code] of [
      [{ signature: undefined }, 'missing'],
      [{ entity: [{}] }, 'not-kept'],
      [{ modifierExtension: [{}] }, 'modifier'],
      [{ agent: [{ ...agent, onBehalfOf: {} }] }, 'not-kept'],
    ] as const)
      expect(await codeOf(() => verifyProvenance(bytesOf({ ...whole, ...more }), stored, keyOf))).toBe(
        `medication/${code}`,
      )
    const named = { ...whole, meta: {}, activity: { text: 'x' } }
    expect(verifyProvenance(bytesOf(named), stored, keyOf).seconds).toBe(seconds)
  })
})

describe('signing', () => {
  it('is refused for what cannot be signed here', async () => {
    const k256: RecordSigner = { ...okafor.signer, algorithm: 'ES256K' }
    await expectCode('medication/bad-jws', () => signProvenance(stored, k256, options))
    for (const wrong of [-1, 0.5, 1e12])
      await expect(signProvenance(stored, okafor.signer, { ...options, seconds: wrong })).rejects.toThrow(
        RangeError,
      )
    for (const change of [
      { sign: () => new Uint8Array(70) },
      { sign: () => new Uint8Array(64) },
      { kid: new Uint8Array(32) },
      { publicKey: onP256(9).signer.publicKey },
    ])
      await expectCode('medication/wrong-signature', () =>
        signProvenance(stored, { ...okafor.signer, ...change }, options),
      )
    expect(
      await codeOf(() => signProvenance(bytesOf({ resourceType: 'Patient' }), okafor.signer, options)),
    ).toBe('medication/invalid')
    const nameless = writeMedicationRequest({ ...rosa, id: null }, 'R4')
    expect(await codeOf(() => signProvenance(nameless, okafor.signer, options))).toBe('medication/missing')
    const nobody = { ...options, who: { reference: null, identifier: null, display: 'x' } }
    expect(await codeOf(() => signProvenance(stored, okafor.signer, nobody))).toBe('medication/invalid')
  })
})
