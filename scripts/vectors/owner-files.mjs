/**
 * `node scripts/vectors/owner-files.mjs`: makes vectors/own/owner-files.json and desk-files.json again, from fixed keys
 * and chance. With `--check` it writes nothing, and fails unless the files hold just that.
 */
import { encodeDesk } from '../../apps/cli/dist/io/ledger/desk-file.js'
import { createStaticKey } from '../../packages/clinic/dist/conference/static-key.js'
import { encodeBook as encodeConference, encodeSeat } from '../../packages/clinic/dist/conference.js'
import { encodeDevice } from '../../packages/clinic/dist/device-cbor.js'
import { FileSeal } from '../../packages/clinic/dist/fs/conference.js'
import { sealFolderKeys, sealState } from '../../packages/clinic/dist/fs/ring-keys.js'
import { deviceOf, makeKitBook } from '../../packages/clinic/dist/index.js'
import { decodeBook, encodeBook, encodeErrand } from '../../packages/clinic/dist/prescriptions.js'
import { sealCareTeam } from '../../packages/clinic/dist/team/file.js'
import { openBytes } from '../../packages/core/dist/chunked.js'
import { SigningKey, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor, encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import { AeadKey, SecretBytes } from '../../packages/core/dist/keys.js'
import { createTeam, decodeTeam, encodeTeam } from '../../packages/elgamal-session/dist/team.js'
import {
  createRing,
  encodeRing,
  formatPhc,
  hardenPassphrase,
  importRing,
} from '../../packages/kdf-keyring/dist/index.js'
import { combineShares, encodeShare } from '../../packages/shamir/dist/index.js'
import { createChance } from './chance.mjs'
import { changed, filled, flipped, hex, shown, without } from './changes.mjs'
import { freeze, frozen } from './frozen.mjs'

const chance = createChance('chartseal files of an owner')
const startMs = 1_796_000_000_000
const clock = { nowMs: () => startMs }
const saysOf = bytes => shown(decodeCbor(bytes))

const cases = []
const add = (shows, title, fields) => cases.push({ shows, title, ...fields })
const desks = []
const addDesk = (title, fields) => desks.push({ title, ...fields })

// One passphrase for all: the least that is read.
const passphrase = 'Äpfel und Birnen'
const parameters = { algorithm: 'argon2id', memoryKiB: 19_456, passes: 2, lanes: 1, salt: chance.bytes(16) }
const phc = formatPhc(parameters)
const passphraseKey = () => hardenPassphrase(passphrase, parameters)
const key = encodeHex((await passphraseKey()).reveal())
const world = { random: chance, clock }

// A conference file, and what lies beside it.

const conference = {
  id: filled(16, 1),
  suite: '25519',
  title: 'Monday round',
  untilMs: startMs + 3_600_000,
  staticKey: createStaticKey('25519', chance),
  signingKey: SigningKey.generate(chance),
  patients: new Map(
    [
      ['aa', 'Rosa', filled(32, 3)],
      ['bb', 'Ángel', null],
    ].map(([pair, name, staticKey]) => [
      pair,
      { pair, name, psk: new SecretBytes(filled(32, 2)), staticKey },
    ]),
  ),
}
const seat = {
  ...{ id: filled(16, 1), suite: 'ffdhe3072', title: 'Monday round', untilMs: startMs + 3_600_000 },
  ...{ doctorName: 'Dr. Okafor', doctorStatic: createStaticKey('ffdhe3072', chance).publicKey },
  ...{ doctorSigning: verifyingKeyOf(SigningKey.generate(chance)), psk: new SecretBytes(filled(32, 4)) },
  staticKey: createStaticKey('ffdhe3072', chance),
}
const bookBytes = encodeConference(conference)
const seatBytes = encodeSeat(seat)

const seal = await FileSeal.create(passphrase, parameters, { random: chance })
const file = seal.seal(bookBytes)
const parts = [
  ['chartseal/conference-journal/v1 0', encodeCbor({ t: 'start', incarnation: 1, memberships: 0 })],
  ['chartseal/conference-journal/v1 12', encodeCbor({ t: 'end' })],
  ['chartseal/conference-record/v1', filled(40, 9)],
].map(([context, content]) => ({
  context,
  content: encodeHex(content),
  sealed: encodeHex(seal.sealPart(context, content)),
}))
// The key of the file, as the passphrase's key has it.
const fileKey = encodeHex(
  openBytes(await passphraseKey(), decodeCbor(file).key, encodeUtf8(`chartseal/conference-key/v1${phc}`)),
)
add('file', 'a conference file, records of its journal and one of a seat', {
  ...{ passphrase, phc, file: encodeHex(file), key: fileKey, content: encodeHex(bookBytes), parts },
})
const refusedFile = (title, bytes, code, words = passphrase) =>
  add('file', title, { passphrase: words, file: encodeHex(bytes), refused: code })
refusedFile('another passphrase', file, 'enrolment/wrong-passphrase', 'Äpfel und Birnen!')
refusedFile(
  'a key that was changed',
  changed(file, map => ({ ...map, key: flipped(map.key, -1) })),
  'enrolment/wrong-passphrase',
)
refusedFile(
  'a body that was changed',
  changed(file, map => ({ ...map, body: flipped(map.body, -1) })),
  'enrolment/damaged',
)
refusedFile('one byte less', file.slice(0, -1), 'enrolment/damaged')
refusedFile('in clear', bookBytes, 'enrolment/damaged')
refusedFile(
  'another version',
  changed(file, map => ({ ...map, v: 2 })),
  'enrolment/damaged',
)
refusedFile(
  'a field too many',
  changed(file, map => ({ ...map, more: 1 })),
  'enrolment/damaged',
)
refusedFile(
  'parameters that nobody may ask for',
  changed(file, map => ({ ...map, phc: phc.replace('m=19456', 'm=1024') })),
  'keyring/bad-phc',
)

const says = (kind, bytes) => ({ kind, bytes: encodeHex(bytes), says: saysOf(bytes) })
add('conference', 'what is in a conference file', says('book', bookBytes))
add('conference', 'what is in a seat', says('seat', seatBytes))
const refusedConference = (title, kind, bytes) =>
  add('conference', title, { kind, bytes: encodeHex(bytes), refused: 'enrolment/damaged' })
refusedConference('a seat in the place of a book', 'book', seatBytes)
for (const [title, change] of [
  ['an unknown suite', map => ({ ...map, suite: '448' })],
  ['an id of 15 bytes', map => ({ ...map, id: filled(15, 1) })],
  ['a title that is too long', map => ({ ...map, title: 'é'.repeat(129) })],
  [
    'two patients of one pair',
    map => ({ ...map, patients: [map.patients[0], { ...map.patients[1], pair: 'aa' }] }),
  ],
  [
    'two patients of one name',
    map => ({ ...map, patients: [map.patients[0], { ...map.patients[1], name: 'Rosa' }] }),
  ],
  ['a key of another suite', map => ({ ...map, patients: [{ ...map.patients[0], static: filled(384, 3) }] })],
  ['a secret of another suite', map => ({ ...map, static: filled(35, 3) })],
  ['no version', map => without(map, 'v')],
])
  refusedConference(title, 'book', changed(bookBytes, change))
refusedConference(
  'a pinned key of another suite',
  'seat',
  changed(seatBytes, map => ({ ...map, ds: filled(32, 1) })),
)

// A book of prescriptions, and a desk.

const { anchor } = frozen('ledger-bundles-v2').cases[0]
const records = frozen('ledger-v2').cases.filter(({ txid, kind }) => txid !== undefined && kind !== 'roster')
const errandOf = (record, stage, more = {}) => ({ record: hex(record.record), stage, code: '', ...more })
const content = { rs: filled(32, 7), body: encodeUtf8('{"a":1.50}'), patient: 'PAT-7 Ä' }
const errands = [
  errandOf(records[0], 'final', { content }),
  errandOf(records[1], 'refused', { code: 'ledger/stale-change' }),
  errandOf(records[2], 'signed'),
]
const prescriptions = encodeCbor({ v: 2, anchor: hex(anchor), errands })
if (encodeHex(encodeBook(decodeBook(prescriptions.slice()))) !== encodeHex(prescriptions))
  throw new Error('a book is not read and written as it is')
add('book', 'a book of three errands', {
  ...{ bytes: encodeHex(prescriptions), anchor, errands: shown(decodeCbor(prescriptions).errands) },
  txids: records.slice(0, 3).map(({ txid }) => txid),
})
const [first] = decodeBook(prescriptions.slice()).errands
add('errand', 'one errand', {
  ...{ bytes: encodeHex(encodeErrand(first)), errand: shown(errands[0]), txid: records[0].txid },
})
const refusedBook = (title, change) =>
  add('book', title, { bytes: encodeHex(changed(prescriptions, change)), refused: 'prescription/book' })
const withErrand = change => map => ({ ...map, errands: [{ ...map.errands[0], ...change }] })
refusedBook('another version', map => ({ ...map, v: 1 }))
refusedBook('no anchor', map => ({ ...map, anchor: new Uint8Array() }))
refusedBook('an unknown stage', withErrand({ stage: 'lost' }))
refusedBook('a code that is too long', withErrand({ code: 'x'.repeat(129) }))
refusedBook('a record that is none', withErrand({ record: filled(9, 1) }))
refusedBook('a secret of 31 bytes', withErrand({ content: { ...content, rs: filled(31, 7) } }))
refusedBook('half a content', withErrand({ content: without(content, 'body') }))
add('errand', 'a field too many', {
  bytes: encodeHex(changed(encodeErrand(first), map => ({ ...map, more: 1 }))),
  refused: 'prescription/book',
})

const deskKey = new SigningKey(filled(32, 11))
const desk = {
  server: new URL('https://clinic.example'),
  key: deskKey,
  book: decodeBook(prescriptions.slice()),
}
const bare = encodeDesk(desk, null)
const deskFields = {
  server: 'https://clinic.example',
  key: encodeHex(deskKey.reveal()),
  book: encodeHex(prescriptions),
}
const deskSeal = await FileSeal.create(passphrase, parameters, { random: chance })
addDesk('a desk, sealed', { passphrase, file: encodeHex(encodeDesk(desk, deskSeal)), ...deskFields })
addDesk('a desk in clear', { passphrase: null, file: encodeHex(bare), ...deskFields })
const refusedDesk = (title, change, code = 'cli/desk') =>
  addDesk(title, { passphrase: null, file: encodeHex(changed(bare, change)), refused: code })
refusedDesk('another version', map => ({ ...map, v: 2 }))
refusedDesk('a server that is no address', map => ({ ...map, server: 'clinic' }))
refusedDesk('a key of 31 bytes', map => ({ ...map, key: filled(31, 11) }))
refusedDesk('a book that is none', map => ({ ...map, book: filled(3, 1) }), 'prescription/book')

// A care team.

const state = encodeTeam(
  createTeam({ title: 'Rosa', name: 'Dr. Okafor', box: 'box-1', role: 'clinician' }, world),
)
const careTeam = { pair: 'aa', keeperName: 'Dr. Okafor', unsent: [filled(20, 1), filled(21, 2)] }
const teamFile = sealCareTeam(
  { ...careTeam, team: decodeTeam(state.slice()) },
  phc,
  await passphraseKey(),
  chance,
)
add('team', 'the file of a care team', {
  ...{ passphrase, phc, key, file: encodeHex(teamFile) },
  says: shown({ team: state, pair: careTeam.pair, keeper: careTeam.keeperName, unsent: careTeam.unsent }),
})
const refusedTeam = (title, bytes, code, words = passphrase) =>
  add('team', title, {
    ...{ passphrase: words, phc, key, file: encodeHex(bytes), refused: code },
  })
refusedTeam(
  'changed',
  changed(teamFile, map => ({ ...map, sealed: flipped(map.sealed, 60) })),
  'care-team/wrong-passphrase',
)
refusedTeam(
  'another kind',
  changed(teamFile, map => ({ ...map, kind: 'chartseal-team' })),
  'care-team/damaged',
)
refusedTeam(
  'a field too few',
  changed(teamFile, map => without(map, 'phc')),
  'care-team/damaged',
)

// A ring folder.

const own = SigningKey.generate(chance)
const root = () => new SecretBytes(filled(32, 21))
const firstEpoch = 682
const ringAt = nowMs =>
  createRing({
    root: root(),
    ownVerifyingKey: verifyingKeyOf(own),
    peerVerifyingKey: verifyingKeyOf(SigningKey.generate(chance)),
    ...{ firstEpoch, nowMs },
  })
const ring = ringAt(Date.UTC(2026, 10, 3))
const paired = {
  ...deviceOf(ring, 'doctor', { self: 'Dr. Okafor', peer: 'Dr. Vega', isColleague: true }, chance),
  windows: new Map([
    ['0102030405060708', { epoch: firstEpoch, window: { next: 5n, seen: 0b1011n } }],
    ['00ff030405060708', { epoch: firstEpoch, window: { next: 2n ** 40n, seen: 2n ** 1023n } }],
  ]),
  opening: [{ kid: '0102030405060708', counter: 4n }],
}
const pairing = frozen('pairing-v2').cases.find(one => one.refused === undefined)
const shown1 = {
  side: 'show',
  ...{ payload: hex(pairing.payload), nonce: hex(pairing.nonce_a), ephemeral: hex(pairing.ephemeral_a) },
  answer: { bytes: hex(pairing.answer), atMs: pairing.now_ms },
}
const begun = {
  ...{ self: { role: 'patient', name: 'Rosa', signingKey: SigningKey.generate(chance) }, pairing: shown1 },
  ...{ ring: null, peerName: '', isColleague: false, windows: new Map(), opening: [] },
}
const [folderKey, nextKey] = [AeadKey.generate(chance), AeadKey.generate(chance)]
async function folder(title, device, keys, by) {
  const bytes = encodeDevice(device)
  const keyFile = sealFolderKeys(phc, await passphraseKey(), keys, chance)
  const { v: _, ring: inRing, ...says } = decodeCbor(bytes)
  add('ring', title, {
    ...{ passphrase, phc, key, key_file: encodeHex(keyFile) },
    folder_keys: keys.map(one => encodeHex(one.reveal())),
    ...{ opened_by: by, state_file: encodeHex(sealState(keys[by], bytes, chance)), state: encodeHex(bytes) },
    says: shown(says),
  })
  return { bytes, keyFile }
}
const { bytes: deviceBytes, keyFile } = await folder('a pair of clinicians', paired, [folderKey], 0)
const { bytes: begunBytes } = await folder(
  'a pairing under way, while the folder changes its key',
  begun,
  [folderKey, nextKey],
  1,
)
const refusedKey = (title, bytes, code, words = passphrase) =>
  add('ring-key', title, { passphrase: words, key, key_file: encodeHex(bytes), refused: code })
refusedKey(
  'another version',
  changed(keyFile, map => ({ ...map, v: 4 })),
  'ring/damaged',
)
refusedKey(
  'a field too many',
  changed(keyFile, map => ({ ...map, more: 1 })),
  'ring/damaged',
)
refusedKey(
  'a key that was changed',
  changed(keyFile, map => ({ ...map, sealed: flipped(map.sealed, -1) })),
  'ring/wrong-passphrase',
)
const refusedState = (title, bytes) =>
  add('ring-state', title, { state: encodeHex(bytes), refused: 'ring/damaged' })
for (const [title, change] of [
  ['another version', map => ({ ...map, v: 4 })],
  ['an unknown role', map => ({ ...map, role: 'nurse' })],
  ['a signing key of 31 bytes', map => ({ ...map, sk: filled(31, 1) })],
  ['a pair of clinicians, said with 0', map => ({ ...map, colleague: 0 })],
  ['a ring that is none', map => ({ ...map, ring: filled(9, 1) })],
  ['two windows of one key', map => ({ ...map, windows: [map.windows[0], map.windows[0]] })],
  ['a window of 127 bytes', map => ({ ...map, windows: [{ ...map.windows[0], s: filled(127, 0) }] })],
  ['a counter of 4 bytes', map => ({ ...map, opening: [{ ...map.opening[0], n: filled(4, 0) }] })],
])
  refusedState(
    title,
    changed(deviceBytes, map => change({ ...map, ring: new Uint8Array() })),
  )
for (const [title, change] of [
  ['two pairings', map => ({ ...map, pairing: [map.pairing[0], map.pairing[0]] })],
  ['an unknown side', map => ({ ...map, pairing: [{ ...map.pairing[0], side: 'both' }] })],
  [
    'an answer that came when none did',
    map => ({ ...map, pairing: [{ ...map.pairing[0], b: new Uint8Array() }] }),
  ],
])
  refusedState(title, changed(begunBytes, change))

// A kit book.

const pages = [{ ring: ringAt(Date.UTC(2026, 10, 3)), about: encodeUtf8('Rosa') }]
const kit = await makeKitBook(
  pages,
  { threshold: 2, numShares: 3, label: 'kit', more: encodeUtf8('slips') },
  world,
)
const shares = kit.shares.map(share => encodeHex(encodeShare(share)))
const states = await Promise.all(
  decodeCbor(kit.book).rings.map(async one => {
    const { secret } = combineShares(kit.shares)
    return encodeHex(encodeRing(await importRing(one.export, encodeHex(secret))))
  }),
)
add('kit', 'a kit of one ring, and more', {
  ...{ book: encodeHex(kit.book), shares: shares.slice(1), root: encodeHex(kit.set.root) },
  pages: pages.map(({ about }, i) => ({ state: states[i], role: '', about: encodeHex(about) })),
  more: encodeHex(encodeUtf8('slips')),
})
const refusedKit = (title, code, change, with_ = shares.slice(1)) =>
  add('kit', title, {
    book: encodeHex(
      changed(kit.book, map => change({ ...map, rings: [{ ...map.rings[0], export: filled(3, 1) }] })),
    ),
    ...{ shares: with_, refused: code },
  })
refusedKit('another version', 'cbor/invalid', map => ({ ...map, v: 1 }))
refusedKit('a root of 31 bytes', 'cbor/invalid', map => ({ ...map, root: filled(31, 1) }))
refusedKit('a ring without a word about it', 'cbor/invalid', map => ({
  ...map,
  rings: [without(map.rings[0], 'about')],
}))
refusedKit('what is more, changed', 'open/failed', map => ({
  ...map,
  rings: [],
  more: flipped(map.more, -1),
}))
refusedKit('too few shares', 'shamir/too-few-shares', map => map, shares.slice(2))

freeze(
  'desk-files',
  'desk files of the command line, docs/spec/ledger-v2.md; node scripts/vectors/owner-files.mjs makes it again',
  desks,
)
freeze(
  'owner-files',
  'files that their owner alone reads; node scripts/vectors/owner-files.mjs makes it again',
  cases,
)
