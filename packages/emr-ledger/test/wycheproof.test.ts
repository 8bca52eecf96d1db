import { generateKeyPairSync, sign } from 'node:crypto'
import { wycheproof } from '@chartseal/emr-ledger/vectors'
import { wycheproofSuite } from '@chartseal/testkit'
import { expect, it } from 'vitest'

const run = wycheproofSuite(wycheproof)

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const publicKeyDer = publicKey.export({ format: 'der', type: 'spki' }).toString('hex')
const group = { sha: 'SHA-256', publicKey: { curve: 'secp256k1' }, publicKeyDer }
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A signature as P1363, low or high, and the same as DER. */
function signature(high: boolean): { pair: string; der: string } {
  const bytes = sign('sha256', Buffer.of(7), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('hex')
  const [r, s] = [BigInt(`0x${bytes.slice(0, 64)}`), BigInt(`0x${bytes.slice(64)}`)]
  const chosen = s > order / 2n === high ? s : order - s
  const integer = (value: bigint): string => {
    const hex = value.toString(16).padStart(Math.ceil(value.toString(16).length / 2) * 2, '0')
    const padded = /^[89a-f]/.test(hex) ? `00${hex}` : hex
    return `02${(padded.length / 2).toString(16).padStart(2, '0')}${padded}`
  }
  const body = integer(r) + integer(chosen)
  const pair = r.toString(16).padStart(64, '0') + chosen.toString(16).padStart(64, '0')
  return { pair, der: `30${(body.length / 2).toString(16).padStart(2, '0')}${body}` }
}

it.each([
  ['ecdsa_verify_schema_v1.json', ['passed', 'passed']],
  ['ecdsa_bitcoin_verify_schema.json', ['passed', 'Disagreement']],
])('accepts low s under %s, and answers %j for high s', async (schema, expected) => {
  const tests = [false, true].map(high => ({ msg: '07', sig: signature(high).der, result: 'valid' }))
  expect(await run({ schema, algorithm: 'ECDSA', group }, ...tests)).toEqual(expected)
  const wrong = [
    { ...tests[0], msg: '08' },
    { ...tests[0], sig: '00' },
    { ...tests[0], result: 'invalid' },
  ]
  expect(new Set(await run({ schema, algorithm: 'ECDSA', group }, ...wrong))).toEqual(
    new Set(['Disagreement']),
  )
})

it('reads P1363 as r and s in 32 bytes each', async () => {
  const sound = { msg: '07', sig: signature(true).pair, result: 'valid' }
  const cases = [sound, { ...sound, sig: `00${sound.sig}` }, { ...sound, result: 'invalid' }]
  const told = await run({ schema: 'ecdsa_p1363_verify_schema_v1.json', algorithm: 'ECDSA', group }, ...cases)
  expect(told).toEqual(['passed', 'Disagreement', 'Disagreement'])
})

it('verifies on P-256, in DER and as ES256 of version 2, and takes both twins', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const nist = {
    ...group,
    publicKey: { curve: 'secp256r1' },
    publicKeyDer: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('hex'),
  }
  const signed = (dsaEncoding: 'der' | 'ieee-p1363'): string =>
    sign('sha256', Buffer.of(7), { key: pair.privateKey, dsaEncoding }).toString('hex')
  const twin = (sig: string): string => {
    const s =
      0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - BigInt(`0x${sig.slice(64)}`)
    return sig.slice(0, 64) + s.toString(16).padStart(64, '0')
  }
  const forms = [
    ['ecdsa_verify_schema_v1.json', [signed('der')]],
    ['ecdsa_p1363_verify_schema_v1.json', [signed('ieee-p1363')].flatMap(sig => [sig, twin(sig)])],
  ] as const
  for (const [schema, sigs] of forms) {
    const sound = sigs.map(sig => ({ msg: '07', sig, result: 'valid' }))
    const wrong = sound.flatMap(test => [
      { ...test, msg: '08' },
      { ...test, result: 'invalid' },
    ])
    const told = await run({ schema, algorithm: 'ECDSA', group: nist }, ...sound, ...wrong)
    expect(told).toEqual([...sound.map(() => 'passed'), ...wrong.map(() => 'Disagreement')])
  }
})

it.each([
  ['ECDSA', { ...group, sha: 'SHA-512' }],
  ['ECDSA', { ...group, publicKey: { curve: 'secp384r1' } }],
  ['ECDSA', { sha: 'SHA-256' }],
  ['DSA', group],
])('calls %s %j not applicable', async (algorithm, other) => {
  expect(await run({ schema: 'ecdsa_verify_schema_v1.json', algorithm, group: other }, {})).toEqual([
    'NotApplicable',
  ])
})
