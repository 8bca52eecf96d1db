import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { hpkeOpen, hpkePublicKey, hpkeSeal, type Kem, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'
import { aes256Gcm, KeySchedule } from '../dist/hpke/key-schedule.js'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const info = encodeUtf8('Ode on a Grecian Urn')
const text = encodeUtf8('Beauty is truth, truth beauty')

/** Gives these bytes once, in order. */
function fixed(hex: string): Random {
  let rest = decodeHex(hex)
  return {
    bytes(sizeBytes) {
      const next = rest.slice(0, sizeBytes)
      rest = rest.slice(sizeBytes)
      if (next.length !== sizeBytes) throw new Error('there are no more bytes')
      return next
    },
  }
}

/** RFC 9180, A.1.1 and A.2.1, which differ behind the KEM. */
const rfc = [
  {
    name: 'A.1.1',
    aead: { id: 1, keyBytes: 16, cipher: 'aes-128-gcm' as const },
    skE: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    skR: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    pkR: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    shared: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
    key: '4531685d41d65f03dc48f6b8302c05b0',
    baseNonce: '56d890e5accaaf011cff4b7d',
    ct: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  },
  {
    name: 'A.2.1',
    aead: { id: 3, keyBytes: 32, cipher: 'chacha20-poly1305' as 'aes-128-gcm' },
    skE: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
    skR: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
    pkR: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
    enc: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    shared: '0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7',
    key: 'ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91',
    baseNonce: '5c4d98150661b848853b547f',
    ct: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
  },
]

describe('the vectors of RFC 9180', () => {
  it.each(rfc)('gives what $name has, up to the first ciphertext', one => {
    const publicKey = decodeHex(one.pkR)
    expect(encodeHex(hpkePublicKey(x25519Kem, new SecretBytes(decodeHex(one.skR))))).toBe(one.pkR)
    const { enc, shared } = x25519Kem.encapsulate(publicKey, fixed(one.skE))
    expect([encodeHex(enc), encodeHex(shared)]).toEqual([one.enc, one.shared])
    expect(x25519Kem.decapsulate(decodeHex(one.skR), enc)).toEqual(shared)
    const keys = new KeySchedule(x25519Kem, one.aead).derive(shared, info)
    expect([encodeHex(keys.key), encodeHex(keys.baseNonce)]).toEqual([one.key, one.baseNonce])
    const cipher = createCipheriv(one.aead.cipher, keys.key, keys.baseNonce)
    cipher.setAAD(encodeUtf8('Count-0'), { plaintextLength: text.length })
    const ct = concat(cipher.update(text), cipher.final(), cipher.getAuthTag())
    expect(encodeHex(ct)).toBe(one.ct)
  })

  // The RFC prints no suite of X25519 and AES-256-GCM. These inputs are those of its file of vectors; Go's test suite
  // has of it what SHAKE128 makes of a thousand ciphertexts.
  it('gives the thousand ciphertexts of X25519 with AES-256-GCM', () => {
    const publicKey = decodeHex('430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c')
    const skE = deriveX25519('2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9')
    const { enc, shared } = x25519Kem.encapsulate(publicKey, fixed(skE))
    expect(encodeHex(enc)).toBe('6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256')
    const { key, baseNonce } = new KeySchedule(x25519Kem, aes256Gcm).derive(shared, info)
    const draw = drawing()
    const sink = createHash('shake128', { outputLength: 16 })
    for (let sequence = 0; sequence < 1_000; sequence++) {
      const [aad, plaintext] = [draw(), draw()]
      const nonce = Buffer.from(baseNonce)
      nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ sequence, 10)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
      sink.update(cipher.update(plaintext)).update(cipher.final()).update(cipher.getAuthTag())
    }
    expect(sink.digest('hex')).toBe('1702e73e1e71705faa8241022af1deea')
  })
})

/** DeriveKeyPair of RFC 9180 7.1.3, which nothing here needs. */
function deriveX25519(keyMaterial: string): string {
  const suite = concat(encodeUtf8('HPKE-v1KEM'), Uint8Array.of(0, 0x20))
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
    createHmac('sha256', key)
      .update(concat(...parts))
      .digest()
  const prk = hmac(new Uint8Array(0), suite, encodeUtf8('dkp_prk'), decodeHex(keyMaterial))
  return encodeHex(hmac(prk, Uint8Array.of(0, 32), suite, encodeUtf8('sk'), Uint8Array.of(1)))
}

