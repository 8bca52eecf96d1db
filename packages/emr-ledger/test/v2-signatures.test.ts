import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { DerReader } from '@chartseal/core/der'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { judge, type WycheproofCase, type WycheproofRunner, wycheproofFormat } from '@chartseal/core/vectors'
import { keyIdOf, verifySignature } from '@chartseal/emr-ledger'
import { runSharedSuite } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { koblitz, other, prescriber } from './v2-people.js'

describe('a key id', () => {
  it('is the thumbprint of RFC 8037 A.3', () => {
    const publicKey = decodeBase64Url('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
    expect(encodeBase64Url(keyIdOf('Ed25519', publicKey))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('is the thumbprint of the P-256 key of RFC 9449', () => {
    const x = decodeBase64Url('l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs')
    const y = decodeBase64Url('9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA')
    const kid = keyIdOf('ES256', concat(Uint8Array.of(4), x, y))
    expect(encodeBase64Url(kid)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  })
})

describe('a signature', () => {
  it('is of one key, one algorithm and one message', () => {
    const message = Uint8Array.of(1, 2, 3)
    for (const { member, signer } of [prescriber, other, koblitz]) {
      const signature = signer.sign(message, message)
      if (!(signature instanceof Uint8Array)) throw new Error('no signature')
      expect(verifySignature(member, message, signature)).toBe(true)
      expect(verifySignature(member, Uint8Array.of(1, 2), signature)).toBe(false)
      for (const wrong of [signature.subarray(1), new Uint8Array(), new Uint8Array(64)])
        expect(verifySignature(member, message, wrong)).toBe(false)
      const others = [prescriber, other, koblitz].filter(one => one.member !== member)
      for (const one of others) expect(verifySignature(one.member, message, signature)).toBe(false)
    }
  })

  it('verifies under no key that is none', () => {
    const message = Uint8Array.of(1)
    const publicKey = new Uint8Array(65).fill(4)
    for (const algorithm of ['ES256', 'ES256K', 'Ed25519'] as const)
      expect(verifySignature({ algorithm, publicKey }, message, new Uint8Array(64))).toBe(false)
  })
})

/** Strict DER as r ‖ s; empty for anything else. */
function pairOf(der: Uint8Array): Uint8Array {
  try {
    const outer = new DerReader(der)
    const numbers = outer.sequence()
    outer.end()
    const [r, s] = [numbers.unsigned(), numbers.unsigned()]
    numbers.end()
    return concat(fromBigIntBE(r, 32), fromBigIntBE(s, 32))
  } catch {
    return new Uint8Array()
  }
}

const der: WycheproofRunner = ({ test, group }) => {
  const member = { algorithm: 'ES256K', publicKey: group.object('publicKey').hex('uncompressed') } as const
  judge(test, verifySignature(member, test.hex('msg'), pairOf(test.hex('sig'))))
}

/** R as y = 1 with the sign of an x that is 0: RFC 8032 5.1.3 refuses the encoding, ZIP-215 takes it. */
const isTakenByZip215 = ({ test }: WycheproofCase): boolean =>
  test.text('sig').startsWith(`01${'00'.repeat(30)}80`)

const eddsa: WycheproofRunner = testCase => {
  const { test, group } = testCase
  const member = { algorithm: 'Ed25519', publicKey: group.object('publicKey').hex('pk') } as const
  const verdict = verifySignature(member, test.hex('msg'), test.hex('sig'))
  if (isTakenByZip215(testCase)) expect(verdict).toBe(true)
  else judge(test, verdict)
}

const format = wycheproofFormat({
  ecdsa_bitcoin_verify_schema: der,
  eddsa_verify_schema: eddsa,
})
runSharedSuite(['wycheproof', 'ecdsa_secp256k1_sha256_bitcoin_test.json'], format)
runSharedSuite(['wycheproof', 'ed25519_test.json'], format)
