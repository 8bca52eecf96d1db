/**
 * `node scripts/vectors/refusals.mjs`: what must be refused of messages, pairings, states and exports of rings, payloads and
 * paths of the key tree, made of the cases that are frozen beside it, each broken in one way; the code is this build's.
 * With `--check` it writes nothing, and fails unless the files hold just that.
 */

import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto'
import { sealBytes } from '../../packages/core/dist/chunked.js'
import { SigningKey, sign } from '../../packages/core/dist/ed25519.js'
import {
  decodeBase64Url,
  decodeCbor,
  decodeHex,
  encodeBase64Url,
  encodeCbor,
  encodeHex,
  encodeUtf8,
} from '../../packages/core/dist/encoding.js'
import { JsonObject } from '../../packages/core/dist/json.js'
import { AeadKey } from '../../packages/core/dist/keys.js'
import { runners as elgamal } from '../../packages/elgamal-session/dist/vectors.js'
import { runners as envelope } from '../../packages/ipfs-envelope/dist/vectors.js'
import { runners as keyring } from '../../packages/kdf-keyring/dist/vectors.js'
import { runners as wire } from '../../packages/wire/dist/vectors.js'
import { createChance } from './chance.mjs'
import { freezeRefusals, frozen } from './frozen.mjs'

const chance = createChance('chartseal refusals')
const runners = { ...wire, ...keyring, ...envelope, ...elgamal }
const filled = (length, byte) => new Uint8Array(length).fill(byte)
const flipped = (bytes, at) =>
  bytes.map((byte, i) => (i === (at + bytes.length) % bytes.length ? byte ^ 1 : byte))
const joined = (...parts) =>
  new Uint8Array(Buffer.concat(parts.map(part => (typeof part === 'string' ? encodeUtf8(part) : part))))
const sha256 = (...parts) =>
  new Uint8Array(
    createHash('sha256')
      .update(joined(...parts))
      .digest(),
  )
const without = (map, name) => Object.fromEntries(Object.entries(map).filter(([one]) => one !== name))

