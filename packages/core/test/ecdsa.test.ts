import { createHash, createSign, generateKeyPairSync } from 'node:crypto'
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { DerReader } from '@chartseal/core/der'
import { type EcdsaCurve, EcdsaKey, verifySha256 } from '@chartseal/core/ecdsa'
import { judge, type WycheproofRunner, wycheproofFormat } from '@chartseal/core/vectors'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'
import { sharedVectors } from './wycheproof.js'

const curves = [
  ['secp256k1', secp256k1],
  ['P-256', p256],
] as const
const message = fc.uint8Array({ maxLength: 200 })
const scalar = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe.each(curves)('ECDSA over %s', (name, curve) => {
  const order = curve.Point.Fn.ORDER
  const verify = (point: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean =>
    verifySha256(name, point, text, signature)
  const rs = (r: bigint, s: bigint): Uint8Array => concat(fromBigIntBE(r, 32), fromBigIntBE(s, 32))
  const signed = (key: Uint8Array, text: Uint8Array): { point: Uint8Array; signature: Uint8Array } => ({
    point: curve.getPublicKey(key, false),
    signature: curve.sign(text, key, { prehash: true, lowS: false, format: 'compact' }),
  })

  it('verifies what noble signs, its twin as well, and nothing that was changed, as noble does', () => {
    const law = fc.property(
      scalar,
      message,
      fc.nat(63),
      fc.integer({ min: 1, max: 255 }),
      (key, text, at, mask) => {
        fc.pre(curve.utils.isValidSecretKey(key))
        const { point, signature } = signed(key, text)
        expect(verify(point, text, signature)).toBe(true)
        const r = toBigIntBE(signature.subarray(0, 32))
        const s = toBigIntBE(signature.subarray(32))
        expect(verify(point, text, rs(r, order - s))).toBe(true)
        expect(verify(point, concat(text, Uint8Array.of(0)), signature)).toBe(false)
        signature[at] = (signature[at] ?? 0) ^ mask
        const digest = createHash('sha256').update(text).digest()
        const options = { prehash: false, lowS: false, format: 'compact' } as const
        expect(verify(point, text, signature)).toBe(curve.verify(signature, digest, point, options))
      },
    )
    fc.assert(law, propertyRuns(15, 6))
  })

  it('keeps a key for many messages, and its own copy of it', () => {
    const secret = new Uint8Array(32).fill(9)
    const point = curve.getPublicKey(secret, false)
    const key = EcdsaKey.of(name, point)
    point.fill(0)
    const texts = [Uint8Array.of(1), Uint8Array.of(2)]
    const signatures = texts.map(text => signed(secret, text).signature)
    const verdicts = texts.flatMap(text => signatures.map(signature => key?.verify(text, signature)))
    expect(verdicts).toEqual([true, false, false, true])
    expect(key?.verify(Uint8Array.of(1), new Uint8Array(63))).toBe(false)
    expect(EcdsaKey.of(name, point)).toBe(null)
  })

  it('verifies what OpenSSL signs', () => {
    const namedCurve = name === 'P-256' ? 'prime256v1' : name
    const pair = generateKeyPairSync('ec', { namedCurve })
    const text = Uint8Array.of(1, 2, 3)
    const signature = createSign('sha256')
      .update(text)
      .sign({ key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
    const point = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
    expect(verify(Uint8Array.from(point), text, Uint8Array.from(signature))).toBe(true)
  })

  it('refuses numbers outside 1 to the order, which are the same numbers', () => {
    const text = Uint8Array.of(7)
    const { point, signature } = signed(new Uint8Array(32).fill(3), text)
    const r = toBigIntBE(signature.subarray(0, 32))
    const s = toBigIntBE(signature.subarray(32))
    const wrong: [bigint, bigint][] = [
      [0n, s],
      [r, 0n],
      [0n, 0n],
      [order, s],
      [r, order],
      [order, order],
      [1n, order],
    ]
    if (s + order < 2n ** 256n) wrong.push([r, s + order])
    if (r + order < 2n ** 256n) wrong.push([r + order, s])
    for (const [first, second] of wrong) expect(verify(point, text, rs(first, second))).toBe(false)
    expect(verify(point, text, rs(r, s))).toBe(true)
  })

  it('refuses wrong lengths, forms and points without throwing', () => {
    const text = new Uint8Array()
    const { point, signature } = signed(new Uint8Array(32).fill(2), text)
    const compressed = curve.Point.fromBytes(point).toBytes(true)
    const off = point.map((byte, i) => (i === 64 ? byte ^ 1 : byte))
    const field = fromBigIntBE(curve.Point.Fp.ORDER, 32)
    const points = [
      compressed,
      off,
      point.subarray(1),
      concat(point, Uint8Array.of(0)),
      point.map((byte, i) => (i === 0 ? 6 : byte)),
      new Uint8Array(65),
      Uint8Array.of(4, ...new Uint8Array(64)),
      concat(Uint8Array.of(4), field, field),
      Uint8Array.of(0),
      new Uint8Array(),
    ]
    expect(points.map(one => verify(one, text, signature))).toEqual(points.map(() => false))
    for (const bad of [signature.subarray(1), concat(signature, Uint8Array.of(0)), new Uint8Array()]) {
      expect(verify(point, text, bad)).toBe(false)
    }
    expect(verify(point, text, signature)).toBe(true)
  })
})

it('keeps the curves apart', () => {
  const text = Uint8Array.of(1)
  const key = new Uint8Array(32).fill(5)
  const signature = p256.sign(text, key, { prehash: true, format: 'compact' })
  const other: EcdsaCurve = 'secp256k1'
  expect(verifySha256(other, p256.getPublicKey(key, false), text, signature)).toBe(false)
})

/** Strict DER and low s, as records of the ledger have them. */
const lowS: WycheproofRunner = ({ test, group }) => {
  judge(test, verifiesDer(group.object('publicKey').hex('uncompressed'), test.hex('msg'), test.hex('sig')))
}

function verifiesDer(point: Uint8Array, text: Uint8Array, der: Uint8Array): boolean {
  try {
    const outer = new DerReader(der)
    const numbers = outer.sequence()
    outer.end()
    const [r, s] = [numbers.unsigned(), numbers.unsigned()]
    numbers.end()
    const isLow = s <= secp256k1.Point.Fn.ORDER >> 1n
    return isLow && verifySha256('secp256k1', point, text, concat(fromBigIntBE(r, 32), fromBigIntBE(s, 32)))
  } catch {
    return false
  }
}

sharedVectors(
  'wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json',
  wycheproofFormat({ ecdsa_bitcoin_verify_schema: lowS }),
)
