/**
 * `node scripts/vectors/ledger-dispensings.mjs`: makes again those cases of vectors/own/ledger-v2.json and
 * ledger-blocks-v2.json that hold dispensings, keys of slips or a clock that was set back, from fixed keys and salts; all
 * others stay as they are frozen.
 * With `--check` it writes nothing, and fails unless the files hold just that.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SigningKey, sign, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { decodeHex, encodeCbor, encodeHex } from '../../packages/core/dist/encoding.js'
import {
  blockOf,
  decodeBlock,
  decodeGenesis,
  draftBlock,
  encodeClaims,
  genesisBlock,
  genesisState,
  headerOf,
  keyIdOf,
  ledgerIdOf,
  memberOf,
  proveSlip,
  recordOf,
  recordProof,
  recordsRoot,
  signedBytesOf,
  slipKeyOf,
  sortedMembers,
} from '../../packages/emr-ledger/dist/index.js'
import { root } from '../lib/workspace.mjs'

const noble = createRequire(join(root, 'packages/core/package.json'))
const { p256 } = noble('@noble/curves/nist.js')

const filled = (length, byte) => new Uint8Array(length).fill(byte)

/** The secret key of each is that byte 32 times, as in packages/emr-ledger/test/v2-people.ts. */
function edwards(seed) {
  const key = new SigningKey(filled(32, seed))
  const { publicKey, kid } = memberOf({
    algorithm: 'Ed25519',
    publicKey: verifyingKeyOf(key),
    roles: ['prescriber'],
    name: '',
  })
  return { publicKey, kid, sign: bytes => sign(key, bytes) }
}

function nist(seed) {
  const secret = filled(32, seed)
  const publicKey = p256.getPublicKey(secret, false)
  const signing = { prehash: true, lowS: true, format: 'compact' }
  return { publicKey, kid: keyIdOf('ES256', publicKey), sign: bytes => p256.sign(bytes, secret, signing) }
}

const signed = (claimsBytes, { kid, sign: signature }) =>
  recordOf(claimsBytes, [{ kid, signature: signature(signedBytesOf(claimsBytes)) }])

/** A record whose claims nobody would sign. */
const malformed = (claims, { kid, sign: signature }) => {
  const bytes = encodeCbor(claims)
  return encodeCbor([bytes, [[kid, signature(signedBytesOf(bytes))]]])
}

/** In place of the case of that name, or behind the case `after`. */
function put(file, testCase, after) {
  const place = file.cases.findIndex(({ name, what }) => name === testCase.name && what === testCase.what)
  if (place >= 0) file.cases[place] = testCase
  else file.cases.splice(file.cases.findIndex(({ name }) => name === after) + 1, 0, testCase)
}

function remakeRecords(file) {
  const ledger = ledgerIdOf(decodeHex(file.genesis))
  const [prescriber, dispenser] = [nist(1), nist(4)]
  const claimsOf = ({ kid }, quantity) => ({
    kind: 'dispense',
    ledger,
    signer: kid,
    seq: 1n,
    authoredOn: 1_790_000_100n,
    prescription: filled(32, 0xab),
    previous: filled(32, 0xcd),
    quantity,
    salt: filled(16, 0x33),
  })
  const common = name => ({ what: 'record', name, height: '1' })
  const claims = claimsOf(dispenser, 2)
  const good = signed(encodeClaims(claims), dispenser)
  put(file, {
    ...common('dispense'),
    record: encodeHex(good.bytes),
    kind: 'dispense',
    txid: encodeHex(good.txid),
    wtxid: encodeHex(good.wtxid),
    signed: encodeHex(signedBytesOf(good.claimsBytes)),
  })
  const refused = (name, record, code, after) =>
    put(file, { ...common(name), record: encodeHex(record), code }, after)
  const byPrescriber = signed(encodeClaims(claimsOf(prescriber, 1)), prescriber)
  refused('a prescriber who dispenses', byPrescriber.bytes, 'ledger/role')
  const { salt, ...unsalted } = { v: 2, ...claims }
  const [first, second] = ['a dispensing without a salt', 'a salt of 15 bytes']
  refused(first, malformed(unsalted, dispenser), 'ledger/claims', 'a commitment of 31 bytes')
  const short = malformed({ ...unsalted, salt: salt.subarray(1) }, dispenser)
  refused(second, short, 'ledger/claims', first)
  remakeSlips(file, { ledger, prescriber, dispenser, claims, refused })
  remakeClocks(file, ledger)
}