/** Inputs of 0 to 255 bytes, out of SHAKE128 of nothing. */
function drawing(): () => Uint8Array {
  const source = createHash('shake128', { outputLength: 2_000 * 256 }).digest()
  let at = 0
  return () => {
    const [from, size = 0] = [at + 1, source[at]]
    at = from + size
    return source.subarray(from, at)
  }
}

/** draft-connolly-cfrg-xwing-kem-10, appendix C, and HPKE with X-Wing in draft-ietf-hpke-pq; long values as SHA-256. */
const xwing = [
  {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    encapsulation:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    shared: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
    publicKey: '2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb',
    enc: '17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33',
  },
  {
    seed: 'badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea',
    encapsulation:
      '17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d',
    shared: 'f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150',
    publicKey: 'c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916',
    enc: '1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154',
  },
  {
    seed: 'ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9',
    encapsulation:
      '22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b',
    shared: '953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f',
    publicKey: '6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95',
    enc: 'd3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6',
  },
  {
    seed: '3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630',
    encapsulation:
      '2a1c0a3745fe8a48fb62034d300f54dfe1974a5b2e169e580a8789cb1cf5fd190fc00f3fd899594e01a8b15334b9f3fa03d8de44da86e19f5776850fb689e6c8',
    shared: '58200ed1f137bd95a921bb47f6aaecf2395b26f7fd24efd3a5ffae4849e8dea3',
    publicKey: 'ad8aaf3f00d8a39bfeec2947a7d5dde68be08bba19bd301a348a45dc5fcc8341',
    enc: '95c0a5fca31ea59f29bbc66255ad6637b5a476b3212886af11afdc8930aeb772',
  },
]

describe('the vectors of X-Wing', () => {
  it.each(xwing)('gives the keys, ciphertext and secret of seed $seed', one => {
    const seed = decodeHex(one.seed)
    const publicKey = hpkePublicKey(xwingKem, new SecretBytes(seed))
    expect(digest(publicKey)).toBe(one.publicKey)
    const { enc, shared } = xwingKem.encapsulate(publicKey, fixed(one.encapsulation))
    expect([digest(enc), encodeHex(shared)]).toEqual([one.enc, one.shared])
    expect(xwingKem.decapsulate(seed, enc)).toEqual(shared)
  })

  it('derives the key and nonce of draft-ietf-hpke-pq', () => {
    const shared = decodeHex('58200ed1f137bd95a921bb47f6aaecf2395b26f7fd24efd3a5ffae4849e8dea3')
    // Their file has the text in hexadecimal twice.
    const twice = encodeUtf8(encodeHex(info))
    const { key, baseNonce } = new KeySchedule(xwingKem, { id: 3, keyBytes: 32 }).derive(shared, twice)
    expect(encodeHex(key)).toBe('131c2ebb469b909a40915914afd7ff5e638888ac7195dcaaaef8f9a84f0e4030')
    expect(encodeHex(baseNonce)).toBe('2b7a68f19e6cdbd43dda3c6d')
  })
})

/** Ours, as SHA-256, so that a change of one byte is seen: of the first vectors above. */
const messages: readonly { kem: Kem; secret: string; random: string; sealed: string }[] = [
  {
    kem: x25519Kem,
    secret: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    random: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    sealed: '3414c5da6e41a66a60d361d7e4eb60a5908513496ae965ef97ede898ef124ba0',
  },
  {
    kem: xwingKem,
    secret: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    random:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    sealed: 'b0234ff4d03cba5b54f6ca85451b75c6fdbb115536034cbab2f31a2dff56d9ff',
  },
]

describe('a whole message', () => {
  it.each(messages)('stays the same with $kem.name', ({ kem, secret, random, sealed }) => {
    const own = new SecretBytes(decodeHex(secret))
    const { enc, ct } = hpkeSeal(kem, hpkePublicKey(kem, own), info, text, fixed(random))
    expect(digest(concat(enc, ct))).toBe(sealed)
    expect(hpkeOpen(kem, own, enc, info, ct)).toEqual(text)
  })
})
