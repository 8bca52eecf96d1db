import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { sealBytes } from '@chartseal/core/chunked'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { AeadKey } from '@chartseal/core/keys'
import { merkleProofs, wycheproof } from '@chartseal/core/primitive-vectors'
import { Disagreement, type VectorFormat, wycheproofFormat } from '@chartseal/core/vectors'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { describe, expect, it } from 'vitest'
import { sharedVectors } from './wycheproof.js'

for (const name of ['aes_gcm', 'c2sp_chunked_encryption_aes_256_gcm', 'ed25519', 'hkdf_sha256', 'x25519'])
  sharedVectors(`wycheproof/${name}_test.json`)
sharedVectors('merkle/rfc6962-proofs.json', merkleProofs)

const format = wycheproofFormat(wycheproof)

/** How each case went: `passed`, `not applicable`, or why not. */
async function run(document: unknown, read: VectorFormat = format): Promise<readonly string[]> {
  const verdicts: string[] = []
  for (const one of read(document) ?? []) {
    try {
      await one.run(defaultEngine())
      verdicts.push('passed')
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      verdicts.push(name === 'NotApplicable' ? 'not applicable' : `${error}`)
    }
  }
  return verdicts
}

const file = (schema: string, algorithm: string, group: object, ...tests: readonly object[]): object => ({
  ...{ schema, algorithm },
  testGroups: [{ ...group, tests: tests.map((test, i) => ({ tcId: i + 1, ...test })) }],
})

describe('files are recognised by what they say', () => {
  it('leaves files of another kind alone', () => {
    for (const other of [null, 1, [], {}, { schema: 'x.json' }, { schema: 1, testGroups: [] }])
      expect(format(other)).toBeNull()
    for (const other of [[], {}, { inclusion: [] }, { inclusion: [], consistency: 1 }])
      expect(merkleProofs(other)).toBeNull()
  })

  it('refuses broken files', () => {
    expect(() => format({ schema: 'a', testGroups: [{}] })).toThrow('testGroups[0].tests')
    expect(() => merkleProofs({ inclusion: [{ name: 1 }], consistency: [] })).toThrow('name')
    expect(merkleProofs({ inclusion: [{}], consistency: [] })?.map(one => one.name)).toEqual([
      '$.inclusion[0]',
    ])
  })

  it.each([
    ['unknown_schema_v7.json', 'AES-GCM', {}],
    ['constructor.json', 'AES-GCM', {}],
    ['aead_test_schema_v1.json', 'AES-CCM', { keySize: 256, ivSize: 96, tagSize: 128 }],
    ['aead_test_schema_v1.json', 'AES-GCM', { keySize: 128, ivSize: 96, tagSize: 128 }],
    ['aead_test_schema.json', 'AES-GCM', { keySize: 256, ivSize: 128, tagSize: 128 }],
    ['aead_test_schema_v1.json', 'AES-GCM', { keySize: 256, ivSize: 96, tagSize: 96 }],
    ['mac_test_schema_v1.json', 'HMACSHA1', { tagSize: 160 }],
    ['hkdf_test_schema_v1.json', 'HKDF-SHA-1', {}],
    ['eddsa_verify_schema_v1.json', 'EDDSA', { publicKey: { curve: 'edwards448' } }],
    ['xdh_comp_schema_v1.json', 'XDH', { curve: 'curve448' }],
    ['xdh_jwk_comp_schema_v1.json', 'XDH', { curve: 'curve25519' }],
    ['c2sp_chunked_encryption_schema.json', 'Cobblestone-128', {}],
    ['mlkem_test_schema.json', 'ML-KEM', { parameterSet: 'ML-KEM-512' }],
    ['mlkem_encaps_test_schema.json', 'ML-DSA', { parameterSet: 'ML-KEM-768' }],
  ])('passes over %s of %s %j, which is not applicable', async (schema, algorithm, group) => {
    expect(await run(file(schema, algorithm, group, {}))).toEqual(['not applicable'])
  })
})

const hex32 = '07'.repeat(32)
const key = new AeadKey(new Uint8Array(32).fill(7))

