import {
  formatContentDigest,
  maxSkewMs,
  readSignature,
  requireFresh,
  requireSignature,
  signatureBase,
  signatureError,
  signRequest,
  thumbprintOf,
} from '@chartseal/clinic/signed-request'
import { verify } from '@chartseal/core/ed25519'
import { decodeBase64, decodeBase64Url, decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import {
  check,
  clock,
  headersOf,
  newIdentity,
  nowMs,
  type Sent,
  sent,
  sha256,
} from './signed-request-world.js'

// The others are the server's: it knows which numbers were used, and what belongs to whom.
const expectCode = codesRaised(signatureError, [
  'signature/not-allowed',
  'signature/replayed',
  'signature/too-many',
])
const device = newIdentity()

/** RFC 9421 B.1.4. */
const rfcKey = newIdentity(decodeBase64Url('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'))

describe('the form of a signature', () => {
  it('gives the base and takes the signature of RFC 9421 B.2.6', () => {
    const parameters =
      '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
    const base = signatureBase(
      [
        ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
        ['@method', 'POST'],
        ['@path', '/foo'],
        ['@authority', 'example.com'],
        ['content-type', 'application/json'],
        ['content-length', '18'],
      ],
      parameters,
    )
    const text = 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=='
    expect(rfcKey.verifyingKey).toEqual(decodeBase64Url('JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs'))
    expect(verify(rfcKey.verifyingKey, base, decodeBase64(text))).toBe(true)
    expect(rfcKey.sign(base)).toEqual(decodeBase64(text))
  })

  it('names a key by the thumbprint of RFC 8037 A.3', () => {
    const key = decodeBase64Url('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
    expect(thumbprintOf(key)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(() => thumbprintOf(new Uint8Array(32))).toThrow(RangeError)
  })

  it('covers method, address and digest, in the words of the specification', async () => {
    const signed: string[] = []
    const signer = {
      kid: device.kid,
      sign: (base: Uint8Array) => {
        signed.push(decodeUtf8(base))
        return new Uint8Array(64)
      },
    }
    const headers = await signRequest({ ...sent, body: new Uint8Array() }, signer, {
      clock,
      random: systemRandom,
    })
    expect(headers['content-digest']).toBe('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:')
    const parameters = headers['signature-input'].slice('sig='.length)
    expect(parameters).toMatch(
      /^\("@method" "@target-uri" "content-digest"\);created=1764400000;nonce="[\w-]{22}";alg="ed25519";keyid="[\w-]{43}";tag="chartseal\/v2"$/,
    )
    expect(signed).toEqual([
      `"@method": PUT\n"@target-uri": ${sent.url}\n"content-digest": ${headers['content-digest']}\n"@signature-params": ${parameters}`,
    ])
  })
})

describe('signing and checking', () => {
  it('takes what was signed, whatever is asked for', async () => {
    const requests = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'DELETE'),
      url: fc.webUrl({ withQueryParameters: true }).map(url => new URL(url).href),
      body: fc.uint8Array({ maxLength: 300 }),
    })
    const law = fc.asyncProperty(requests, async request =>
      check(await headersOf(device, request), request, device.verifyingKey),
    )
    await fc.assert(law, propertyRuns(200, 50))
  })

  it('refuses a request of which anything was changed', async () => {
    const headers = await headersOf(device)
    const changes: [string, Sent][] = [
      ['signature/wrong', { ...sent, method: 'DELETE' }],
      ['signature/wrong', { ...sent, url: sent.url.replace('after=1', 'after=2') }],
      ['signature/wrong', { ...sent, url: sent.url.replace('clinic.example', 'clinic.example:8443') }],
      ['signature/digest', { ...sent, body: Uint8Array.of(1, 2, 4) }],
      ['signature/digest', { ...sent, body: new Uint8Array() }],
    ]
    for (const [code, request] of changes)
      await expectCode(code, () => check(headers, request, device.verifyingKey))
    await expectCode('signature/wrong', () => check(headers, sent, newIdentity().verifyingKey))
    await expectCode('signature/unknown-key', () => check(headers, sent, null))
  })

  it('refuses parameters and headers of another signature', async () => {
    const [one, other] = [
      await headersOf(device),
      await headersOf(device, { ...sent, body: new Uint8Array(5) }),
    ]
    const mixed = { ...one, 'signature-input': other['signature-input'] }
    await expectCode('signature/wrong', () => check(mixed, sent, device.verifyingKey))
    const digest = { ...one, 'content-digest': other['content-digest'] }
    await expectCode('signature/digest', () => check(digest, sent, device.verifyingKey))
    const body = { ...sent, body: new Uint8Array(5) }
    await expectCode('signature/wrong', () => check(digest, body, device.verifyingKey))
  })

  it('signs nothing that a platform would send in another spelling', async () => {
    for (const url of [
      '/v1/clinic',
      'https://clinic.example',
      'https://clinic.example/a/../b',
      `${sent.url}#x`,
      'https://CLINIC.example/',
    ]) {
      await expect(headersOf(device, { ...sent, url })).rejects.toThrow(/URL/)
    }
    await expect(headersOf(device, { ...sent, method: 'put' })).rejects.toThrow(RangeError)
  })
})

