import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import {
  commit,
  decodeClaims,
  decodeRecord,
  encodeClaims,
  encodeRecord,
  type Member,
  prepare,
  type Roster,
  recordError,
  signersOf,
  signWith,
  verifyRecordSignatures,
} from '@chartseal/emr-ledger'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import {
  dispenser,
  genesis,
  head,
  koblitz,
  order,
  prescriber,
  prescription,
  registrars,
  salt,
  signed,
  signerOf,
  stranger,
  visitor,
} from './v2-people.js'

const raisedByRosters = [
  'ledger/roster',
  'ledger/genesis',
  'ledger/roster-number',
  'ledger/roster-clock',
  'ledger/roster-lockout',
  'ledger/member-key',
]
const expectCode = codesRaised(recordError, raisedByRosters)
const { roster } = genesis
const prescribe = { kind: 'prescribe', ...head(prescriber), ...order } as const
const next = (changed: Partial<Roster> = {}): Roster => ({ ...roster, number: 2n, ...changed })
const [first = stranger, second = stranger] = registrars

/** The CBOR of the claims with other fields. */
const claimsWith = (changed: object): Uint8Array => {
  const value = decodeCbor(encodeClaims(prescribe))
  return encodeCbor({ ...Object(value), ...changed })
}

describe('claims', () => {
  it.each([
    ['another version', { v: 1 }],
    ['an unknown field', { note: '' }],
    ['an unknown kind', { kind: 'amend' }],
    ['fields of another kind', { kind: 'cancel' }],
    ['a short ledger id', { ledger: new Uint8Array(31) }],
    ['seq 0', { seq: 0 }],
    ['no units', { quantity: 0 }],
    ['2^32 units', { quantity: 2 ** 32 }],
    ['a negative time', { validUntil: -1 }],
    ['a reference with a blank', { reference: 'a b' }],
    ['a reference that steers a terminal', { reference: '\u001b[2J' }],
    ['a reference of 257 characters', { reference: 'x'.repeat(257) }],
  ])('are refused with %s', async (_, changed) => {
    await expectCode('ledger/claims', () => decodeClaims(claimsWith(changed)))
  })

  it('are refused in another spelling, cut, or followed by more', async () => {
    const bytes = encodeClaims(prescribe)
    for (const wrong of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0), new Uint8Array()])
      await expectCode('ledger/claims', () => decodeClaims(wrong))
    // The map's length in two bytes (RFC 8949 4.2.1 asks for the shortest).
    const longer = Uint8Array.of(0xb8, (bytes[0] ?? 0) & 0x1f, ...bytes.subarray(1))
    await expectCode('ledger/claims', () => decodeClaims(longer))
  })

  it('are at most as large as their kind allows', async () => {
    await expectCode('ledger/claims', () => decodeClaims(new Uint8Array(524_289)))
    await expectCode('ledger/claims', () => decodeClaims(claimsWith({ reference: 'x'.repeat(2_048) })))
  })

  it('are not written when they could not be read', async () => {
    await expectCode('ledger/claims', () => encodeClaims({ ...prescribe, quantity: 0 }))
    await expectCode('ledger/claims', () => encodeClaims({ ...prescribe, seq: 0n }))
    expect(() => encodeClaims({ ...prescribe, validUntil: 2n ** 64n })).toThrow(RangeError)
  })
})

describe('records', () => {
  it('are refused unless the one signature is of the signer', async () => {
    const claims = encodeClaims(prescribe)
    const of = ({ member: { kid } }: { member: Member }): { kid: Uint8Array; signature: Uint8Array } => ({
      kid,
      signature: new Uint8Array(64),
    })
    for (const signatures of [
      [],
      [of(stranger)],
      [of(prescriber), of(stranger)],
      [of(prescriber), of(prescriber)],
    ])
      await expectCode('ledger/record', () => encodeRecord(claims, signatures))
    const short = { kid: prescriber.member.kid, signature: new Uint8Array(63) }
    await expectCode('ledger/record', () => encodeRecord(claims, [short]))
    await expectCode('ledger/record', () => encodeRecord(claims, [{ ...short, kid: new Uint8Array(31) }]))
  })

  it('are refused as anything but a list of claims and signatures', async () => {
    const claims = encodeClaims(prescribe)
    for (const value of [[], [claims], [claims, [], []], [1, []], [claims, 1], [claims, [[]]], 'a', claims])
      await expectCode('ledger/record', () => decodeRecord(encodeCbor(value)))
    await expectCode('ledger/claims', () => decodeRecord(encodeCbor([new Uint8Array(1), []])))
    await expectCode('ledger/record', () => decodeRecord(new Uint8Array(589_825)))
  })

  it('have the signatures of a roster sorted by kid', async () => {
    const claims = { kind: 'roster', ...head(first), roster: next() } as const
    const { claimsBytes, signatures } = await signed(claims, first, second)
    const list = signatures.map(({ kid, signature }) => [kid, signature])
    await expectCode('ledger/record', () => decodeRecord(encodeCbor([claimsBytes, [...list].reverse()])))
    expect(await codeOf(() => decodeRecord(encodeCbor([claimsBytes, list])))).toBe('accepted')
  })
})

