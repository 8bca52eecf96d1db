/** SMART Health Cards of three makers: jose, kill-the-clipboard, HL7. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, deflateSync } from 'node:zlib'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  decodeHealthCard,
  formatHealthCardQr,
  healthCardsIn,
  parseHealthCardQr,
  shcError,
  type VerifyCardOptions,
  verifyHealthCard,
} from '@chartseal/ipfs-envelope/shc'
import { codeOf, codesRaised, hostileText, propertyRuns, sharedFolder } from '@chartseal/testkit'
import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import {
  CompactSign,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  type JWK,
} from 'jose'
import { SHCIssuer } from 'kill-the-clipboard'
import { describe, expect, it } from 'vitest'
import { bundle, json, noonMs } from './shl-world.js'

const issuer = 'https://lab.example/cards'
const pair = await generateKeyPair('ES256', { extractable: true })
const publicJwk = await exportJWK(pair.publicKey)
const kid = await calculateJwkThumbprint(publicJwk)
const published: JWK = { ...publicJwk, kid, use: 'sig', alg: 'ES256' }
const nowSeconds = noonMs / 1000

const claims = {
  iss: issuer,
  nbf: nowSeconds - 60,
  vc: {
    type: ['https://smarthealth.cards#health-card', 'https://smarthealth.cards#immunization'],
    credentialSubject: { fhirVersion: '4.0.1', fhirBundle: { ...bundle } },
  },
}

async function sign(payload: unknown, header: object = {}): Promise<string> {
  const deflated = payload instanceof Uint8Array ? payload : deflateRawSync(json(payload))
  const protectedHeader = { alg: 'ES256', zip: 'DEF', kid, ...header }
  return new CompactSign(deflated).setProtectedHeader(protectedHeader).sign(pair.privateKey)
}

/** What issuers publish. */
const site =
  (pages: Readonly<Record<string, unknown>>): VerifyCardOptions['fetch'] =>
  async url =>
    url in pages ? Response.json(pages[url]) : new Response('', { status: 404 })

const jwksUrl = `${issuer}/.well-known/jwks.json`
const crlUrl = `${issuer}/.well-known/crl/${kid}.json`
const fetch = site({ [jwksUrl]: { keys: [{ kty: 'RSA' }, published] } })
const options: VerifyCardOptions = { fetch, nowMs: noonMs, issuers: [issuer] }
const verify = (jws: string, more: Partial<VerifyCardOptions> = {}) =>
  verifyHealthCard(jws, { ...options, ...more })
const asKey = (key: object) => ({ fetch: site({ [jwksUrl]: { keys: [key] } }) })

const expectCode = codesRaised(shcError)

