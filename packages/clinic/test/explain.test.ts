import { SigningKey } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { toJsonText } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { leafHash } from '@chartseal/core/merkle'
import { encodeShare, formatShare } from '@chartseal/shamir'
import { fixedClock, runsOf } from '@chartseal/testkit'
import {
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  formatForkEvidence,
  formatProof,
  signNote,
} from '@chartseal/tlog'
import { formatMessage } from '@chartseal/wire'
import { describe, expect, it } from 'vitest'
import { explainBytes } from '../dist/explain.js'
import * as things from './explain-things.js'
import { things as pasted, words } from './pasted-things.js'

type Explained = Record<string, unknown> & { readonly refusal?: { readonly stage: string } | null }

/** As JSON says it; `kind` is null for what nobody knows. */
async function explain(input: string | Uint8Array): Promise<Explained> {
  const finding = await explainBytes(typeof input === 'string' ? encodeUtf8(input) : input, { words })
  if (finding === null) return { kind: null }
  const { facts, refusal, ...about } = finding
  const fields = refusal === null ? null : { ...refusal }
  return { ...about, ...JSON.parse(toJsonText({ facts, refusal: fields })) }
}

const json = (value: object): string => JSON.stringify(value)
const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 3)
const { first } = things

type Row = readonly [
  kind: string,
  sound: string | Uint8Array,
  facts: object,
  broken: string | Uint8Array,
  code: string,
]

const rows: readonly Row[] = [
  [
    'sealed message, version 1',
    things.messageV1,
    { patient_id: 'PAT-1', plaintext_bytes: 4 },
    things.messageV1.slice(0, -2),
    'pasted/unfinished',
  ],
  [
    'sealed message, version 2',
    formatMessage(things.message),
    { key_id: 'abababababababab', counter: '7', padded_bytes: 256 },
    formatMessage(things.message).replace('AgE', 'Ag!'),
    'pasted/foreign-character',
  ],
  [
    'sealed message, version 2, in bytes',
    things.message,
    { counter: '7' },
    cut(things.message.subarray(0, 99)),
    'message/malformed',
  ],
  [
    'part of a sealed message',
    things.parts[1] ?? '',
    { part: 2 },
    (things.parts[1] ?? '').replace(':2/', ':0/'),
    'message/malformed',
  ],
  [
    'parts of a sealed message',
    things.parts.join('\n'),
    { parts: things.parts.length, parts_here: things.parts.length },
    things.parts.slice(1).join('\n'),
    'message/missing-parts',
  ],
  [
    'share, version 2, as text',
    `${formatShare(first)}\n`,
    { share: 1, threshold: 2, shares: 3, secret_bytes: 32, label: first.label },
    formatShare(first).replace(/.$/, last => (last === 'q' ? 'p' : 'q')),
    'shamir/invalid-share',
  ],
  [
    'share, version 2, as bytes',
    encodeShare(first),
    { share: 1 },
    cut(encodeShare(first)),
    'shamir/invalid-share',
  ],
  ...Object.entries(things.shareMessages).map(
    ([kind, bytes]): Row => [kind, bytes, {}, cut(bytes), 'shamir/invalid-message'],
  ),
  [
    'pairing code, version 2',
    things.pairingUri,
    { role: 'doctor', name: 'Dr. Okafor', first_epoch: '2026-07', not_after: '2026-07-15T12:10:00.000Z' },
    `${things.pairingUri}A`,
    'keyring/pairing-invalid',
  ],
  [
    'PEM, PRIVATE KEY',
    things.pem,
    { der_bytes: 32 },
    things.pem.replace('-----END', '----END'),
    'der/invalid',
  ],
  [
    'record of the ledger',
    json(things.ledgerRecord),
    { nonce: things.ledgerRecord['nonce'] },
    json({ ...things.ledgerRecord, prescription: 'another' }),
    'ledger/txid',
  ],
  [
    'block of the ledger',
    json(things.ledgerBlock),
    { height: '0', records: 0 },
    json({ ...things.ledgerBlock, timestamp: '1' }),
    'ledger/block-id',
  ],
  [
    'envelope package',
    json(things.envelopePackage),
    { cid: things.envelopePackage['cid'] },
    json({ ...things.envelopePackage, cid: 'x' }),
    'envelope/bad-cid',
  ],
  [
    'share, version 1',
    json({ x: 3, y: '00ff', threshold: 2 }),
    { indexes: '3', secret_bytes: 2, threshold: 2 },
    json({ x: -1, y: '00' }),
    'json/invalid',
  ],
  [
    'share, version 1',
    json({
      shares: [
        { x: 1, y: '00' },
        { x: 2, y: '01' },
      ],
    }),
    { indexes: '1, 2' },
    json({ shares: [1] }),
    'json/invalid',
  ],
  [
    'SLIP-0039 mnemonic',
    things.mnemonics.join('\n'),
    { mnemonics: 3, words: 33 },
    things.mnemonics.join('\n').replace(/ \w+/, ' chartse'),
    'pasted/unknown-word',
  ],
  ['entry of an audit log', things.auditEntry, {}, things.auditEntry.slice(0, 50), 'audit/not-base64'],
]