describe('one spelling', () => {
  const spoilt = (headers: Record<string, string>): [string, Record<string, string>][] => {
    const { 'signature-input': input = '', signature = '', 'content-digest': digest = '' } = headers
    const inputs = [
      '',
      input.replace('sig=', 'sig1='),
      input.replace(' "content-digest"', ''),
      input.replace('"@method" "@target-uri"', '"@target-uri" "@method"'),
      input.replace('"@method"', '"@method";req'),
      input.replace(/created=\d+/, 'created=01'),
      input.replace(/created=\d+/, 'created=-5'),
      input.replace(/created=\d+/, 'created=1764400000.5'),
      input.replace(/created=\d+;/, ''),
      input.replace(/nonce="[^"]*"/, 'nonce="short"'),
      input.replace(/nonce="(.{21})."/, 'nonce="$1B"'),
      input.replace('alg="ed25519"', 'alg="hmac-sha256"'),
      input.replace(/keyid="(.{42})."/, 'keyid="$1B"'),
      input.replace('chartseal/v2', 'chartseal/v3'),
      input.replace(';tag="chartseal/v2"', ''),
      `${input};expires=1764400060`,
      `${input}, sig2=("@method")`,
      ` ${input}`,
    ]
    const signatures = [
      '',
      'sig=::',
      `${signature}, ${signature}`,
      signature.replace('==:', ':'),
      signature.replace(/.==:$/, 'B==:'),
    ]
    const digests = [
      '',
      digest.replace('sha-256', 'sha-512'),
      `${digest}, ${digest}`,
      digest.replace(/.=:$/, 'B=:'),
      digest.toUpperCase(),
    ]
    return [
      ...inputs.map(
        value =>
          ['signature-input', { ...headers, 'signature-input': value }] as [string, Record<string, string>],
      ),
      ...signatures.map(
        value => ['signature', { ...headers, signature: value }] as [string, Record<string, string>],
      ),
      ...digests.map(
        value =>
          ['content-digest', { ...headers, 'content-digest': value }] as [string, Record<string, string>],
      ),
    ]
  }

  it('refuses each other spelling, and names the header', async () => {
    const headers = await headersOf(device)
    for (const [header, bad] of spoilt({ ...headers })) {
      const read = (): unknown => readSignature(name => bad[name])
      await expectCode('signature/malformed', read)
      expect(read).toThrow(`The header ${header} `)
    }
  })

  it('tells a request without a signature from one with a broken one', async () => {
    expect(readSignature(() => null)).toBeNull()
    await expectCode('signature/missing', () => requireSignature(() => undefined))
    await expectCode('signature/malformed', () =>
      requireSignature(name => (name === 'signature' ? 'sig=::' : null)),
    )
  })
})

describe('freshness', () => {
  const at = (created: number): Parameters<typeof requireFresh>[0] => ({
    kid: device.kid,
    created,
    nonce: '',
    contentDigest: '',
    digest: new Uint8Array(),
    parameters: '',
    signature: new Uint8Array(),
  })
  const second = nowMs / 1000

  it('takes a clock that is a minute off, and none that is further off', async () => {
    for (const off of [-60, -1, 0, 60]) requireFresh(at(second + off), nowMs)
    for (const off of [-61, 61])
      await expectCode('signature/stale', () => requireFresh(at(second + off), nowMs))
    expect(maxSkewMs).toBe(60_000)
  })

  it('tells the time of the clinic to who must sign again', () => {
    expect(() => requireFresh(at(0), nowMs)).toThrow(
      expect.objectContaining({ context: { nowMs, maxSkewMs } }),
    )
  })

  it('takes nothing that was signed before the clinic began to remember nonces', async () => {
    requireFresh(at(second), nowMs, nowMs + 999)
    await expectCode('signature/stale', () => requireFresh(at(second - 1), nowMs, nowMs))
  })
})

describe('another implementation of RFC 9421', () => {
  const fields = ['@method', '@target-uri', 'content-digest']
  const jwk = { kty: 'OKP', crv: 'Ed25519' }
  const privateKey = {
    ...jwk,
    x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
    d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  }

  it('takes what is signed here', async () => {
    const { createPublicKey } = await import('node:crypto')
    const key = createPublicKey({ format: 'jwk', key: { ...jwk, x: privateKey.x } })
    const verifier = { id: rfcKey.kid, algs: ['ed25519'], verify: createVerifier(key, 'ed25519') }
    const headers = { ...(await headersOf(rfcKey)) }
    const config = {
      keyLookup: async () => verifier,
      requiredFields: fields,
      notAfter: nowMs / 1000 + 60,
      requiredParams: ['nonce', 'tag'],
    }
    expect(await httpbis.verifyMessage(config, { ...sent, headers })).toBe(true)
    const moved = { ...sent, url: `${sent.url}0`, headers }
    expect(await httpbis.verifyMessage(config, moved)).toBe(false)
  })

  it('signs what is taken here', async () => {
    const { createPrivateKey } = await import('node:crypto')
    const key = createSigner(createPrivateKey({ format: 'jwk', key: privateKey }), 'ed25519', rfcKey.kid)
    const paramValues = { created: new Date(nowMs), nonce: 'AAAAAAAAAAAAAAAAAAAAAA', tag: 'chartseal/v2' }
    const params = ['created', 'nonce', 'alg', 'keyid', 'tag']
    const headers = { 'content-digest': formatContentDigest(sha256(sent.body)) }
    const { headers: signed } = await httpbis.signMessage(
      { key, name: 'sig', fields, params, paramValues },
      { ...sent, headers },
    )
    const lower = Object.fromEntries(
      Object.entries(signed).map(([name, value]) => [name.toLowerCase(), `${value}`]),
    )
    check(lower, sent, rfcKey.verifyingKey)
    expect(encodeUtf8(lower['signature'] ?? '').length).toBeGreaterThan(80)
  })
})