describe('signatures', () => {
  it('are of members in force at the height of the block', async () => {
    const record = await prescription(visitor)
    const verdicts = await Promise.all(
      [4n, 5n, 9n, 10n].map(height => codeOf(() => verifyRecordSignatures(record, roster, height))),
    )
    expect(verdicts).toEqual(['ledger/not-a-member', 'accepted', 'accepted', 'ledger/not-a-member'])
    await expectCode('ledger/not-a-member', () => verifyRecordSignatures(record, roster, 10n))
    const foreign = await prescription(stranger)
    await expectCode('ledger/not-a-member', () => verifyRecordSignatures(foreign, roster, 1n))
  })

  it('need the role of their kind', async () => {
    const txid = new Uint8Array(32).fill(3)
    const change = { prescription: txid, previous: txid }
    const wrong = [
      await prescription(dispenser),
      await signed({ kind: 'dispense', ...head(prescriber), ...change, quantity: 1, salt }, prescriber),
      await signed({ kind: 'cancel', ...head(dispenser), ...change }, dispenser),
      await signed({ kind: 'replace', ...head(first), ...change, ...order }, first),
      await signed({ kind: 'roster', ...head(prescriber), roster: next() }, prescriber),
    ]
    for (const record of wrong)
      await expectCode('ledger/role', () => verifyRecordSignatures(record, roster, 1n))
    const cancelled = await signed({ kind: 'cancel', ...head(first), ...change }, first)
    verifyRecordSignatures(cancelled, roster, 1n)
  })

  it('need a quorum for a roster, and none of others', async () => {
    const claims = { kind: 'roster', ...head(first), roster: next() } as const
    verifyRecordSignatures(await signed(claims, first, second), roster, 1n)
    const alone = await signed(claims, first)
    await expectCode('ledger/quorum', () => verifyRecordSignatures(alone, roster, 1n))
    await expectCode('ledger/quorum', () => signersOf(alone, roster, 1n))
    const mixed = await signed(claims, first, second, stranger)
    await expectCode('ledger/not-a-member', () => verifyRecordSignatures(mixed, roster, 1n))
  })

  it('are refused when one of them is of something else', async () => {
    const claims = { kind: 'roster', ...head(first), roster: next() } as const
    const sound = await signed(claims, first, second)
    const foreign = await signed({ ...claims, seq: 2n }, first, second)
    for (const i of [0, 1]) {
      const signatures = sound.signatures.map((one, at) => (at === i ? (foreign.signatures[at] ?? one) : one))
      const record = decodeRecord(encodeRecord(sound.claimsBytes, signatures))
      expect(await codeOf(() => verifyRecordSignatures(record, roster, 1n))).toBe('ledger/signature')
    }
  })

  it('of ES256 have two twins, of which the txid knows nothing; of ES256K the low one', async () => {
    const answers = async (who: typeof koblitz): Promise<readonly string[]> => {
      const { claimsBytes, signatures, txid } = await prescription(who)
      const curve = who === koblitz ? secp256k1.Point.Fn : null
      const twin = signatures.map(({ kid, signature }) => ({
        kid,
        signature: twinOf(signature, curve?.ORDER),
      }))
      const record = decodeRecord(encodeRecord(claimsBytes, twin))
      expect(record.txid).toEqual(txid)
      return [await codeOf(() => verifyRecordSignatures(record, roster, 1n))]
    }
    expect(await answers(prescriber)).toEqual(['accepted'])
    expect(await answers(koblitz)).toEqual(['ledger/high-s'])
  })
})

/** Order of P-256, SEC 2 2.4.2. */
const orderOfP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function twinOf(signature: Uint8Array, modulus: bigint = orderOfP256): Uint8Array {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  const twin = Buffer.from((modulus - s).toString(16).padStart(64, '0'), 'hex')
  return Uint8Array.of(...signature.subarray(0, 32), ...twin)
}

describe('preparing', () => {
  const rs = new Uint8Array(32).fill(0x77)
  const body = new TextEncoder().encode('Ibuprofen 400 mg, 1-0-1')
  const subject = commit({ rs, kind: 'subject', bytes: new TextEncoder().encode('patient-1') })
  const claims = { ...prescribe, subject, body: commit({ rs, kind: 'body', bytes: body }) } as const
  const asked = { ledgerName: genesis.name, content: { rs, patient: 'patient-1', body } }

  it('takes the content alone that the claims commit to', async () => {
    const { content } = asked
    expect(await codeOf(() => prepare(claims, asked))).toBe('accepted')
    for (const wrong of [
      { ...content, patient: 'patient-2' },
      { ...content, body: body.subarray(1) },
      { ...content, rs: new Uint8Array(32) },
    ]) {
      await expectCode('ledger/commitment', () => prepare(claims, { ...asked, content: wrong }))
    }
    const txid = new Uint8Array(32)
    const cancel = { kind: 'cancel', ...head(prescriber), prescription: txid, previous: txid } as const
    expect(() => prepare(cancel, asked)).toThrow(TypeError)
    expect(() => commit({ rs: new Uint8Array(31), kind: 'body', bytes: body })).toThrow(RangeError)
  })

  it('gives no signature of a signer who signs with another key than they say', async () => {
    const prepared = prepare(claims, { ledgerName: genesis.name })
    const { sign } = signerOf('ES256', new Uint8Array(32).fill(30))
    const wrong = [
      { ...prescriber.signer, sign },
      { ...prescriber.signer, kid: stranger.member.kid },
      { ...prescriber.signer, sign: () => new Uint8Array(64) },
      { ...koblitz.signer, sign: () => new Uint8Array(64).fill(0xff) },
      { ...prescriber.signer, sign: () => new Uint8Array(70) },
    ]
    for (const signer of wrong)
      expect(await codeOf(() => signWith(prepared, signer))).toBe('ledger/signature')
  })
})