describe('explaining a text or a file', () => {
  it.each(rows)('%s', async (kind, sound, facts, broken, code) => {
    const told = await await explain(sound)
    expect(told).toMatchObject({ kind: expect.stringContaining(kind), refusal: null, facts })
    const refused = await await explain(broken)
    expect(refused).toMatchObject({ kind: expect.stringContaining(kind), refusal: { code } })
    expect(refused.refusal?.stage).toMatch(/\w/)
  })

  it.each([
    [
      'a message in a quoted mail',
      `> Dear Rosa,\n> ${formatMessage(things.message).replace(/(.{70})/g, '$1\n> ')}\n> Bye`,
      'sealed message, version 2',
    ],
    ['a message in HTML', `<p>${formatMessage(things.message)}</p>`, 'sealed message, version 2'],
    ['a link in a chat', `[12:04] Rosa: ${pasted['health-link'][0]} as we said`, 'SMART Health Link'],
    ['a share in capitals', formatShare(first).toUpperCase(), 'share, version 2, as text'],
    ['a share behind blank lines', `\n\n ${formatShare(first)}\u00a0`, 'share, version 2, as text'],
    [
      'a mnemonic in capitals, one word a line',
      (things.mnemonics[0] ?? '').toUpperCase().replaceAll(' ', '\n'),
      'SLIP-0039 mnemonic',
    ],
    ['a mnemonic behind blank lines', `\n\n${things.mnemonics[0]}`, 'SLIP-0039 mnemonic'],
    [
      'a message of version 1 in a chat',
      `[12:04] Rosa: ${things.messageV1} (edited)`,
      'sealed message, version 1',
    ],
    [
      'JSON with a byte order mark',
      `\ufeff${json(things.ledgerRecord)}`,
      'record of the ledger (prescription), version 1',
    ],
  ])('knows %s', async (_, text, kind) => {
    expect(await await explain(text)).toMatchObject({ kind, refusal: null })
  })

  it('is not sure of base64 that may be anything', async () => {
    expect(await explain(things.auditEntry)).toMatchObject({ unsure: true, refusal: null })
    expect(await explain(encodeHex(things.secret))).toMatchObject({ unsure: true, secret: true, facts: {} })
  })

  it('explains an export of a ring', async () => {
    const sealed = await things.ringExport()
    const kind = 'sealed export of a ring, or the key file of its folder, version 2'
    const facts = { algorithm: 'pbkdf2-sha256', iterations: 600_000 }
    expect(await await explain(sealed)).toMatchObject({ kind, facts, secret: true, refusal: null })
    expect(await await explain(cut(sealed))).toMatchObject({ kind, refusal: { code: 'keyring/bad-export' } })
  })

  it('explains the answer to a pairing code, a log, and what may be a key', async () => {
    const answer = await await explain(things.pairingAnswer)
    expect(answer).toMatchObject({ kind: 'answer to a pairing code, version 2', facts: { name: 'Rosa' } })
    const head = Buffer.alloc(56)
    head.write('\x89CSLOG\r\n', 'latin1')
    head.write('audit/v1', 16)
    expect(await await explain(head)).toMatchObject({
      kind: 'append-only log',
      facts: { records: 'audit/v1' },
    })
    expect(await await explain(head.subarray(0, 20))).toMatchObject({ refusal: { code: 'files/not-a-log' } })
  })

  it('says at which stage a share with another value fails', async () => {
    const changed = { ...first, y: new SecretBytes(first.y.reveal().map(byte => byte ^ 1)) }
    for (const form of [formatShare(changed), encodeShare(changed)]) {
      const refusal = { stage: 'commitment', code: 'shamir/damaged-share' }
      expect(await await explain(form)).toMatchObject({ facts: { share: 1 }, refusal })
    }
  })

  it('has no secret of anything in what it says', async () => {
    const secrets = [first.y.reveal(), first.salt.reveal(), things.secret].flatMap(bytes => [
      encodeHex(bytes),
      Buffer.from(bytes).toString('base64url'),
      Buffer.from(bytes).toString('latin1'),
    ])
    const ring = await things.ringExport()
    for (const [, sound] of [...rows, ['', ring] as const]) {
      const said = JSON.stringify(await explain(sound))
      for (const hidden of secrets) expect(said).not.toContain(hidden)
    }
    const [mnemonic = ''] = things.mnemonics
    expect(JSON.stringify(await explain(mnemonic))).not.toContain(mnemonic.split(' ').slice(4, 6).join(' '))
  })

  it.each([
    ['nothing', ''],
    ['a sentence', 'Take one tablet every morning.'],
    ['JSON of others', '{"resourceType": "Bundle"}'],
    ['deep JSON', '['.repeat(1_000_000)],
    ['deep CBOR', new Uint8Array(1_000_000).fill(0x81)],
    ['a CBOR map', Uint8Array.of(0xa1, 0x61, 0x61, 0x01)],
    ['noise', Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31) & 0xff)],
    ['megabytes of text', 'a b '.repeat(runsOf(2_000_000, 500_000))],
  ])('%s is nothing that it knows', async (_, stdin) => {
    expect(await await explain(stdin)).toMatchObject({ kind: null })
  })
})

