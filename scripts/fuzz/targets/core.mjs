/** Readers of `core`: encodings, keys and signatures, sealed bytes, trees. */
import { createHash } from 'node:crypto'
import { CborFields } from '../../../packages/core/dist/cbor.js'
import { openBytes, sealBytes } from '../../../packages/core/dist/chunked.js'
import { inflateRaw } from '../../../packages/core/dist/deflate.js'
import { DerReader, decodePem } from '../../../packages/core/dist/der.js'
import { verifySha256 } from '../../../packages/core/dist/ecdsa.js'
import {
  isVerifyingKey,
  SigningKey,
  sign,
  verify,
  verifyCofactored,
  verifyingKeyOf,
} from '../../../packages/core/dist/ed25519.js'
import * as encoding from '../../../packages/core/dist/encoding.js'
import {
  decodeFrameHead,
  decodeHead,
  encodeFrame,
  encodeHead,
} from '../../../packages/core/dist/files/frame.js'
import { hpkeOpen, hpkePublicKey, hpkeSeal, x25519Kem } from '../../../packages/core/dist/hpke.js'
import { parseInstant } from '../../../packages/core/dist/instant.js'
import { JsonObject, parseJson } from '../../../packages/core/dist/json.js'
import { AeadKey, SecretBytes } from '../../../packages/core/dist/keys.js'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../packages/core/dist/merkle.js'
import { bytesIn, filled, hex, joined, objectsIn, soleOf, target, textsIn, utf8 } from '../corpus.mjs'

const bytes = Uint8Array.from({ length: 60 }, (_, i) => i * 7)
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const cborSeeds = () => [
  ...bytesIn('own/ledger-v2', 'record', 'genesis'),
  ...bytesIn('own/break-glass-v2', 'entry'),
  encoding.encodeCbor({ a: [1, -5, 2 ** 53 - 1, 2n ** 60n, null, true, 'text', filled(40, 1), { b: {} }] }),
]

const encodings = [
  target(
    'core/decodeHex',
    () => ['', '00ff', encoding.encodeHex(bytes)],
    encoding.decodeHex,
    encoding.encodeHex,
  ),
  target(
    'core/decodeBase64',
    () => ['', 'AA==', encoding.encodeBase64(bytes)],
    encoding.decodeBase64,
    encoding.encodeBase64,
  ),
  target(
    'core/decodeBase64Url',
    () => ['', 'AA', encoding.encodeBase64Url(bytes)],
    encoding.decodeBase64Url,
    encoding.encodeBase64Url,
  ),
  target(
    'core/legacyDecodeBase64',
    () => ['AA==', encoding.encodeBase64(bytes)],
    encoding.legacyDecodeBase64,
  ),
  target(
    'core/decodeUtf8',
    () => [utf8('Ä\ufeff💊'), utf8('a'.repeat(100))],
    encoding.decodeUtf8,
    encoding.encodeUtf8,
  ),
  target('core/decodeCbor', cborSeeds, encoding.decodeCbor, encoding.encodeCbor, { weight: 4 }),
  target(
    'core/CborFields',
    cborSeeds,
    input =>
      new CborFields(
        encoding.decodeCbor(input),
        [],
        [
          'a',
          'v',
          'act',
          'by',
          'ids',
          'name',
          'roster',
          'salt',
          'seal',
          'timestamp',
          'dev',
          'box',
          'pou',
          'legacy',
        ],
      ),
  ),
  target('core/parseJson', jsonSeeds, parseJson, undefined, { weight: 2 }),
  target('core/JsonObject', jsonSeeds, text => {
    const json = JsonObject.parse(text)
    return [
      json.text('a'),
      json.count('n'),
      json.integer('big'),
      json.hex('x'),
      json.texts('list'),
      json.objects('all'),
    ]
  }),
  target(
    'core/parseInstant',
    () => ['2026-11-30T09:00:00.5+01:00', '0001-01-01T00:00:00Z', '2024-02-29T23:59:59.123456789-14:00'],
    parseInstant,
  ),
]

function jsonSeeds() {
  const value = {
    a: 'text',
    n: 5,
    big: '18446744073709551615',
    x: '00ff',
    list: ['a', 'b'],
    all: [{ b: null }, {}],
  }
  return [JSON.stringify(value), JSON.stringify({ ...value, a: 'é"\\\n💊' }, null, 2)]
}

const keySeed = filled(32, 7)
const signingKey = new SigningKey(keySeed.slice())
const publicKey = verifyingKeyOf(signingKey)
const message = utf8('what is signed')
const signed = () => [joined(publicKey, sign(signingKey, message), message)]
const parts = input => [input.subarray(0, 32), input.subarray(96), input.subarray(32, 96)]

const pkcs8 =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n'

/** Whatever DER holds, read to its end. */
function walkDer(reader, depth = 0) {
  while (reader.remaining > 0) {
    const { tag, content } = reader.any()
    if ((tag & 0x20) !== 0 && depth < 20) walkDer(new DerReader(content), depth + 1)
  }
  reader.end()
}

const derSeeds = () => textsIn('own/grants-v2', 'private_key_pem').map(pem => decodePem(pem).der)

