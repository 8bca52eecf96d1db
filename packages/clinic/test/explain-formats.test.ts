/** What `explain` says of formats of version 2 that have frozen vectors, or that a device keeps. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileSeal } from '@chartseal/clinic/fs/conference'
import { concat } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64, encodeBase64Url, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { formatPhc, newArgon2id } from '@chartseal/kdf-keyring'
import { quickArgon2id as argon2id, fixedClock, vectorFolder } from '@chartseal/testkit'
import { cosigner, ed25519Signer } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { explainBytes } from '../dist/explain.js'

type Case = Readonly<Record<string, unknown>>

function frozen(file: string, wanted: Case): Case {
  const all: { cases: readonly Case[] } = JSON.parse(
    readFileSync(join(vectorFolder('own'), `${file}.json`), 'utf8'),
  )
  const found = all.cases.find(one => Object.entries(wanted).every(([name, value]) => one[name] === value))
  if (found === undefined) throw new Error(`internal: no vector in ${file}`)
  return found
}

const hex = (text: unknown): Uint8Array => Uint8Array.from(Buffer.from(`${text}`, 'hex'))
const json = (value: object): Uint8Array => encodeUtf8(`${JSON.stringify(value)}\n`)
const cut = (bytes: Uint8Array): Uint8Array => bytes.slice(0, -3)
const statement = (kind: string): Uint8Array =>
  hex(frozen('break-glass-v2', { kind, shows: 'statement' })['bytes'])
/** With its last byte changed. */
const changed = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))

const slip = `${frozen('slips-v2', { name: 'a short body, as it is' })['text']}`
const record = hex(frozen('ledger-v2', { name: 'dispense' })['record'])
const roster = hex(frozen('ledger-v2', { name: 'roster by all' })['record'])
const [block] = Object(frozen('ledger-blocks-v2', { name: 'a block of two prescriptions' })['blocks'])
const proof = hex(frozen('ledger-bundles-v2', { name: 'dispensed in two parts' })['bundle'])
const phc = formatPhc(newArgon2id(random))
const file = (await FileSeal.create('six quiet herons', newArgon2id(random), { random, argon2id })).seal(
  encodeUtf8('a seat'),
)

const origin = 'clinic.example/log'
const [own, other] = [SigningKey.generate(random), SigningKey.generate(random)].map(verifyingKeyOf)
const commitments = [own, other].map(point => encodeHex(point ?? new Uint8Array()))
const { verifierKey } = ed25519Signer(origin, SigningKey.generate(random))
const group = JSON.stringify({ v: 1, origin, signers: 3, commitments, server: verifierKey })
const officers = ['dr-a x y', 'dr-b x y', 'dr-c x y']
const handOn = {
  v: 1,
  group,
  from: [1, 3],
  signer: 1,
  officers,
  commitments,
  parts: ['', '', ''],
  signed: '',
}
const labelled = (name: string, line: string): Uint8Array => encodeUtf8(`chartseal/log-${name}/v1\n${line}\n`)

const clinicRoster = encodeUtf8(
  JSON.stringify({
    ...{ v: 1, origin: 'https://clinic.example', seq: 1, previous: '', threshold: 1, people: [] },
    officers: ['8TlG3IhiRH5sWhsIGSSRnAqf9zyhEl1ir4t4cbTRCk0'],
  }),
)
const trust = {
  ...{ v: 1, kind: 'chartseal-clinic-trust', origin: 'https://clinic.example', log: verifierKey, policy: '' },
  roster: encodeBase64Url(clinicRoster),
}
const kept = { v: 1, request: 'a', statement: encodeBase64Url(statement('request')), secret: '0f'.repeat(32) }

const sealer = SigningKey.generate(random)
/** Two votes of one slot (docs/spec/ledger-v2.md, "Voting sealers"). */
function offence(): Uint8Array {
  const ledger = new Uint8Array(32).fill(1)
  const blocksOf = [2, 3].map(byte => new Uint8Array(32).fill(byte))
  const slot = new Uint8Array(8)
  slot[0] = 9
  const signatures = blocksOf.map(id =>
    sign(sealer, concat(encodeUtf8('chartseal/ledger/v2/vote\0'), ledger, slot, id)),
  )
  const signer = { v: 2, kind: 'votes', alg: 'Ed25519', key: verifyingKeyOf(sealer) }
  return encodeCbor({ ...signer, ledger, slot: 9n, blocks: blocksOf, signatures })
}