/** Gathers cases of one file; each must be refused just so. */
class Refusals {
  #cases = []
  #names = []
  constructor(file, base) {
    this.file = file
    this.base = base
  }
  add(name, code, fields) {
    this.#cases.push({ name, ...this.base, ...fields, refused: code })
    this.#names.push(name)
  }
  async freeze() {
    for (const one of this.#cases) {
      try {
        await runners[this.file](new JsonObject(one), {})
      } catch (error) {
        throw new Error(`${this.file}: ${one.name}: ${error.message}`)
      }
    }
    freezeRefusals(this.file, this.#cases)
  }
}

// Messages.

const message = frozen('wire-v2').cases[0]
const names = ['patient_id', 'thread', 'sender', 'recipient']
const bound = Object.fromEntries(['key', ...names].map(name => [name, message[name]]))
const messages = new Refusals('wire-v2', bound)
const bytesOfText = decodeBase64Url(message.text.slice('[CHARTSEAL:v2:'.length, -1))
const textOf = bytes => `[CHARTSEAL:v2:${encodeBase64Url(bytes)}]`
const body = { sent: 1, type: 'text/plain', content: encodeUtf8('x') }

/** A message that is sealed rightly around whatever this is. */
function around(padded, header = bytesOfText.subarray(0, 19)) {
  const parts = names.flatMap(name => [Uint8Array.of(0, Buffer.byteLength(message[name])), message[name]])
  const context = joined('chartseal/message/v2', header, ...parts)
  const key = new AeadKey(decodeHex(message.key))
  return textOf(joined(header, sealBytes(key, padded, context, chance)))
}
const padded = (bytes, mark = 0x80, length = 256) =>
  joined(bytes, Uint8Array.of(mark), filled(length, 0)).subarray(0, length)
const text = (name, code, changed) => messages.add(name, code, { text: changed })
text('a bit at its end', 'open/failed', textOf(flipped(bytesOfText, -1)))
text('a bit of the key id', 'open/failed', textOf(flipped(bytesOfText, 3)))
text('a bit of the counter', 'open/failed', textOf(flipped(bytesOfText, 18)))
text('a bit of the salt', 'open/failed', textOf(flipped(bytesOfText, 19)))
text('a bit of the commitment', 'open/failed', textOf(flipped(bytesOfText, 43)))
for (const name of names)
  messages.add(`another ${name}`, 'open/failed', { text: message.text, [name]: `${message[name]}x` })
const moved = { patient_id: 'PAT-12345w', thread: 'ard 3' }
messages.add('a letter moved from one name to the next', 'open/failed', { text: message.text, ...moved })
messages.add('another key', 'open/failed', { text: message.text, key: encodeHex(filled(32, 1)) })
text('another version', 'message/unsupported', textOf(flipped(bytesOfText, 0)))
text('another suite', 'message/unsupported', textOf(flipped(bytesOfText, 1)))
text('a flag', 'message/unsupported', textOf(flipped(bytesOfText, 2)))
text('shorter than any message', 'message/malformed', textOf(bytesOfText.subarray(0, 346)))
text(
  'a length that no chunks have',
  'message/malformed',
  textOf(joined(bytesOfText, filled(16_400 - bytesOfText.length + 75, 0))),
)
text('another frame', 'message/malformed', message.text.replace('CHARTSEAL', 'chartseal'))
text('text before it', 'message/malformed', ` ${message.text}`)
text('a blank inside', 'message/malformed', message.text.replace('A', 'A '))
text('padding of base64', 'message/malformed', message.text.replace(/]$/, '=]'))
text(
  'another spelling of base64',
  'message/malformed',
  `[CHARTSEAL:v2:${encodeBase64Url(bytesOfText.subarray(0, -1)).replace(/.$/, '_')}]`,
)
text('a part of a message', 'message/malformed', message.text.replace('v2:', 'v2:AAAAAAAAAAA:1/2:'))
text('a body without its mark', 'open/failed', around(padded(encodeCbor(body), 0)))
text('a body behind another mark', 'open/failed', around(padded(encodeCbor(body), 0x81)))
text('nothing but zeros', 'open/failed', around(filled(256, 0)))
text('a field too many', 'open/failed', around(padded(encodeCbor({ ...body, more: 1 }))))
text('a field too few', 'open/failed', around(padded(encodeCbor(without(body, 'sent')))))
text('a content that is text', 'open/failed', around(padded(encodeCbor({ ...body, content: 'x' }))))
text('a time of more than 53 bits', 'open/failed', around(padded(encodeCbor({ ...body, sent: 2n ** 53n }))))
text(
  'a byte behind the body',
  'open/failed',
  around(padded(joined(encodeCbor(body), Uint8Array.of(0x00, 0x01)))),
)
text(
  'a number in the longer spelling',
  'open/failed',
  around(padded(joined(encodeCbor(body).subarray(0, 6), Uint8Array.of(0x18), encodeCbor(body).subarray(6)))),
)
await messages.freeze()

// Payloads: sealed rightly, under the salt, around a head, so many zeros and what is behind them.