const accepted = (file, name, record, after) =>
  put(
    file,
    {
      ...{ what: 'record', name, height: '1', record: encodeHex(record.bytes), kind: record.claims.kind },
      ...{ txid: encodeHex(record.txid), wtxid: encodeHex(record.wtxid) },
      signed: encodeHex(signedBytesOf(record.claimsBytes)),
    },
    after,
  )

/** What a prescription that is held by its slip says, and what gives out of it. */
function remakeSlips(file, { ledger, prescriber, dispenser, claims, refused }) {
  const rs = filled(32, 0x5a)
  const common = {
    v: 2,
    ledger,
    kind: 'prescribe',
    signer: prescriber.kid,
    seq: 1n,
    authoredOn: 1_790_000_100n,
  }
  const order = { subject: filled(32, 0x11), body: filled(32, 0x22), reference: '' }
  const held = { ...common, ...order, validUntil: 1_800_000_000n, quantity: 3, slip: slipKeyOf(rs) }
  const proof = proveSlip(rs, claims)
  const [prescribe, dispense] = ['prescribe, held by its slip', 'dispense with the proof of the slip']
  accepted(
    file,
    prescribe,
    signed(encodeClaims(held), prescriber),
    'prescribe with a reference, largest numbers',
  )
  accepted(file, dispense, signed(encodeClaims({ ...claims, proof }), dispenser), 'dispense')
  const [key, short] = ['a slip key of 31 bytes', 'a proof of 63 bytes']
  refused(
    key,
    malformed({ ...held, slip: held.slip.subarray(1) }, prescriber),
    'ledger/claims',
    'a salt of 15 bytes',
  )
  const cut = malformed({ v: 2, ...claims, proof: proof.subarray(1) }, dispenser)
  refused(short, cut, 'ledger/claims', key)
  const dispensing = { ...claims, quantity: String(claims.quantity), proof }
  const hexIn = name =>
    dispensing[name] instanceof Uint8Array ? encodeHex(dispensing[name]) : dispensing[name]
  const fields = ['ledger', 'prescription', 'previous', 'signer', 'quantity', 'salt', 'proof']
  const shown = Object.fromEntries(fields.map(name => [name, hexIn(name)]))
  const place = file.cases.findLast(({ what }) => what === 'commitment').name
  put(
    file,
    {
      what: 'slip',
      name: 'the key of a slip, and its proof',
      rs: encodeHex(rs),
      key: encodeHex(held.slip),
      ...shown,
    },
    place,
  )
}

/** The next roster by two registrars, with a clock that is set back to a block that is there, or is not. */
function remakeClocks(file, ledger) {
  const { roster } = decodeGenesis(decodeHex(file.genesis))
  const [first, second] = [edwards(5), nist(6)]
  const setBack = height => {
    const clock = { height, time: 1_790_000_000n }
    const claims = {
      ...{ kind: 'roster', ledger, signer: first.kid, seq: 1n, authoredOn: 1_790_000_100n },
      roster: { ...roster, number: 2n, clock },
    }
    const bytes = encodeClaims(claims)
    const signatures = [first, second].map(({ kid, sign: signature }) => ({
      kid,
      signature: signature(signedBytesOf(bytes)),
    }))
    return recordOf(
      bytes,
      signatures.sort((a, b) => Buffer.compare(a.kid, b.kid)),
    )
  }
  accepted(file, 'a roster that sets the clock back', setBack(0n), 'roster by all')
  const name = 'a roster that sets the clock back to a block that is not there'
  put(
    file,
    { what: 'record', name, height: '1', record: encodeHex(setBack(1n).bytes), code: 'ledger/roster-clock' },
    'a roster of the wrong number',
  )
}