describe('runners notice', () => {
  it('notices a wrong verdict, plaintext and nonce of AES-256-GCM', async () => {
    const group = { keySize: 256, ivSize: 96, tagSize: 128 }
    const sound = {
      ...{ key: '00'.repeat(32), iv: '00'.repeat(12), aad: '', msg: '', ct: '' },
      ...{ tag: '530f8afbc74536b9a963b4f1c4cb738b', result: 'valid' },
    }
    const cases = [sound, { ...sound, result: 'invalid' }, { ...sound, msg: '00' }, { ...sound, aad: '00' }]
    const [first, ...others] = await run(file('aead_test_schema_v1.json', 'AES-GCM', group, ...cases))
    expect(first).toBe('passed')
    for (const verdicts of others) expect(verdicts).toMatch(/^Disagreement/)
  })

  it('notices a wrong tag of HMAC-SHA256 and key of HKDF, and a right one called wrong', async () => {
    // RFC 4231 4.3 (test case 2), whole and cut.
    const tag = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    const sound = { key: '4a656665', msg: '7768617420646f2079612077616e7420666f72206e6f7468696e673f' }
    const mac = (tagSize: number, ...tests: readonly object[]): Promise<readonly string[]> =>
      run(file('mac_test_schema_v1.json', 'HMACSHA256', { tagSize }, ...tests))
    expect(await mac(128, { ...sound, tag: tag.slice(0, 32), result: 'valid' })).toEqual(['passed'])
    const [right, wrong] = [
      { ...sound, tag, result: 'invalid' },
      { ...sound, tag: hex32, result: 'invalid' },
    ]
    expect(await mac(256, right, wrong)).toEqual(['Disagreement: the verdict differs', 'passed'])
    const hkdf = { ikm: '00', salt: '', info: '', size: 4, okm: '00000000', result: 'valid' }
    const long = { ...hkdf, size: 255 * 64 + 1, result: 'invalid' }
    const verdicts = await run(file('hkdf_test_schema_v1.json', 'HKDF-SHA-512', {}, hkdf, long))
    expect(verdicts).toEqual(['Disagreement: the derived key differs', 'passed'])
  })

  it('notices wrong verdicts of Ed25519 and X25519, and an agreement on zero that is expected to pass', async () => {
    const signer = new SigningKey(new Uint8Array(32).fill(1))
    const group = { publicKey: { curve: 'edwards25519', pk: encodeHex(verifyingKeyOf(signer)) } }
    const sound = { msg: '00', sig: encodeHex(sign(signer, Uint8Array.of(0))), result: 'valid' }
    const cases = [sound, { ...sound, result: 'invalid' }, { ...sound, msg: '01' }]
    const verdicts = await run(file('eddsa_verify_schema_v1.json', 'EDDSA', group, ...cases))
    expect(verdicts.map(one => one === 'passed')).toEqual([true, false, false])
    const zero = { private: hex32, public: '00'.repeat(32), shared: '00'.repeat(32), result: 'acceptable' }
    const exchanges = [
      zero,
      { ...zero, result: 'valid' },
      { ...zero, shared: hex32 },
      { ...zero, public: '00' },
    ]
    const answers = await run(file('xdh_comp_schema_v1.json', 'XDH', { curve: 'curve25519' }, ...exchanges))
    expect(answers.map(one => one === 'passed')).toEqual([true, false, false, false])
  })

  it('notices wrong keys, encapsulations and verdicts of ML-KEM-768, and lengths that are none', async () => {
    const [seed, m] = [new Uint8Array(64).fill(5), new Uint8Array(32).fill(6)]
    const { publicKey } = ml_kem768.keygen(seed)
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, m)
    const [ek, c, K] = [publicKey, cipherText, sharedSecret].map(encodeHex)
    const sound = { seed: encodeHex(seed), m: encodeHex(m), ek, c, K, result: 'valid' }
    const group = { parameterSet: 'ML-KEM-768' }
    const verdicts = async (schema: string, ...tests: readonly object[]): Promise<readonly boolean[]> =>
      (await run(file(schema, 'ML-KEM', group, ...tests))).map(one => one === 'passed')
    const none = { ...sound, result: 'invalid' }
    const decaps = [sound, { ...none, c: '00' }, { ...none, seed: '00' }, none, { ...sound, ek: hex32 }]
    expect(await verdicts('mlkem_test_schema.json', ...decaps)).toEqual([true, true, true, false, false])
    const encaps = [
      sound,
      { ...none, ek: 'ff'.repeat(1184) },
      none,
      { ...sound, c: hex32 },
      { ...sound, K: hex32 },
    ]
    expect(await verdicts('mlkem_encaps_test_schema.json', ...encaps)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    const keys = [sound, none, { ...sound, ek: hex32 }]
    expect(await verdicts('mlkem_keygen_seed_test_schema.json', ...keys)).toEqual([true, false, false])
  })

  it('notices a wrong verdict, digest, length and key of Cobblestone-256', async () => {
    const plaintext = new Uint8Array(20_000).fill(3)
    const sealed = sealBytes(key, plaintext, new Uint8Array())
    const msgSha512 = createHash('sha512').update(plaintext).digest('hex')
    const sound = {
      ...{ key: hex32, ctx: '', flags: [], result: 'valid', msgSha512, msgLength: plaintext.length },
      ct: deflateSync(sealed).toString('hex'),
    }
    const cut = deflateSync(sealed.subarray(0, -1)).toString('hex')
    const cases = [
      sound,
      { ...sound, key: hex32.slice(2), result: 'invalid' },
      { ...sound, ct: cut, result: 'invalid' },
      ...[
        { ...sound, result: 'invalid' },
        { ...sound, result: 'acceptable' },
        { ...sound, key: '00' },
      ],
      ...[
        { ...sound, msgSha512: '00' },
        { ...sound, msgLength: 5 },
        { ...sound, ctx: '00' },
        { ...sound, ct: cut },
      ],
    ]
    const verdicts = await run(file('c2sp_chunked_encryption_schema.json', 'Cobblestone-256', {}, ...cases))
    expect(verdicts.slice(0, 3)).toEqual(['passed', 'passed', expect.stringMatching(/^Disagreement/)])
    expect(verdicts.slice(3).every(one => one.startsWith(new Disagreement('').name))).toBe(true)
  })

  it('notices a wrong verdict on a Merkle proof', async () => {
    const hash = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0='
    const one = {
      name: 'one',
      leafIdx: 0,
      treeSize: 1,
      root: hash,
      leafHash: hash,
      proof: null,
      wantErr: false,
    }
    const grown = { name: 'grown', size1: 1, size2: 1, root1: hash, root2: hash, proof: null, wantErr: true }
    const document = { inclusion: [one, { ...one, treeSize: 0 }], consistency: [grown] }
    const verdicts = await run(document, merkleProofs)
    expect(verdicts.map(answer => answer === 'passed')).toEqual([true, false, false])
  })
})