const keys = [
  target(
    'core/decodePem',
    () => [pkcs8, `text\r\n${pkcs8}`],
    text => decodePem(text),
  ),
  target('core/DerReader', derSeeds, input => walkDer(new DerReader(input))),
  target('core/DerReader.unsigned', derSeeds, input => new DerReader(input).sequence().unsigned()),
  target('core/isVerifyingKey', () => [publicKey], isVerifyingKey, undefined, { weight: 0.2 }),
  target(
    'core/verify',
    signed,
    soleOf(signed, input => verify(...parts(input))),
    undefined,
    { weight: 0.2 },
  ),
  target(
    'core/verifyCofactored',
    signed,
    soleOf(signed, input => verifyCofactored(...parts(input))),
    undefined,
    {
      weight: 0.02,
    },
  ),
  target(
    'core/verifySha256',
    ecdsaSeeds,
    soleOf(ecdsaSeeds, input =>
      verifySha256('P-256', input.subarray(0, 65), input.subarray(129), input.subarray(65, 129)),
    ),
    undefined,
    { weight: 0.1 },
  ),
]

function ecdsaSeeds() {
  const known = objectsIn('own/ledger-v2', 'algorithm', 'signature').filter(
    ({ algorithm }) => algorithm === 'ES256',
  )
  return known.map(one => joined(hex(one.public_key), hex(one.signature), hex(one.message)))
}

const key = new AeadKey(filled(32, 9))
const context = utf8('context')
const hpkeSecret = new SecretBytes(filled(32, 3))
const hpkePublic = hpkePublicKey(x25519Kem, hpkeSecret)
const info = utf8('info')

const sealedTwice = [message, filled(20_000, 1)].map(text => sealBytes(key, text, context, random))
const sealedSeeds = () => sealedTwice

const sealed = [
  target(
    'core/openBytes',
    sealedSeeds,
    soleOf(sealedSeeds, input => openBytes(key, input, context)),
    undefined,
    { weight: 0.3 },
  ),
  target(
    'core/hpkeOpen',
    hpkeSeeds,
    soleOf(hpkeSeeds, input =>
      hpkeOpen(x25519Kem, hpkeSecret, input.subarray(0, 32), info, input.subarray(32)),
    ),
    undefined,
    { weight: 0.1 },
  ),
  target('core/decodeHead', headSeeds, readHead, ({ kind, logId }) => encodeHead(kind, logId).slice(0, 48)),
  target(
    'core/decodeFrameHead',
    () => [encodeFrame(filled(16, 2), 3, filled(5, 1)).slice(0, 12)],
    readFrame,
    ({ sizeBytes, index }) => {
      const frame = new DataView(new ArrayBuffer(12))
      frame.setUint32(0, sizeBytes)
      frame.setBigUint64(4, BigInt(index))
      return new Uint8Array(frame.buffer)
    },
  ),
]

const hpkeSealed = hpkeSeal(x25519Kem, hpkePublic, info, message, random)

function hpkeSeeds() {
  return [joined(hpkeSealed.enc, hpkeSealed.ct)]
}

/** The check is made anew: what stands behind it is tried. */
function headSeeds() {
  return [
    encodeHead('blocks', filled(16, 2)).slice(0, 48),
    encodeHead('audit-journal/1', filled(16, 3)).slice(0, 48),
  ]
}

function readHead(input) {
  const check = createHash('sha256').update(input).digest().subarray(0, 8)
  const head = decodeHead(joined(input, check))
  // Another version is the caller's to refuse.
  return head === null || head.version !== 1 ? null : head
}

/** A frame of an append log, its two checks made anew. */
function readFrame(input) {
  // Its callers give it 16 bytes, of which the last four are the check.
  if (input.length !== 12) return null
  const id = filled(16, 2)
  const check = createHash('sha256')
    .update(joined(id, input.subarray(0, 12)))
    .digest()
    .subarray(0, 4)
  return decodeFrameHead(id, joined(input.subarray(0, 12), check))
}

const numberIn = (map, name) => map.count(name)
const hashes = Array.from({ length: 9 }, (_, i) => leafHash(filled(4, i)))

const trees = [
  target(
    'core/verifyInclusion',
    () => [
      encoding.encodeCbor({
        leaf: hashes[3],
        index: 3,
        size: 9,
        root: treeRoot(hashes),
        proof: [...inclusionProof(hashes, 3)],
      }),
    ],
    input => {
      const map = CborFields.decode(input, ['leaf', 'index', 'size', 'root', 'proof'])
      return verifyInclusion({
        leaf: map.bytes('leaf'),
        index: numberIn(map, 'index'),
        size: numberIn(map, 'size'),
        root: map.bytes('root'),
        proof: map.bytesList('proof'),
      })
    },
  ),
  target(
    'core/verifyConsistency',
    () => [
      encoding.encodeCbor({
        older: 3,
        newer: 9,
        oldRoot: treeRoot(hashes.slice(0, 3)),
        newRoot: treeRoot(hashes),
        proof: [...consistencyProof(hashes, 3)],
      }),
    ],
    input => {
      const map = CborFields.decode(input, ['older', 'newer', 'oldRoot', 'newRoot', 'proof'])
      return verifyConsistency({
        older: numberIn(map, 'older'),
        newer: numberIn(map, 'newer'),
        oldRoot: map.bytes('oldRoot'),
        newRoot: map.bytes('newRoot'),
        proof: map.bytesList('proof'),
      })
    },
  ),
  target(
    'core/inflateRaw',
    () => [hex('4b4c4a4e494d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8ac02'), hex('4b04')],
    input => inflateRaw(input, 100_000),
    undefined,
    { weight: 0.1 },
  ),
]

export const targets = [...encodings, ...keys, ...sealed, ...trees]