/** The records of the chain that stands on the first block of the file. */
function recordsOf(genesis, ledger, [prescription, other]) {
  const [prescriber, dispenser, registrar] = [edwards(1), edwards(2), edwards(3)]
  const by = (person, seq, claims) =>
    signed(encodeClaims({ ledger, signer: person.kid, seq, authoredOn: 1_764_460_801n, ...claims }), person)
  const upon = ({ txid }, previous = txid) => ({ prescription: txid, previous })
  const given = (seq, salt) =>
    by(dispenser, seq, {
      kind: 'dispense',
      ...upon(prescription),
      quantity: 2,
      salt: filled(16, salt),
    })
  const dispensed = given(1n, 0x33)
  const order = { subject: filled(32, 1), body: filled(32, 3), reference: '' }
  const terms = { validUntil: 1_764_460_810n, quantity: 3 }
  const newcomer = memberOf({
    algorithm: 'Ed25519',
    publicKey: edwards(5).publicKey,
    roles: ['prescriber'],
    name: 'person 5',
  })
  const members = sortedMembers([...genesis.roster.members, newcomer])
  return {
    dispensed,
    /** What another till of the same key signed in the same second, and what it might sign under its next number. */
    again: [given(1n, 0x44), given(2n, 0x44)],
    replaced: by(prescriber, 3n, { kind: 'replace', ...upon(other), ...order, ...terms }),
    roster: by(registrar, 1n, { kind: 'roster', roster: { number: 2n, members, quorum: 1 } }),
    cancelled: by(prescriber, 4n, { kind: 'cancel', ...upon(prescription, dispensed.txid) }),
  }
}

async function remakeBlocks(file) {
  const genesis = decodeGenesis(decodeHex(file.genesis))
  const block0 = genesisBlock(genesis)
  const first = file.cases.find(({ name }) => name === 'a block of two prescriptions').blocks[0]
  const block1 = decodeBlock(decodeHex(first))
  const { dispensed, again, replaced, roster, cancelled } = recordsOf(
    genesis,
    block0.header.ledger,
    block1.records,
  )
  const sealed = (header, records) => blockOf(headerOf(header), Uint8Array.of(0xf6), records)
  const chain = { state: genesisState(genesis), headers: [block0.header] }
  const next = async (timestamp, pool) => {
    const seal = { difficulty: 1n, sealer: edwards(4).kid, extra: new Uint8Array(40) }
    const { header, records, state } = await draftBlock({
      state: chain.state,
      parents: chain.headers,
      timestamp,
      seal,
      pool,
    })
    const block = sealed(header, records)
    chain.state = state
    chain.headers = [block.header, ...chain.headers]
    return { block, root: encodeHex(header.stateRoot) }
  }
  const made = await next(1_764_460_802n, block1.records)
  if (encodeHex(made.block.bytes) !== first) throw new Error('the first block must be the frozen one')
  const two = await next(1_764_460_804n, [dispensed, replaced])
  const three = await next(1_764_460_806n, [roster, cancelled])
  const blocks = [block1, two.block, three.block]
  const hex = some => some.map(({ bytes }) => encodeHex(bytes))
  const chained = (name, some, rest, after) =>
    put(file, { name, what: 'chain', blocks: hex(some), ...rest }, after)

  const { header } = two.block
  put(file, {
    name: 'header of block 2',
    what: 'header',
    header: encodeHex(header.bytes),
    id: encodeHex(header.id),
    height: '2',
    timestamp: String(header.timestamp),
    difficulty: '1',
    nonce: '0',
  })
  chained('dispensed in part, and replaced', blocks.slice(0, 2), { state_root: two.root })
  chained('a roster, and the rest cancelled', blocks, { state_root: three.root })
  const displaced = sealed({ ...header, previous: block0.header.id }, two.block.records)
  chained('on another block', [block1, displaced], { code: 'ledger/block-previous' })
  const third = records => sealed({ ...three.block.header, recordsRoot: recordsRoot(records) }, records)
  const refused = (name, record, after) => {
    const code = 'ledger/bad-block-record'
    chained(name, [block1, two.block, third([record])], { code }, after)
  }
  const [twice, sameNumber] = ['twice dispensed', 'dispensed by a second till under the same number']
  refused(twice, dispensed)
  refused(sameNumber, again[0], twice)
  refused('dispensed by a second till under the next number', again[1], sameNumber)
  await remakeHeld(file, { genesis, block0, sealed })
  for (const place of [0, 1])
    put(file, {
      name: `record ${place} of two`,
      what: 'record proof',
      block: encodeHex(two.block.bytes),
      place,
      proof: recordProof(two.block, place).map(encodeHex),
    })
}