type Row = readonly [kind: string, sound: Uint8Array, facts: object, broken: Uint8Array, code: string]

/** What one officer says while a key is made. */
function saidOf(kind: string, name: string, fields: object, facts: Row[2]): Row {
  const sound = labelled(name, JSON.stringify({ v: 1, ...fields }))
  return [kind, sound, facts, labelled(name, '{}'), 'json/invalid']
}

const rows: readonly Row[] = [
  [
    'slip of a prescription',
    encodeUtf8(`Hello,\r\n> ${slip}\r\nBest wishes`),
    { record: 'prescribe' },
    encodeUtf8(slip.slice(0, -3)),
    'slip/not-a-slip',
  ],
  ['record of a ledger', record, { record: 'dispense', units: 2 }, changed(cut(record)), 'ledger/record'],
  ['block of a ledger', hex(block), { height: 1n, records: 2 }, cut(hex(block)), 'ledger/bad-block'],
  [
    'genesis of a ledger',
    hex(frozen('ledger-v2', { what: 'genesis', name: 'poa' })['genesis']),
    { seal: 'poa' },
    hex(frozen('ledger-v2', { what: 'genesis', name: 'no name' })['genesis']),
    'ledger/genesis',
  ],
  [
    'proof from a ledger',
    proof,
    { is_there: 'yes', changes: 2 },
    encodeCbor({ evidence: [], rosterProof: 1 }),
    'ledger/bundle',
  ],
  ['evidence against a sealer', encodeCbor([offence()]), { proofs: 1 }, changed(offence()), 'ledger/message'],
  [
    'key of a custodian',
    statement('custody-key'),
    {},
    changed(statement('custody-key')),
    'break-glass/bad-signature',
  ],
  [
    'emergency set',
    statement('set'),
    { threshold: 2 },
    changed(statement('set')),
    'break-glass/bad-signature',
  ],
  ['release of a share', statement('release'), {}, cut(statement('release')), 'break-glass/invalid'],
  [
    'review of an access',
    statement('reviewed'),
    { verdict: 'justified' },
    cut(statement('reviewed')),
    'break-glass/invalid',
  ],
  [
    'key of a request',
    json(kept),
    { request: 'a' },
    json({ ...kept, statement: 'AA' }),
    'break-glass/invalid',
  ],
  ['pinned of a clinic', json(trust), { roster: 1 }, json({ ...trust, log: 'x' }), 'note/bad-key'],
  [
    'roster of a clinic',
    json({ roster: trust.roster, signatures: [] }),
    { number: 1, signatures: 0 },
    json({ roster: 'AA', signatures: [] }),
    'roster/invalid',
  ],
  [
    'keys of a clinic',
    json({
      v: 1,
      kind: 'chartseal-ledger-keys',
      name: 'North',
      host: 'https://n.example',
      sealer: 'a',
      registrar: 'b',
    }),
    { clinic: 'North' },
    json({ v: 1, kind: 'chartseal-ledger-keys', name: 'North' }),
    'json/invalid',
  ],
  [
    'roster of a ledger',
    json({ v: 1, kind: 'chartseal-ledger-roster', ledger: 'a', record: encodeBase64Url(roster) }),
    { signatures: 3 },
    json({ v: 1, kind: 'chartseal-ledger-roster', ledger: 'a', record: encodeBase64Url(cut(roster)) }),
    'ledger/record',
  ],
  [
    'invitation of a clinic',
    encodeUtf8('Your link: https://clinic.example/#invite=AAAA\n'),
    { clinic: 'https://clinic.example' },
    encodeUtf8('https://clinic.example/#invite=A!'),
    'encoding/invalid',
  ],
  [
    'file of a care team',
    encodeCbor({ v: 1, kind: 'chartseal-care-team', phc, sealed: new Uint8Array(80) }),
    { algorithm: 'argon2id', sealed_bytes: 80 },
    encodeCbor({ v: 2, kind: 'chartseal-care-team', phc, sealed: new Uint8Array(80) }),
    'care-team/damaged',
  ],
  [
    "desk or officer's key, sealed",
    file,
    { algorithm: 'argon2id', memory_kib: 65_536 },
    encodeCbor({ v: 1, key: new Uint8Array(3), phc: '$x', body: new Uint8Array(3) }),
    'keyring/bad-phc',
  ],
  [
    'book of a recovery kit',
    encodeCbor({ v: 2, root: new Uint8Array(32), rings: [] }),
    { rings: 0 },
    encodeCbor({ v: 2, root: new Uint8Array(3), rings: [] }),
    'cbor/invalid',
  ],
  [
    'share of the key of a log',
    labelled('share', encodeBase64(new Uint8Array(90))),
    { sealed_bytes: 90 },
    labelled('share', 'A!'),
    'encoding/invalid',
  ],
  [
    'hands on of the key of a log',
    labelled('hand-on', JSON.stringify(handOn)),
    { log: origin, signers: '2 of 3', handed_on_by: '1, 3' },
    labelled('hand-on', JSON.stringify({ ...handOn, group: '{}' })),
    'log-signer/bad-group',
  ],
  [
    'officers are making',
    labelled('making', encodeBase64(new Uint8Array(90))),
    { sealed_bytes: 90 },
    labelled('making', 'A!'),
    'encoding/invalid',
  ],
  saidOf('officers agree on', 'terms', { origin, threshold: 2, officers }, { officers: 'dr-a, dr-b, dr-c' }),
  saidOf('one officer announces', 'begin', { signer: 2, commitments }, { signers_needed: 2 }),
  saidOf('one officer deals', 'deal', { signer: 2, parts: ['', ''] }, { sealed_parts: 2 }),
  saidOf('complaint of an officer', 'complaint', { signer: 2, dealer: 3 }, { complains_of_signer: 3 }),
  saidOf('that officers made', 'group', { group, officers }, { log: origin, signers: '2 of 3' }),
]