describe('a health card', () => {
  it('made by jose is accepted, and says what it says', async () => {
    expect(await verify(await sign({ ...claims, exp: nowSeconds + 60 }))).toEqual({
      issuer,
      kid,
      fromSeconds: nowSeconds - 60,
      expSeconds: nowSeconds + 60,
      types: claims.vc.type,
      fhirVersion: '4.0.1',
      bundle,
      revocationId: null,
    })
  })

  it('made by kill-the-clipboard is accepted, also from its QR codes', async () => {
    const maker = new SHCIssuer({
      issuer,
      privateKey: await exportPKCS8(pair.privateKey),
      publicKey: await exportSPKI(pair.publicKey),
    })
    const card = await maker.issue({
      ...bundle,
      entry: [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient' } }],
    } as never)
    const accepted = await verify(card.asJWS(), { nowMs: Date.now() + 60_000 })
    expect([accepted.issuer, accepted.kid]).toEqual([issuer, kid])
    expect(parseHealthCardQr(card.asQRNumeric())).toBe(card.asJWS())
  })

  it('in a file is one of a list', async () => {
    expect(healthCardsIn('{"verifiableCredential":["a.b.c","d.e.f"]}')).toEqual(['a.b.c', 'd.e.f'])
    expect(await codeOf(() => healthCardsIn('{"verifiableCredential":[1]}'))).toBe('json/invalid')
  })

  it('is refused when one character of it was changed', async () => {
    const jws = await sign(claims)
    for (let i = 0; i < jws.length; i++) {
      if (jws[i] === '.') continue
      const changed = `${jws.slice(0, i)}${jws[i] === 'A' ? 'B' : 'A'}${jws.slice(i + 1)}`
      await expect(verify(changed, { issuers: 'any' }), `${i}`).rejects.toBeInstanceOf(ChartsealError)
    }
  })

  it('whose form is wrong is refused without asking anybody', async () => {
    const nobody = {
      fetch: async () => Promise.reject(new Error('nobody may be asked')),
      issuers: 'any',
    } as const
    const jws = await sign(claims)
    const [header = '', payload = '', signature = ''] = jws.split('.')
    for (const text of [
      '',
      'a.b',
      `${jws}.x`,
      `${header}.${payload}.AAAA`,
      `${header}=.${payload}.${signature}`,
      `e30.${payload}.${signature}`,
    ])
      await expectCode('shc/bad-jws', () => verify(text, nobody))
    for (const other of [{ zip: 'GZ' }, { kid: 'x' }, { kid: undefined }])
      await expectCode('shc/bad-jws', async () => verify(await sign(claims, other), nobody))
    const critical = [
      encodeBase64Url(json({ alg: 'ES256', zip: 'DEF', kid, crit: ['x'] })),
      payload,
      signature,
    ].join('.')
    await expectCode('shc/bad-jws', () => verify(critical, nobody))
    const none = [encodeBase64Url(json({ alg: 'none', zip: 'DEF', kid })), payload, signature].join('.')
    await expectCode('shc/bad-jws', () => verify(none, nobody))
    await expectCode('shc/bad-jws', async () => verify(await sign(json(claims)), nobody))
    await expectCode('shc/bad-jws', async () =>
      verify(await sign(new Uint8Array(deflateSync(json(claims)))), nobody),
    )
    await expectCode('shc/too-large', () => verify('x'.repeat(1_000_001), nobody))
    await expectCode('shc/too-large', async () =>
      verify(await sign(new Uint8Array(deflateRawSync(new Uint8Array(6_000_000)))), nobody),
    )
  })

  it('that says something else than a card says is refused', async () => {
    const { vc } = claims
    const subject = vc.credentialSubject
    for (const payload of [
      [],
      {},
      { ...claims, nbf: '1' },
      { ...claims, nbf: -1 },
      { ...claims, iss: 7 },
      { ...claims, vc: { ...vc, type: ['other'] } },
      { ...claims, vc: { ...vc, rid: 'x'.repeat(25) } },
      { ...claims, vc: { ...vc, rid: 'a.b' } },
      {
        ...claims,
        vc: { ...vc, credentialSubject: { ...subject, fhirBundle: { resourceType: 'Patient' } } },
      },
      { ...claims, vc: { ...vc, credentialSubject: { ...subject, fhirVersion: undefined } } },
    ])
      await expectCode('shc/bad-card', async () => decodeHealthCard(await sign(payload)))
  })

  it('counts by its time', async () => {
    await expectCode('shc/not-yet-valid', async () => verify(await sign({ ...claims, nbf: nowSeconds + 1 })))
    await expectCode('shc/expired', async () => verify(await sign({ ...claims, exp: nowSeconds - 1 })))
    await expectCode('accepted', async () =>
      verify(await sign({ ...claims, nbf: nowSeconds, exp: nowSeconds })),
    )
  })

  it('is of an issuer that is trusted, named by an https URL without a slash at its end', async () => {
    const asked: string[] = []
    const watched: Partial<VerifyCardOptions> = {
      issuers: ['https://other.example'],
      async fetch(url) {
        asked.push(url)
        return new Response()
      },
    }
    await expectCode('shc/untrusted-issuer', async () => verify(await sign(claims), watched))
    for (const iss of [
      `${issuer}/`,
      'http://lab.example',
      'lab',
      'https://a@lab.example',
      'https://lab.example?x',
      'https://lab.example#x',
    ])
      await expectCode('shc/bad-issuer', async () =>
        verify(await sign({ ...claims, iss }), { ...watched, issuers: 'any' }),
      )
    expect(asked).toEqual([])
    await expectCode('shc/keys-unavailable', async () => {
      return verify(await sign({ ...claims, iss: 'https://10.0.0.1' }), { ...watched, issuers: 'any' })
    })
  })

  it('is signed by the key that its issuer publishes, under its own thumbprint', async () => {
    const jws = await sign(claims)
    await expectCode('shc/keys-unavailable', () => verify(jws, { fetch: site({}) }))
    await expectCode('shc/keys-unavailable', () => verify(jws, { fetch: site({ [jwksUrl]: [] }) }))
    await expectCode('shc/unknown-key', () => verify(jws, { fetch: site({ [jwksUrl]: { keys: [] } }) }))
    await expectCode('shc/unknown-key', () => verify(jws, asKey({ ...published, use: 'enc' })))
    const other = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)
    for (const wrong of [
      { ...published, x: other.x },
      { ...published, alg: 'ES384' },
      { ...published, d: 'AAAA' },
    ])
      await expectCode('shc/bad-key', () => verify(jws, asKey(wrong)))
    const forger = await generateKeyPair('ES256')
    const forged = await new CompactSign(deflateRawSync(json(claims)))
      .setProtectedHeader({ alg: 'ES256', zip: 'DEF', kid })
      .sign(forger.privateKey)
    await expectCode('shc/bad-signature', () => verify(forged))
  })

  it('is refused when its key has coordinates of another form, though its thumbprint is right', async () => {
    for (const x of ['AAAA', '****']) {
      const thumbprint = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x, y: `${published.y}` })
      const jws = await sign(claims, { kid: thumbprint })
      await expectCode('shc/bad-key', () => verify(jws, asKey({ ...published, x, kid: thumbprint })))
    }
  })

  it('is refused when its issuer took it back, by its id and, where there is one, the time', async () => {
    const jws = await sign({ ...claims, vc: { ...claims.vc, rid: 'card-7' } })
    const judge = (list: unknown, card = jws) =>
      verify(card, {
        fetch: site({ [jwksUrl]: { keys: [{ ...published, crlVersion: 1 }] }, [crlUrl]: list }),
      })
    const list = (...rids: readonly string[]) => ({ kid, method: 'rid', ctr: 1, rids })
    await expectCode('shc/revoked', () => judge(list('x', 'card-7')))
    await expectCode('shc/revoked', () => judge(list(`card-7.${nowSeconds}`)))
    for (const rids of [[], ['card-70'], [`card-7.${nowSeconds - 60}`]])
      await expectCode('accepted', () => judge(list(...rids)))
    for (const other of [
      undefined,
      {},
      { ...list(), kid: 'x' },
      { ...list(), method: 'x' },
      { ...list(), rids: [1] },
      { ...list(), ctr: 0 },
      ...['card-7.17x', 'card-7.', 'card-7.2026-11-29', 'card-7.1.2', '', 'x'.repeat(25)].map(rid =>
        list(rid),
      ),
    ])
      await expectCode('shc/revocation-unavailable', () => judge(other))
    // Without an id there is nothing to look for.
    await expectCode('accepted', async () => judge(undefined, await sign(claims)))
  })
})

