/**
 * `node scripts/vectors/slips.mjs`: makes vectors/own/slips-v2.json again, from fixed keys. With `--check` it writes nothing,
 * and fails unless the file holds just that.
 */
import { decodeBase45, encodeBase45, makeSlip } from '../../packages/clinic/dist/prescriptions.js'
import { SigningKey, sign, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor, encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import {
  commit,
  encodeClaims,
  encodeRoster,
  memberOf,
  recordOf,
  signedBytesOf,
  slipKeyOf,
} from '../../packages/emr-ledger/dist/index.js'
import { freeze } from './frozen.mjs'

const filled = (length, byte) => new Uint8Array(length).fill(byte)
const key = new SigningKey(filled(32, 1))
const prefix = 'CHARTSEAL-RX:'
const rs = filled(32, 7)
const patientId = 'PAT-7 Ä'
const long = encodeUtf8(
  JSON.stringify({ resourceType: 'MedicationRequest', note: 'one capsule, '.repeat(40) }),
)
const short = encodeUtf8('{"a":1.50}')

const memberAs = roles =>
  memberOf({ algorithm: 'Ed25519', publicKey: verifyingKeyOf(key), roles, name: 'Dr. Vega' })
const rosterOf = member => ({ number: 1n, members: [member], quorum: 1 })
const prescriber = rosterOf(memberAs(['prescriber']))
const other = new SigningKey(filled(32, 2))
const stranger = {
  ...memberAs(['prescriber']),
  ...memberOf({ algorithm: 'Ed25519', publicKey: verifyingKeyOf(other), roles: ['prescriber'], name: '' }),
}

function recordFor(body, change = {}, by = key) {
  const claims = encodeClaims({
    ...{ ledger: filled(32, 3), kind: 'prescribe', signer: memberAs(['prescriber']).kid, seq: 1n },
    ...{ authoredOn: 1_000n, reference: '', validUntil: 2_000n, quantity: 2 },
    subject: commit({ rs, kind: 'subject', bytes: encodeUtf8(patientId) }),
    body: commit({ rs, kind: 'body', bytes: body }),
    ...change,
  })
  const { kid } = memberAs(['prescriber'])
  return recordOf(claims, [{ kid, signature: sign(by, signedBytesOf(claims)) }])
}

const cases = []
const rostered = roster => ({ roster: encodeHex(encodeRoster(roster)) })
async function taken(name, body, record, roster = prescriber) {
  const text = await makeSlip(record.bytes, { rs, body, patientId })
  const said = { txid: encodeHex(record.txid), rs: encodeHex(rs), patient: patientId, body: encodeHex(body) }
  cases.push({ name, ...rostered(roster), text, ...said, is_known: roster === prescriber })
  return text
}
const refused = (name, text, code, roster = prescriber) =>
  cases.push({ name, ...rostered(roster), text, refused: code })

const slip = await taken('a short body, as it is', short, recordFor(short))
const packed = await taken('a long body, packed', long, recordFor(long))
await taken('held by its slip', short, recordFor(short, { slip: slipKeyOf(rs) }))
await taken('by somebody who is not known', short, recordFor(short), rosterOf(stranger))

const fields = decodeCbor(decodeBase45(slip.slice(prefix.length)))
const withFields = (change, of = fields) => prefix + encodeBase45(encodeCbor({ ...of, ...change }))
const without = (map, name) => Object.fromEntries(Object.entries(map).filter(([one]) => one !== name))
refused('another patient', withFields({ patient: 'PAT-8' }), 'slip/other-content')
refused('another body', withFields({ body: encodeUtf8('{"a":1.5}') }), 'slip/other-content')
refused('another secret', withFields({ rs: filled(32, 8) }), 'slip/other-content')
const held = recordFor(short, { slip: slipKeyOf(filled(32, 8)) })
refused('held by another slip', withFields({ record: held.bytes }), 'slip/other-content')
refused('signed by another key', withFields({ record: recordFor(short, {}, other).bytes }), 'slip/signature')
refused('by a dispenser', slip, 'slip/signature', rosterOf(memberAs(['dispenser'])))
const notASlip = (name, text) => refused(name, text, 'slip/not-a-slip')
notASlip('another prefix', slip.replace('RX', 'RY'))
notASlip('lower case', prefix + slip.slice(prefix.length).toLowerCase())
notASlip('a character too few', slip.slice(0, -1))
notASlip('three characters above two bytes', `${prefix}:::${slip.slice(prefix.length + 3)}`)
notASlip('another version', withFields({ v: 3 }))
notASlip('a field too many', withFields({ more: 1 }))
notASlip('no body', prefix + encodeBase45(encodeCbor(without(fields, 'body'))))
notASlip('two bodies', withFields({ packed: filled(4, 1) }))
notASlip('a body that does not unpack', withFields({ packed: filled(40, 0xff) }, without(fields, 'body')))
notASlip(
  'bytes behind a packed body',
  withFields(
    { packed: Uint8Array.from([...decodeCbor(decodeBase45(packed.slice(prefix.length))).packed, 0]) },
    without(fields, 'body'),
  ),
)
notASlip('a secret of 31 bytes', withFields({ rs: filled(31, 7) }))
notASlip('a record that is none', withFields({ record: filled(9, 1) }))

freeze(
  'slips-v2',
  'slips that patients show, docs/spec/ledger-v2.md; node scripts/vectors/slips.mjs makes it again',
  cases,
)