/** A prescription that is held by its slip: given out by whoever has it, and by nobody else. */
async function remakeHeld(file, { genesis, block0, sealed }) {
  const [prescriber, dispenser] = [edwards(1), edwards(2)]
  const { ledger } = block0.header
  const rs = filled(32, 0x5a)
  const head = ({ kid }) => ({ ledger, signer: kid, seq: 1n, authoredOn: 1_764_460_801n })
  const order = { subject: filled(32, 1), body: filled(32, 3), reference: '', validUntil: 1_764_460_810n }
  const held = signed(
    encodeClaims({ kind: 'prescribe', ...head(prescriber), ...order, quantity: 3, slip: slipKeyOf(rs) }),
    prescriber,
  )
  const change = { prescription: held.txid, previous: held.txid, quantity: 2, salt: filled(16, 0x33) }
  const claims = { kind: 'dispense', ...head(dispenser), ...change }
  const given = proof => signed(encodeClaims({ ...claims, ...proof }), dispenser)
  const draft = pool =>
    draftBlock({
      ...{ state: genesisState(genesis), parents: [block0.header], timestamp: 1_764_460_802n, pool },
      seal: { difficulty: 1n, sealer: edwards(4).kid, extra: new Uint8Array(40) },
    })
  const made = await draft([held, given({ proof: proveSlip(rs, claims) })])
  const block = sealed(made.header, made.records)
  const root = encodeHex(made.header.stateRoot)
  const [good, without, other] = [
    'given out by whoever has the slip',
    'given out without the slip',
    'given out by the proof of another dispenser',
  ]
  const last = file.cases.findLast(({ what }) => what === 'chain').name
  put(file, { name: good, what: 'chain', blocks: [encodeHex(block.bytes)], state_root: root }, last)
  const refused = (name, record, after) => {
    const records = [held, record]
    const bad = sealed({ ...block.header, recordsRoot: recordsRoot(records) }, records)
    put(file, { name, what: 'chain', blocks: [encodeHex(bad.bytes)], code: 'ledger/bad-block-record' }, after)
  }
  refused(without, given({}), good)
  refused(other, given({ proof: proveSlip(rs, { ...claims, signer: prescriber.kid }) }), without)
}

const isCheck = process.argv.includes('--check')
for (const [name, remake] of [
  ['ledger-v2', remakeRecords],
  ['ledger-blocks-v2', remakeBlocks],
]) {
  const path = join(root, 'vectors/own', `${name}.json`)
  const text = readFileSync(path, 'utf8')
  const file = JSON.parse(text)
  await remake(file)
  const remade = `${JSON.stringify(file, null, 2)}\n`
  if (isCheck && remade !== text) throw new Error(`${name}.json must hold what the keys and salts give`)
  if (!isCheck) writeFileSync(path, remade)
}