const signer = ed25519Signer('log.example/chart', new SigningKey(new Uint8Array(32).fill(7)))
const noteOf = (fill: number): string => {
  const root = new Uint8Array(32).fill(fill)
  return signNote(formatCheckpoint({ origin: signer.name, size: 5, root, extensions: [] }), [signer])
}

describe('what explaining says of SMART Health Links', () => {
  it('knows a link, bare and behind a viewer, and shows neither its key nor its URL', async () => {
    const bare = await explain(things.frozenLink('link', 'all there is'))
    expect(bare).toMatchObject({
      kind: 'SMART Health Link',
      secret: true,
      facts: {
        server: 'clinic.example',
        flags: 'LP',
        label: 'Röntgen — 薬 💊',
        expires: '2026-11-30T00:53:20.000Z',
      },
      refusal: null,
    })
    expect(JSON.stringify(bare)).not.toMatch(/[A-Za-z0-9_-]{43}/)
    const behind = await explain(`${things.frozenLink('link', 'behind a viewer')}\n`)
    expect(behind).toMatchObject({ kind: 'SMART Health Link', facts: { flags: 'LU', label: 'Allergies' } })
    expect(await explain(things.frozenLink('link', 'a manifest'))).toMatchObject({ facts: { flags: 'none' } })
    const broken = await explain(things.frozenLink('link', 'P with U'))
    expect(broken).toMatchObject({
      kind: 'SMART Health Link',
      refusal: { stage: 'decode', code: 'shl/bad-flags' },
    })
    expect(await explain('shlink:/%')).toMatchObject({ refusal: { code: 'shl/not-a-link' } })
  })

  it('knows the file of a link, and where a broken one fails', async () => {
    const text = things.frozenLink('file', 'compressed')
    expect(await explain(text)).toMatchObject({
      kind: 'encrypted file of a SMART Health Link',
      facts: { characters: text.length },
      refusal: null,
    })
    const refusal = { stage: 'JWE', code: 'shl/bad-jwe' }
    expect(await explain(text.slice(0, -3))).toMatchObject({ refusal })
    expect(await explain(things.frozenLink('file', 'crit'))).toMatchObject({ refusal })
  })
})

