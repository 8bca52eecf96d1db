import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { derTag, encodeDer, encodePem } from '@chartseal/core/der'
import { decodeHex } from '@chartseal/core/encoding'
import { createRecord, DoctorKey, verifyRecord } from '@chartseal/emr-ledger/v1'
import { codeOf, scriptedRandom } from '@chartseal/testkit'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { patientHash } from './helpers.js'

const order = decodeHex('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
const one = new Uint8Array(32).fill(1, 31)
const oid = (hex: string): Uint8Array => encodeDer(derTag.objectId, decodeHex(hex))
const integer = (value: number): Uint8Array => encodeDer(derTag.integer, Uint8Array.of(value))
const secp256k1 = oid('2b8104000a')
const ecKey = oid('2a8648ce3d0201')

interface Sec1 {
  readonly version?: number
  readonly scalar?: Uint8Array
  readonly curve?: Uint8Array | null
  readonly point?: Uint8Array
}

function sec1({ version = 1, scalar = one, curve = secp256k1, point }: Sec1): Uint8Array {
  const parameters = curve === null ? new Uint8Array() : encodeDer(0xa0, curve)
  const shown = point === undefined ? new Uint8Array() : encodeDer(0xa1, encodeDer(derTag.bitString, point))
  return encodeDer(
    derTag.sequence,
    integer(version),
    encodeDer(derTag.octetString, scalar),
    parameters,
    shown,
  )
}

function pkcs8(inner: Uint8Array, version = 0, type = ecKey, curve = secp256k1): Uint8Array {
  const algorithm = encodeDer(derTag.sequence, type, curve)
  return encodeDer(derTag.sequence, integer(version), algorithm, encodeDer(derTag.octetString, inner))
}

const parse = (label: string, der: Uint8Array): DoctorKey => DoctorKey.parse(encodePem(label, der))

describe('keys of OpenSSL', () => {
  it.each(['pkcs8', 'sec1'] as const)('reads keys of OpenSSL from %s', type => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    using key = DoctorKey.parse(privateKey.export({ type, format: 'pem' }).toString())
    expect(key.publicKey).toEqual(Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })))
  })

  it('writes keys that OpenSSL reads, and it verifies what they sign', () => {
    using key = DoctorKey.generate()
    const read = createPrivateKey(key.toPem())
    expect(read.asymmetricKeyDetails).toEqual({ namedCurve: 'secp256k1' })
    expect(DoctorKey.parse(key.toPem()).doctorHash).toEqual(key.doctorHash)
    const message = Uint8Array.of(1, 2, 3)
    const signature = key.signDigest(sha256(message))
    expect(verify('sha256', message, createPublicKey(read), signature)).toBe(true)
  })
})

describe('the forms of a private key', () => {
  it('reads keys without the public key, and inside PKCS#8 without the curve', () => {
    const { doctorHash } = parse('EC PRIVATE KEY', sec1({}))
    expect(parse('PRIVATE KEY', pkcs8(sec1({ curve: null }))).doctorHash).toEqual(doctorHash)
    expect(parse('PRIVATE KEY', pkcs8(sec1({}))).doctorHash).toEqual(doctorHash)
  })

  const bad: readonly [string, string, Uint8Array][] = [
    ['encrypted', 'ENCRYPTED PRIVATE KEY', pkcs8(sec1({}))],
    ['another label', 'PUBLIC KEY', pkcs8(sec1({}))],
    ['a version of the future', 'PRIVATE KEY', pkcs8(sec1({}), 1)],
    ['RSA', 'PRIVATE KEY', pkcs8(sec1({}), 0, oid('2a864886f70d010101'))],
    ['P-256', 'PRIVATE KEY', pkcs8(sec1({}), 0, ecKey, oid('2a8648ce3d030107'))],
    ['two curves', 'PRIVATE KEY', pkcs8(sec1({ curve: oid('2a8648ce3d030107') }))],
    ['no curve at all', 'EC PRIVATE KEY', sec1({ curve: null })],
    ['another SEC 1 version', 'EC PRIVATE KEY', sec1({ version: 2 })],
    ['31 bytes', 'EC PRIVATE KEY', sec1({ scalar: new Uint8Array(31).fill(1) })],
    ['zero', 'EC PRIVATE KEY', sec1({ scalar: new Uint8Array(32) })],
    ['the order of the curve', 'EC PRIVATE KEY', sec1({ scalar: order })],
    ['unused bits', 'EC PRIVATE KEY', sec1({ point: Uint8Array.of(1, 4) })],
    ['a public key that is not a point', 'EC PRIVATE KEY', sec1({ point: Uint8Array.of(0, 4, 5) })],
    [
      'the public key of someone else',
      'EC PRIVATE KEY',
      sec1({ point: Uint8Array.of(0, ...DoctorKey.generate().publicKey.subarray(23)) }),
    ],
  ]
  it.each(bad)('refuses a private key with %s', async (_, label, der) => {
    expect(await codeOf(() => parse(label, der))).toBe('ledger/private-key')
  })

  it('refuses bytes after the end of a private key', async () => {
    const der = Uint8Array.of(...pkcs8(sec1({})), 0)
    expect(await codeOf(() => parse('PRIVATE KEY', der))).toBe('der/invalid')
  })
})

describe('a generated key', () => {
  it('draws a key again until it is in range', () => {
    using key = DoctorKey.generate(scriptedRandom(new Uint8Array(32), order, one))
    expect(key.publicKey).toEqual(parse('EC PRIVATE KEY', sec1({})).publicKey)
  })

  it('gives copies of its public values', () => {
    using key = DoctorKey.generate()
    key.publicKey.fill(0)
    key.doctorHash.fill(0)
    verifyRecord(createRecord(key, { patientHash, prescription: 'x', nonce: 1n }), 0n)
  })

  it('throws once it is wiped, and is not printed', async () => {
    const key = DoctorKey.generate()
    expect(JSON.stringify(key)).toBe('{}')
    key[Symbol.dispose]()
    expect(await codeOf(() => key.toPem())).toBe('key/wiped')
    expect(await codeOf(() => key.signDigest(new Uint8Array(32)))).toBe('key/wiped')
  })
})
