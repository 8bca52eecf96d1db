import { encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { encodeShare, formatShare } from '@chartseal/shamir'
import { formatMessage } from '@chartseal/wire'
import { describe, expect, it } from 'vitest'
import { cli } from './cli.js'
import * as things from './explain-things.js'

interface Answer {
  readonly exitCode: number
  readonly kind: string | null
  readonly secret: boolean
  readonly facts: Readonly<Record<string, unknown>>
  readonly refusal: { readonly stage: string; readonly code: string } | null
}

async function explain(stdin: string | Uint8Array): Promise<Answer> {
  const { exitCode, stdout } = await cli(['explain', '--json'], { stdin })
  return { exitCode, ...JSON.parse(stdout) }
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

describe('chartseal explain', () => {
  it.each(rows)('%s', async (kind, sound, facts, broken, code) => {
    const told = await explain(sound)
    expect(told).toMatchObject({ exitCode: 0, kind: expect.stringContaining(kind), refusal: null, facts })
    const refused = await explain(broken)
    expect(refused).toMatchObject({ exitCode: 1, kind: expect.stringContaining(kind), refusal: { code } })
    expect(refused.refusal?.stage).toMatch(/\w/)
  })

  it.each([
    [
      'a message in a quoted mail',
      `> Dear Rosa,\n> ${formatMessage(things.message).replace(/(.{70})/g, '$1\n> ')}\n> Bye`,
      'sealed message, version 2',
    ],
    ['a message in HTML', `<p>${formatMessage(things.message)}</p>`, 'sealed message, version 2'],
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
    expect(await explain(text)).toMatchObject({ exitCode: 0, kind, refusal: null })
  })

  it('does not call base64 that may be anything well formed', async () => {
    const { stdout } = await cli(['explain'], { stdin: things.auditEntry })
    expect(stdout).toContain('maybe an entry of an audit log')
    expect(stdout).not.toContain('well formed')
    expect(await explain(things.auditEntry)).toMatchObject({ unsure: true })
  })

  it('explains an export of a ring', async () => {
    const sealed = await things.ringExport()
    const kind = 'sealed export of a ring, version 2'
    const facts = { algorithm: 'pbkdf2-sha256', iterations: 600_000 }
    expect(await explain(sealed)).toMatchObject({ kind, facts, secret: true, refusal: null })
    expect(await explain(cut(sealed))).toMatchObject({ kind, refusal: { code: 'keyring/bad-export' } })
  })

  it('explains the answer to a pairing code, a log, and what may be a key', async () => {
    const answer = await explain(things.pairingAnswer)
    expect(answer).toMatchObject({ kind: 'answer to a pairing code, version 2', facts: { name: 'Rosa' } })
    const head = Buffer.alloc(56)
    head.write('\x89CSLOG\r\n', 'latin1')
    head.write('audit/v1', 16)
    expect(await explain(head)).toMatchObject({ kind: 'append-only log', facts: { records: 'audit/v1' } })
    expect(await explain(head.subarray(0, 20))).toMatchObject({ refusal: { code: 'files/not-a-log' } })
    const digits = await cli(['explain'], { stdin: `${encodeHex(things.secret)}\n` })
    expect(digits.stdout).toContain('maybe a key')
    expect(digits.stdout).not.toContain(encodeHex(things.secret))
  })

  it('says at which stage a share with another value fails', async () => {
    const changed = { ...first, y: new SecretBytes(first.y.reveal().map(byte => byte ^ 1)) }
    for (const form of [formatShare(changed), encodeShare(changed)]) {
      const refusal = { stage: 'commitment', code: 'shamir/damaged-share' }
      expect(await explain(form)).toMatchObject({ facts: { share: 1 }, refusal })
    }
  })

  it('shows no secret of anything', async () => {
    const secrets = [first.y.reveal(), first.salt.reveal(), things.secret].flatMap(bytes => [
      encodeHex(bytes),
      Buffer.from(bytes).toString('base64url'),
      Buffer.from(bytes).toString('latin1'),
    ])
    const ring = await things.ringExport()
    for (const [, sound] of [...rows, ['', ring] as const]) {
      for (const option of [[], ['--json']]) {
        const { stdout } = await cli(['explain', ...option], { stdin: sound })
        for (const hidden of secrets) expect(stdout).not.toContain(hidden)
      }
    }
    const words = (await cli(['explain'], { stdin: things.mnemonics[0] ?? '' })).stdout
    expect(words).not.toContain((things.mnemonics[0] ?? '').split(' ').slice(4, 6).join(' '))
  })

  it('does not let what others wrote steer a terminal', async () => {
    const { stdout } = await cli(['explain'], { stdin: formatShare(first) })
    expect(stdout).toContain('"kit \\u001b[2J"')
    expect(stdout).not.toContain('\u001b')
  })

  it.each([
    ['nothing', ''],
    ['a sentence', 'Take one tablet every morning.'],
    ['JSON of others', '{"resourceType": "Bundle"}'],
    ['deep JSON', '['.repeat(1_000_000)],
    ['deep CBOR', new Uint8Array(1_000_000).fill(0x81)],
    ['a CBOR map', Uint8Array.of(0xa1, 0x61, 0x61, 0x01)],
    ['noise', Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31) & 0xff)],
    ['megabytes of text', 'a b '.repeat(2_000_000)],
  ])('%s is nothing that it knows', async (_, stdin) => {
    expect(await explain(stdin)).toMatchObject({ exitCode: 1, kind: null })
  })

  it('reads a bounded number of bytes', { timeout: 60_000 }, async () => {
    const { exitCode, stdout } = await cli(['explain', '--json'], { stdin: new Uint8Array(70_000_000) })
    expect([exitCode, JSON.parse(stdout).code]).toEqual([1, 'cli/too-large'])
    expect(await cli(['explain', 'no-such-file'])).toMatchObject({ exitCode: 2 })
  })
})