describe('what explaining says of logs and pairings', () => {
  it('knows a checkpoint, and where a broken one fails', async () => {
    expect(await explain(noteOf(1))).toMatchObject({
      kind: 'checkpoint of a transparency log',
      refusal: null,
      facts: { origin: signer.name, entries: 5, signed_by: signer.name },
    })
    expect(await explain(noteOf(1).replace('\n5\n', '\n05\n'))).toMatchObject({
      refusal: { code: 'checkpoint/malformed' },
    })
    expect(await explain(noteOf(1).slice(0, -3))).toMatchObject({ refusal: { stage: 'note' } })
  })

  it('knows a receipt, and checks its proof', async () => {
    const leaf = encodeUtf8('a leaf')
    const root = leafHash(leaf)
    const checkpoint = signNote(formatCheckpoint({ origin: signer.name, size: 1, root, extensions: [] }), [
      signer,
    ])
    const receipt = formatProof({ extra: leaf, index: 0, hashes: [], checkpoint })
    expect(await explain(receipt)).toMatchObject({
      facts: { entry: 0, entries: 1, entry_bytes: 6 },
      refusal: null,
    })
    const other = formatProof({ extra: encodeUtf8('another'), index: 0, hashes: [], checkpoint })
    expect(await explain(other)).toMatchObject({ refusal: { stage: 'proof', code: 'tlog/not-included' } })
    const bare = formatProof({ index: 0, hashes: [], checkpoint })
    expect(await explain(bare)).toMatchObject({ facts: { entry_bytes: 0 }, refusal: null })
  })

  it('knows evidence of a fork, and that two equal notes are none', async () => {
    const evidence = formatForkEvidence({ first: noteOf(1), second: noteOf(2) })
    expect(await explain(evidence)).toMatchObject({ facts: { size: 5, other_size: 5 }, refusal: null })
    const none = formatForkEvidence({ first: noteOf(1), second: noteOf(1) })
    expect(await explain(none)).toMatchObject({ refusal: { stage: 'contradiction' } })
  })

  it('knows keys of logs and witnesses', async () => {
    expect(await explain(signer.verifierKey)).toMatchObject({ kind: 'verifier key of a log' })
    const { verifierKey } = cosigner('w.example', new SigningKey(new Uint8Array(32).fill(7)), fixedClock(0))
    expect(await explain(verifierKey)).toMatchObject({ kind: 'verifier key of a witness', refusal: null })
    expect(await explain(`x${signer.verifierKey}`)).toMatchObject({ refusal: { code: 'note/bad-key' } })
  })

  it('knows the lines of a pairing', async () => {
    expect(await explain(`chartseal-reveal:${'A'.repeat(128)}`)).toMatchObject({ facts: { size_bytes: 96 } })
    expect(await explain('chartseal-answer:?')).toMatchObject({
      refusal: { code: 'pasted/foreign-character' },
    })
    const answer = encodeBase64Url(things.pairingAnswer)
    expect(await explain(`> chartseal-answer:${answer.slice(0, 50)}\n> ${answer.slice(50)}`)).toMatchObject({
      kind: 'answer to a pairing code, as text',
      refusal: null,
    })
  })

  it('refuses an answer to a pairing code whose fields have other types', async () => {
    const broken = encodeCbor({ nb: 1, ph: 1, mac: 1 })
    expect(await explain(broken)).toMatchObject({ refusal: { code: 'keyring/pairing-invalid' } })
  })
})