describe('explaining formats of version 2', () => {
  it.each(rows)('knows: %s', async (kind, sound, facts, broken, code) => {
    const name = expect.stringContaining(kind)
    expect(await explainBytes(sound)).toMatchObject({ kind: name, refusal: null, facts })
    expect(await explainBytes(broken)).toMatchObject({ kind: name, refusal: { code } })
  })

  it('knows formats of others that commands write or read', async () => {
    const known = async (bytes: Uint8Array) => (await explainBytes(bytes))?.kind
    expect(await known(concat(Uint8Array.of(0x3a), encodeCbor({ roots: [], version: 1 })))).toContain('CAR')
    expect(await known(encodeUtf8('age-encryption.org/v1\n-> X25519 a\n'))).toBe('file of age')
    expect(await explainBytes(json({ kty: 'OKP', crv: 'Ed25519', d: 'secret' }))).toEqual({
      ...{ kind: 'private key, as JWK', secret: true, facts: { kty: 'OKP', crv: 'Ed25519' }, refusal: null },
    })
    expect(await known(json({ kty: 'EC', x: 'a' }))).toBe('public key, as JWK')
    const policy = encodeUtf8('witness w1 x\nquorum w1\n')
    const kind = 'policy of witnesses'
    expect(await explainBytes(policy)).toMatchObject({ kind, refusal: { code: 'tlog/bad-policy' } })
    const weak = encodeUtf8(`log ${verifierKey}\nquorum none\n`)
    expect(await explainBytes(weak)).toMatchObject({ kind, refusal: { code: 'tlog/weak-policy' } })
    const witnesses = ['w1', 'w2'].map(name => {
      const { verifierKey: key } = cosigner(`${name}.example/1`, SigningKey.generate(random), fixedClock(0))
      return `witness ${name} ${key}\n`
    })
    const both = encodeUtf8(`${witnesses.join('')}group both 2 w1 w2\nquorum both\n`)
    expect(await explainBytes(both)).toMatchObject({ kind, refusal: null, facts: { witnesses: 'w1, w2' } })
  })

  it('says of a desk in clear that it is secret, and shows nothing of it', async () => {
    const desk = encodeCbor({
      v: 1,
      server: 'https://clinic.example',
      key: encodeUtf8('k'.repeat(32)),
      book: encodeUtf8('b'),
    })
    const said = await explainBytes(desk)
    expect(said).toMatchObject({ secret: true, facts: { server: 'https://clinic.example' } })
    expect(JSON.stringify(said)).not.toContain('kkk')
  })

  it('shows nothing of what opens with what it explains', async () => {
    for (const [bytes, secret] of [
      [encodeUtf8(slip), 'PAT-7'],
      [json(kept), kept.secret],
      [encodeUtf8('https://clinic.example/#invite=AAAA'), 'AAAA'],
    ] as const) {
      const said = await explainBytes(bytes)
      expect(said).toMatchObject({ secret: true })
      expect(JSON.stringify({ ...said, facts: Object.values(said?.facts ?? {}).map(String) })).not.toContain(
        secret,
      )
    }
  })
})