const [record] = frozen('payloads-v2').cases
const payloads = new Refusals('payloads-v2', {
  key: record.key,
  package: record.package,
  version: record.version,
  salt: record.salt,
})
const header = { v: 2, name: '', type: 'text/plain', size: 5, created: 1, labels: [] }
const content = encodeUtf8('12345')
const chunk = 16_384
function payload(name, fields, { front = chunk, behind = content, code = 'open/failed', ...more } = {}) {
  const encoded = encodeCbor(fields)
  const head = joined(Uint8Array.of(0, 0, encoded.length >> 8, encoded.length & 255), encoded)
  const around = { head: encodeHex(head), zeros: front - head.length, behind: encodeHex(behind) }
  payloads.add(name, code, { ...around, ...more })
}
payload('of another version', header, { sealed_version: 2 })
payload('a field of the header too many', { ...header, more: 1 })
payload('a field of the header too few', without(header, 'labels'))
payload('another version of the header', { ...header, v: 1 })
payload('a name of 1,025 bytes', { ...header, name: 'n'.repeat(1025) })
payload('no media type', { ...header, type: '' })
payload('a media type of 256 bytes', { ...header, type: 't'.repeat(256) })
payload('65 labels', { ...header, labels: Array(65).fill('l') })
payload('an empty label', { ...header, labels: [''] })
payload('other than zeros behind the header', header, {
  front: chunk - 1,
  behind: joined(Uint8Array.of(1), content),
})
payload('more content than the header says', header, { behind: joined(content, content) })
payload('less content than the header says', header, { behind: content.subarray(1) })
payload('padding that is not zeros', { ...header, size: 1001 }, { behind: filled(1024, 1) })
payload('padding of another length', { ...header, size: 1001 }, { behind: filled(1025, 0) })
payload('a front of more chunks than it needs', header, { front: 2 * chunk })
payload('a front that is no chunk', header, { front: 100, behind: filled(0, 0) })
payload('a header in another spelling', header, {
  code: 'open/failed',
  head: encodeHex(joined(Uint8Array.of(0, 0, 0, 5), Uint8Array.of(0xb8, 0))),
})
payloads.add('a header that is longer than any', 'open/failed', {
  head: '00010000',
  zeros: 5 * chunk,
  behind: '',
})
payload('cut to no chunk', header, { code: 'chunked/truncated', bytes: 60 })
payload('a byte too few', header, { bytes: 56 + 16_400 + 16 + content.length - 1 })
await payloads.freeze()

// Pairings.

const pair = frozen('pairing-v2').cases[0]
const inputs = [
  'a',
  'b',
  'now_ms',
  'ephemeral_a',
  'ephemeral_b',
  'pairing_secret',
  'nonce_a',
  'nonce_b',
  'payload',
  'answer',
  'reveal',
]
const pairings = new Refusals('pairing-v2', Object.fromEntries(inputs.map(name => [name, pair[name]])))
const offered = decodeCbor(decodeHex(pair.payload))
const answered = decodeCbor(decodeHex(pair.answer))
const hourMs = 3_600_000
const payloadAs = (name, code, bytes) =>
  pairings.add(name, code, { step: 'payload', payload: encodeHex(bytes) })
const offer = (name, code, change) => payloadAs(name, code, encodeCbor({ ...offered, ...change }))
offer('a code of another version', 'keyring/pairing-version', { v: 4 })
offer('a code with a field too many', 'keyring/pairing-invalid', { more: 1 })
payloadAs('a code with a field too few', 'keyring/pairing-invalid', encodeCbor(without(offered, 'nh')))
payloadAs(
  'a code with a byte behind it',
  'keyring/pairing-invalid',
  joined(decodeHex(pair.payload), Uint8Array.of(0)),
)
payloadAs(
  'a code of more than 1,024 bytes',
  'keyring/pairing-invalid',
  encodeCbor({ ...offered, n: 'n'.repeat(1024) }),
)
offer('a code of a second patient', 'keyring/pairing-invalid', { r: 'patient' })
offer('a code of a role that is none', 'keyring/pairing-invalid', { r: 'nurse' })
offer('a name of 65 characters', 'keyring/pairing-invalid', { n: 'n'.repeat(65) })
offer('no name', 'keyring/pairing-invalid', { n: '' })
offer('a name that is not in NFC', 'keyring/pairing-invalid', { n: 'A\u0308' })
offer('a name with a character that nobody sees', 'keyring/pairing-invalid', { n: 'Ro\u200bsa' })
offer('a name with a blank at its end', 'keyring/pairing-invalid', { n: 'Rosa ' })
offer('a signing key of small order', 'keyring/pairing-invalid', { sk: Uint8Array.of(1, ...filled(31, 0)) })
offer('a signing key of 31 bytes', 'keyring/pairing-invalid', { sk: filled(31, 1) })
offer('a code that has ended', 'keyring/pairing-expired', { na: pair.now_ms - 1 })
offer('a code that is good for more than an hour', 'keyring/clock-jump', { na: pair.now_ms + hourMs + 1 })
offer('a code of two months ago', 'keyring/clock-jump', { e0: offered.e0 - 2 })
offer('a code of the month after the next', 'keyring/clock-jump', { e0: offered.e0 + 2 })

