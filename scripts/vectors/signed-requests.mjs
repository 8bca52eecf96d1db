/**
 * `node scripts/vectors/signed-requests.mjs`: makes vectors/own/signed-requests-v2.json again, from fixed keys and chance.
 * With `--check` it writes nothing, and fails unless the file holds just that.
 */
import { signRequest, thumbprintOf } from '../../packages/clinic/dist/signed-request.js'
import { SigningKey, sign, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import { createChance } from './chance.mjs'
import { freeze } from './frozen.mjs'

const random = createChance('chartseal request vectors')
const created = 1_796_000_000
const clock = { nowMs: () => created * 1000 + 999 }
const origin = 'https://clinic.example'
const seedOf = byte => new Uint8Array(32).fill(byte)

function device(byte) {
  const key = new SigningKey(seedOf(byte))
  const verifyingKey = verifyingKeyOf(key)
  return { byte, verifyingKey, kid: thumbprintOf(verifyingKey), sign: message => sign(key, message) }
}
const [ours, other] = [device(1), device(2)]
const cases = []

async function request(method, path, body, by = ours) {
  const target = { method, url: `${origin}${path}` }
  return { target, body, by, fields: await signRequest({ ...target, body }, by, { clock, random }) }
}
const shown = ({ target, body, fields }, now, known) => ({
  ...{ method: target.method, uri: target.url, body: encodeHex(body), fields, now },
  known_keys: known.map(({ verifyingKey }) => encodeHex(verifyingKey)),
})
function taken(name, made, now = created) {
  const nonce = /nonce="([^"]*)"/.exec(made.fields['signature-input'])?.[1]
  const signer = { signing_key: encodeHex(seedOf(made.by.byte)), kid: made.by.kid, created, nonce }
  cases.push({ name, ...shown(made, now, [ours]), ...signer })
}
const refused = (name, made, code, now = created, known = [ours]) =>
  cases.push({ name, ...shown(made, now, known), refused: code })
const withField = (made, field, change) => ({
  ...made,
  fields: { ...made.fields, [field]: change(made.fields[field]) },
})
const without = (made, field) => {
  const { [field]: _, ...fields } = made.fields
  return { ...made, fields }
}

const put = await request(
  'PUT',
  '/v1/mailboxes/AAAAAAAAAAAAAAAAAAAAAA/messages/1?to=%C3%84',
  encodeUtf8('a body'),
)
taken('a PUT with a body', put)
taken('a minute late', put, created + 60)
taken('a minute early', put, created - 60)
const get = await request('GET', '/v1/entries?after=41&limit=10', new Uint8Array())
taken('a GET, whose body is empty', get)
taken('a DELETE', await request('DELETE', '/v1/links/x', new Uint8Array()))

refused('more than a minute late', put, 'signature/stale', created + 61)
refused('more than a minute early', put, 'signature/stale', created - 61)
refused(
  'of a device that is not known',
  await request('GET', '/v1/roster', new Uint8Array(), other),
  'signature/unknown-key',
)
refused('another body', { ...put, body: encodeUtf8('A body') }, 'signature/digest')
refused('another path', { ...put, target: { ...put.target, url: `${origin}/v1/roster` } }, 'signature/wrong')
refused(
  'another origin',
  { ...put, target: { ...put.target, url: put.target.url.replace('clinic.', 'other.') } },
  'signature/wrong',
)
refused('another method', { ...put, target: { ...put.target, method: 'POST' } }, 'signature/wrong')
refused(
  'another time',
  withField(put, 'signature-input', text => text.replace(`${created}`, `${created + 1}`)),
  'signature/wrong',
)
refused(
  'another nonce',
  withField(put, 'signature-input', text => text.replace(/nonce="[^"]*"/, `nonce="${'A'.repeat(22)}"`)),
  'signature/wrong',
)
refused(
  'the signature of another request',
  { ...put, fields: { ...put.fields, signature: get.fields.signature } },
  'signature/wrong',
)
refused(
  'in the name of somebody else',
  withField(put, 'signature-input', text => text.replace(ours.kid, other.kid)),
  'signature/wrong',
  created,
  [ours, other],
)
const malformed = (name, field, change) => refused(name, withField(put, field, change), 'signature/malformed')
malformed('another order of what is covered', 'signature-input', text =>
  text.replace('"@method" "@target-uri"', '"@target-uri" "@method"'),
)
malformed('less that is covered', 'signature-input', text => text.replace(' "content-digest"', ''))
malformed('another label', 'signature-input', text => text.replace('sig=', 'sig1='))
malformed('another tag', 'signature-input', text => text.replace('chartseal/v2', 'chartseal/v3'))
malformed('another algorithm', 'signature-input', text => text.replace('ed25519', 'hmac-sha256'))
malformed('a parameter more', 'signature-input', text => `${text};expires=1796000060`)
malformed('a time with a zero in front', 'signature-input', text => text.replace('created=', 'created=0'))
malformed('a nonce of 21 characters', 'signature-input', text => text.replace(/(nonce="[^"]*)[^"]"/, '$1"'))
malformed('a nonce in another spelling', 'signature-input', text =>
  text.replace(/(nonce="[^"]*)[^"]"/, '$1B"'),
)
malformed('a signature of 63 bytes', 'signature', () => `sig=:${Buffer.alloc(63, 1).toString('base64')}:`)
malformed('two digests', 'content-digest', text => `${text}, ${text}`)
malformed('another kind of digest', 'content-digest', text => text.replace('sha-256', 'sha-512'))
refused('no digest', without(put, 'content-digest'), 'signature/malformed')
refused('no signature', without(put, 'signature'), 'signature/malformed')
refused(
  'nothing of it',
  without(without(without(put, 'content-digest'), 'signature'), 'signature-input'),
  'signature/missing',
)

freeze(
  'signed-requests-v2',
  'requests to a clinic that a device signs, docs/spec/clinic-api.md; "now" is the clock of the clinic in seconds; node scripts/vectors/signed-requests.mjs makes it again',
  cases,
)
