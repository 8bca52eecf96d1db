import { createHash, createPrivateKey, sign as nodeSign } from 'node:crypto'
import {
  attach,
  type Claims,
  commit,
  encodeGenesis,
  ledgerIdOf,
  type Member,
  prepare,
  type RecordSigner,
  shortId,
  signWith,
  sortedMembers,
  verifyRecordSignatures,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import {
  dispenser,
  genesis,
  head,
  koblitz,
  order,
  person,
  prescriber,
  registrars,
  salt,
  signerOf,
} from './v2-people.js'

const rs = new Uint8Array(32).fill(0x77)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const body = bytesOf('Ibuprofen 400 mg\nUnits: 100')
const claims = {
  kind: 'prescribe',
  ...head(prescriber, 7n),
  ...order,
  subject: commit({ rs, kind: 'subject', bytes: bytesOf('patient-1') }),
  body: commit({ rs, kind: 'body', bytes: body }),
} as const
const asked = { ledgerName: genesis.name, content: { rs, patient: 'patient-1', body } }
const ledgerLine = `"Pharmacies of the valley" (${shortId(ledgerIdOf(encodeGenesis(genesis)))})`

describe('the text before a signature', () => {
  it('says the facts of a prescription, and its content behind bars', () => {
    const { text, digest } = prepare(claims, asked)
    expect(text.en.split('\n')).toEqual([
      'I prescribe.',
      `Ledger: ${ledgerLine}`,
      `Signing key: ${shortId(prescriber.member.kid)}, record 7`,
      'Written: 2026-09-21 14:15:00 UTC',
      `Prescription: ${shortId(digest)}`,
      'Units: 3',
      'Valid until: 2027-01-15 08:00:00 UTC',
      'Patient: "patient-1"',
      'Content:',
      '| Ibuprofen 400 mg',
      '| Units: 100',
      '',
    ])
    expect(text.es).toContain('Receto.\nRegistro: "Pharmacies of the valley"')
    expect(text.es).toContain('\nUnidades: 3\nVálida hasta: 2027-01-15 08:00:00 UTC\nPaciente: "patient-1"\n')
  })

  it('says loudly that the content was not shown', () => {
    const { text } = prepare(claims, { ledgerName: genesis.name })
    expect(text.en).toContain('Content: NOT SHOWN')
    expect(text.es).toContain('Contenido: NO MOSTRADO')
  })

  it('reads the content as the caller reads the committed bytes, in the language', () => {
    const read = (bytes: Uint8Array, language: string): string => `${language}: ${bytes.length}`
    const { text } = prepare(claims, { ...asked, content: { ...asked.content, read } })
    expect([
      text.en.includes(`\n| en: ${body.length}\n`),
      text.es.includes(`\n| es: ${body.length}\n`),
    ]).toEqual([true, true])
  })

  it('shows no character of others that steers a terminal or hides', () => {
    const hostile = bytesOf('a\u001b[2J\u202eb')
    const own = { ...claims, body: commit({ rs, kind: 'body', bytes: hostile }) } as const
    const content = { ...asked.content, body: hostile }
    const { text } = prepare(own, { ledgerName: 'x"\n\u202ey', content })
    expect(text.en).toContain('Ledger: "x\\"\\n\\u202ey" (')
    expect(text.en).toContain('\n| a\ufffd[2J\ufffdb\n')
  })

  it('says what is cancelled, replaced, dispensed, and who is on a new list', () => {
    const change = { prescription: new Uint8Array(32).fill(0xab), previous: new Uint8Array(32).fill(0xcd) }
    const [first = prescriber] = registrars
    const said = (value: Claims): string => prepare(value, { ledgerName: 'L' }).text.en
    expect(said({ kind: 'cancel', ...head(prescriber), ...change })).toMatch(
      /^I cancel a prescription\.\n[\s\S]*\nPrescription: abab abab abab\n$/,
    )
    expect(said({ kind: 'dispense', ...head(dispenser), ...change, quantity: 2, salt })).toMatch(
      /^I dispense\.\n[\s\S]*\nPrescription: abab abab abab\nUnits: 2\n$/,
    )
    expect(said({ kind: 'replace', ...head(prescriber), ...change, ...order })).toMatch(
      /^I replace [\s\S]*\nReplaced prescription: abab abab abab\nPrescription: [\s\S]*\nUnits: 3\n/,
    )
    const roster = { ...genesis.roster, number: 2n }
    const list = said({ kind: 'roster', ...head(first), roster })
    expect(list).toContain('Number of the list: 2\nRegistrars who must sign the next one: 2\nMembers: 8\n')
    expect(list).toContain('): prescriber; from block 5 to before block 10\n')
    expect(list.match(/\n\| "Person /g)).toHaveLength(8)
  })

  it('says of a new list what changes in the one in force', () => {
    const [first = prescriber] = registrars
    const said = (members: readonly Member[]): readonly string[] => {
      const roster = { number: 2n, members: sortedMembers(members), quorum: 2 }
      const claimed = { kind: 'roster', ...head(first), roster } as const
      const { text } = prepare(claimed, { ledgerName: 'L', inForce: genesis.roster })
      return text.en.split('\n').filter(line => line.startsWith('| '))
    }
    const { members } = genesis.roster
    expect(said(members)).toEqual(['| Nobody comes, goes or changes.'])
    const newcomer = person(40, 'Ed25519', ['dispenser'], { from: 3n }).member
    const rest = members.filter(({ kid }) => kid !== dispenser.member.kid && kid !== prescriber.member.kid)
    const ended: Member = { ...prescriber.member, until: 12n }
    const named = ({ kid, name }: Member): string => `"${name}" (${shortId(kid)})`
    expect(said([...rest, newcomer, ended])).toEqual([
      `| Comes: ${named(newcomer)}: dispenser; from block 3`,
      `| Goes: ${named(dispenser.member)}: dispenser; from block 0`,
      `| Changes: ${named(ended)}: prescriber; from block 0 -> ${named(ended)}: prescriber; from block 0 to before block 12`,
    ])
  })

  it('gives a time beyond the calendar as a number', () => {
    const { text } = prepare({ ...claims, validUntil: 2n ** 64n - 1n }, asked)
    expect(text.en).toContain('Valid until: 18446744073709551615 s\n')
    const last = prepare({ ...claims, validUntil: 253_402_300_799n }, asked)
    expect(last.text.en).toContain('Valid until: 9999-12-31 23:59:59 UTC\n')
  })
})

describe('what is signed', () => {
  it('is the domain and the claims, and its SHA-256 the txid', async () => {
    const prepared = prepare(claims, asked)
    const preimage = Buffer.concat([Buffer.from('chartseal/ledger/v2/claims\0'), prepared.claimsBytes])
    expect(Buffer.from(prepared.bytes)).toEqual(preimage)
    expect(Buffer.from(prepared.digest)).toEqual(createHash('sha256').update(preimage).digest())
    const record = attach(prepared, [await signWith(prepared, prescriber.signer)])
    expect(record.txid).toEqual(prepared.digest)
    verifyRecordSignatures(record, genesis.roster, 1n)
  })

  it('may be signed by OpenSSL', async () => {
    const { publicKey, kid } = prescriber.signer
    const [x = '', y = ''] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map(part =>
      Buffer.from(part).toString('base64url'),
    )
    const d = Buffer.alloc(32, 1).toString('base64url')
    const key = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y, d } })
    const openssl: RecordSigner = {
      algorithm: 'ES256',
      publicKey,
      kid,
      sign: bytes => nodeSign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    }
    const prepared = prepare(claims, asked)
    verifyRecordSignatures(attach(prepared, [await signWith(prepared, openssl)]), genesis.roster, 1n)
  })

  it('has the low s of ES256K, whatever the signer gives', async () => {
    const own = { ...claims, ...head(koblitz) } as const
    // RFC 6979 makes each signature the same every time: among these are some of high s.
    for (let seq = 1n; seq <= 8n; seq++) {
      const prepared = prepare({ ...own, seq }, asked)
      const anyS = signerOf('ES256K', new Uint8Array(32).fill(3), false)
      const signature = await signWith(prepared, anyS)
      expect(signature).toEqual(await signWith(prepared, koblitz.signer))
      verifyRecordSignatures(attach(prepared, [signature]), genesis.roster, 1n)
    }
  })
})