const hmac = (key, message) => new Uint8Array(createHmac('sha256', key).update(message).digest())
const macKey = new Uint8Array(hkdfSync('sha256', offered.ps, new Uint8Array(), 'chartseal/pair-mac/v3', 32))
/** An answer that is signed and authenticated rightly, whatever it says. */
function answering(change, seed = decodeHex(pair.b.signing_key), secret = macKey) {
  const said = { ...without(without(answered, 'sig'), 'mac'), ...change }
  const fields = {
    ...said,
    sig: sign(new SigningKey(seed), joined('chartseal/pair-answer/v3', encodeCbor(said))),
  }
  return encodeCbor({ ...fields, mac: hmac(secret, encodeCbor(fields)) })
}
const answerAs = (name, code, bytes, more = {}) =>
  pairings.add(name, code, { step: 'answer', answer: encodeHex(bytes), ...more })
answerAs('an answer of another version', 'keyring/pairing-version', answering({ v: 2 }))
answerAs('an answer with a field too many', 'keyring/pairing-invalid', answering({ more: 1 }))
answerAs('an answer that was cut', 'keyring/pairing-invalid', decodeHex(pair.answer).subarray(0, -1))
answerAs('an answer to another code', 'keyring/pairing-mismatch', answering({ ph: filled(32, 1) }))
answerAs('an answer of who did not see the code', 'open/failed', answering({}, undefined, filled(32, 1)))
answerAs('an answer that another key signed', 'keyring/pairing-mismatch', answering({}, filled(32, 9)))
const own = { sk: decodeHex(pair.a.verifying_key) }
answerAs(
  'an answer with the own key',
  'keyring/pairing-invalid',
  answering(own, decodeHex(pair.a.signing_key)),
)
answerAs('an answer behind the end', 'keyring/pairing-expired', decodeHex(pair.answer), {
  read_ms: offered.na + 1,
})

const revealAs = (name, code, bytes) => pairings.add(name, code, { step: 'reveal', reveal: encodeHex(bytes) })
const reveal = decodeHex(pair.reveal)
revealAs('another nonce', 'keyring/pairing-mismatch', flipped(reveal, 0))
revealAs('another signature', 'keyring/pairing-mismatch', flipped(reveal, -1))
revealAs('a reveal that was cut', 'keyring/pairing-mismatch', reveal.subarray(0, -1))
const transcript = sha256(decodeHex(pair.payload), decodeHex(pair.answer), decodeHex(pair.nonce_a))
const byOther = sign(new SigningKey(filled(32, 9)), joined('chartseal/pair-reveal/v3', transcript))
revealAs(
  'a reveal that another key signed',
  'keyring/pairing-mismatch',
  joined(decodeHex(pair.nonce_a), byOther),
)
await pairings.freeze()

// States and exports of rings.

const rings = new Refusals('keyring-v2', {})
const kept = frozen('keyring-v2').cases.find(one => one.advanced_ms?.length === 2)
const state = decodeCbor(decodeHex(kept.state))
const ring = (name, bytes) => rings.add(name, 'keyring/bad-state', { state: encodeHex(bytes) })
const small = { ...state, kids: filled(16, 1) }
ring('a state whose kids are too short', encodeCbor(small))
ring('a state with a field too many', encodeCbor({ ...small, more: 1 }))
ring('a state with a field too few', encodeCbor(without(small, 'ok')))
ring('a state of version 4', encodeCbor({ ...small, v: 4 }))
const older = decodeCbor(decodeHex(frozen('keyring-v2').cases.find(one => 'older_state' in one).older_state))
const olderAs = (name, change) => ring(`of version 2: ${name}`, encodeCbor({ ...older, ...change }))
olderAs('an epoch before the first', { e: older.e0 - 1 })
olderAs('a device that has no number yet', { dev: 3, next: 3 })
olderAs('a device number of 32', { dev: 32, next: 32 })
olderAs('a chain of 31 bytes', { chain: filled(31, 1) })
olderAs('the active epoch among the destroyed', { gone: [{ e: older.e, k: filled(8, 1) }] })
const past = [older.e0 - 2, older.e0 - 1].map(e => ({ e, k: filled(8, 1) }))
olderAs('destroyed epochs out of order', { e0: older.e0 - 2, gone: past.toReversed() })
olderAs('kids of seven bytes', { e0: older.e0 - 2, gone: [{ e: older.e0 - 1, k: filled(7, 1) }] })