describe('a QR code of a card', () => {
  const jwsText = fc
    .array(fc.constantFrom(...'ABCXYZabcxyz0189-_.'), { minLength: 1, maxLength: 4_000 })
    .map(all => all.join(''))

  it('gives the card back, from one code or many in any order', () => {
    fc.assert(
      fc.property(jwsText, jws => {
        const codes = formatHealthCardQr(jws)
        expect(codes.length).toBe(jws.length <= 1195 ? 1 : Math.ceil(jws.length / 1191))
        expect(parseHealthCardQr(codes.toReversed())).toBe(jws)
        for (const code of codes) expect(code).toMatch(/^shc:\/(\d+\/\d+\/)?(\d\d)+$/)
      }),
      propertyRuns(50),
    )
  })

  it('is as the specification prints it', () => {
    expect(formatHealthCardQr('X')).toEqual(['shc:/43'])
    expect(formatHealthCardQr('eyJ')).toEqual(['shc:/567629'])
  })

  it('of any other text, or of a set that is not whole, is refused', async () => {
    const [first = '', second = ''] = formatHealthCardQr('A'.repeat(1200))
    for (const codes of [
      [],
      ['shc:/'],
      ['shc:/5'],
      ['shc:/99'],
      ['shc:/2/1/43'],
      ['SHC:/43'],
      [first],
      [first, first],
      [first, 'shc:/43'],
      [first, second, second],
      ['shc:/0/1/43'],
    ])
      await expectCode('shc/bad-qr', () => parseHealthCardQr(codes))
    await expectCode('shc/bad-qr', () => formatHealthCardQr('a b'))
    await expectCode('shc/bad-qr', () => formatHealthCardQr('A'.repeat(99 * 1191 + 1)))
    await fc.assert(
      fc.asyncProperty(fc.array(hostileText), async codes =>
        /^(accepted|shc\/bad-qr)$/.test(await codeOf(() => parseHealthCardQr(codes))),
      ),
      propertyRuns(),
    )
  })

  it('and a JWS of any text are refused with a code', async () => {
    const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }).map(encodeBase64Url), hostileText), {
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(parts, async all =>
        (await codeOf(() => decodeHealthCard(all.join('.')))).startsWith('shc/'),
      ),
      propertyRuns(200),
    )
  })
})

const shared = sharedFolder('data', 'shl')

describe.skipIf(shared === null)('the example of HL7', () => {
  const jws = shared === null ? '' : readFileSync(join(shared, 'example-00-d-jws.txt'), 'utf8').trim()

  it('is accepted under the key whose thumbprint it names', async () => {
    const { card, signed, signature } = await decodeHealthCard(jws)
    // The key is not in the card: of the keys that could have made the signature one has that thumbprint.
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(signed)))
    const keys = await Promise.all(
      [0, 1].map(async bit => {
        const recovered = p256.Signature.fromBytes(signature, 'compact')
          .addRecoveryBit(bit)
          .recoverPublicKey(digest)
          .toBytes(false)
        const [x, y] = [recovered.subarray(1, 33), recovered.subarray(33)].map(part => encodeBase64Url(part))
        const key = { kty: 'EC', crv: 'P-256', x: `${x}`, y: `${y}` }
        return { ...key, use: 'sig', alg: 'ES256', kid: await calculateJwkThumbprint(key) }
      }),
    )
    expect(keys.map(key => key.kid)).toContain(card.kid)
    const accepted = await verifyHealthCard(jws, {
      fetch: site({ [`${card.issuer}/.well-known/jwks.json`]: { keys } }),
      nowMs: noonMs,
      issuers: [card.issuer],
    })
    expect(accepted.types).toContain('https://smarthealth.cards#health-card')
    expect(accepted.fhirVersion).toBe('4.0.1')
    expect(parseHealthCardQr(formatHealthCardQr(jws))).toBe(jws)
  })
})