const {
  passphrase,
  phc,
  export: exported,
} = frozen('keyring-v2').cases.find(one => one.phc?.startsWith('$pbkdf2'))
const sealed = decodeCbor(decodeHex(exported))
const exportAs = (name, code, bytes, more = {}) =>
  rings.add(name, code, { passphrase, export: encodeHex(bytes), ...more })
const short = { ...sealed, sealed: sealed.sealed.subarray(0, 72) }
exportAs('an export with a field too many', 'keyring/bad-export', encodeCbor({ ...short, more: 1 }))
exportAs('an export with a byte behind it', 'keyring/bad-export', joined(encodeCbor(short), Uint8Array.of(0)))
exportAs('an export of version 4', 'keyring/bad-export', encodeCbor({ ...short, v: 4 }))
const phcAs = (name, text) => exportAs(name, 'keyring/bad-phc', encodeCbor({ ...short, phc: text }))
phcAs('too few iterations', phc.replace('600000', '599999'))
phcAs('too many iterations', phc.replace('600000', '10000001'))
phcAs('a number with a zero in front', phc.replace('600000', '0600000'))
phcAs('a salt of 15 bytes', phc.replace(/.{2}$/, ''))
phcAs('a salt in another spelling', phc.replace(/.$/, 'R'))
phcAs('too little memory', '$argon2id$v=19$m=19455,t=2,p=1$KC82PURLUllgZ251fIOKkQ')
phcAs('memory times passes above the limit', '$argon2id$v=19$m=1048576,t=5,p=1$KC82PURLUllgZ251fIOKkQ')
phcAs('five lanes', '$argon2id$v=19$m=19456,t=2,p=5$KC82PURLUllgZ251fIOKkQ')
phcAs('another version of Argon2', '$argon2id$v=16$m=19456,t=2,p=1$KC82PURLUllgZ251fIOKkQ')
phcAs('another function', '$scrypt$ln=16,r=8,p=1$KC82PURLUllgZ251fIOKkQ')
exportAs('another passphrase', 'open/failed', encodeCbor(short), { passphrase: 'x' })
const salt = Buffer.from('KC82PURLUllgZ251fIOKkQ', 'base64')
const exportKey = new AeadKey(
  new Uint8Array(pbkdf2Sync(passphrase.normalize('NFKC'), salt, 600_000, 32, 'sha256')),
)
const inside = fields => ({
  ...short,
  sealed: sealBytes(exportKey, encodeCbor(fields), joined('chartseal/export/v3', phc), chance),
})
const sound = { ring: encodeCbor(older), role: '' }
exportAs('a role that is none', 'open/failed', encodeCbor(inside({ ...sound, role: 'nurse' })))
await rings.freeze()

// Paths of the key tree.

const tree = frozen('key-tree-v2').cases[0]
const given = tree.steps.flatMap(step => step.paths ?? [])[0]
const paths = new Refusals('key-tree-v2', {
  conference_id: tree.conference_id,
  leaf_key: tree.steps[0].leaf_key,
})
const path = decodeHex(given.path)
const put = (at, ...bytes) => path.map((byte, i) => bytes[i - at] ?? byte)
const pathAs = (name, bytes) => paths.add(name, 'conference/bad-path', { path: encodeHex(bytes) })
pathAs('another version', put(0, 1))
pathAs('no levels', put(1, 0))
pathAs('13 levels', put(1, 13))
pathAs('epoch 0', put(2, 0, 0, 0, 0))
pathAs('a leaf beside the tree', put(6, 0, 0, 0, 4))
pathAs('version 0 of the leaf', put(10, 0, 0, 0, 0))
pathAs('version 0 of a node', put(14, 0, 0, 0, 0))
pathAs('a byte behind it', joined(path, Uint8Array.of(0)))
pathAs('cut', path.subarray(0, -1))
await paths.freeze()
