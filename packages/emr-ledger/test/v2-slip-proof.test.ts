/** A dispenser's key alone uses up nothing: the slip's secret must be there. */
import {
  applyRecords,
  decodeClaims,
  decodePrescriptionState,
  encodeClaims,
  encodePrescriptionState,
  genesisState,
  hasSlip,
  type LedgerRecord,
  proveSlip,
  slipKeyOf,
} from '@chartseal/emr-ledger'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes32, genesisOf, ledgerOf, Person, Scribe, salt16, signed } from './v2-world.js'

const doctor = new Person(1, ['prescriber'])
const pharmacy = new Person(2, ['dispenser'])
const other = new Person(3, ['dispenser'])
const people = [doctor, pharmacy, other, new Person(4, ['registrar'])]
const ledger = ledgerOf(people)
const rs = bytes32(7)

const prescribed = (): LedgerRecord => new Scribe(ledger).prescribe(doctor, { slip: slipKeyOf(rs) })

interface Giving {
  readonly by?: Person
  readonly quantity?: number
  readonly previous?: LedgerRecord
  readonly seq?: bigint
  /** What the proof is made with: by default what the record says. */
  readonly proven?: Partial<Parameters<typeof proveSlip>[1]>
  readonly secret?: Uint8Array | null
}

function dispensed(of: LedgerRecord, giving: Giving = {}): LedgerRecord {
  const { by = pharmacy, quantity = 1, previous = of, seq = 1n, proven = {}, secret = rs } = giving
  const claims = {
    ...{ ledger, signer: by.kid, seq, authoredOn: 1_000n, quantity, salt: salt16 },
    ...{ prescription: of.txid, previous: previous.txid },
  }
  const proof = secret === null ? {} : { proof: proveSlip(secret, { ...claims, ...proven }) }
  return signed({ kind: 'dispense', ...claims, ...proof }, by)
}

/** The code that the last of them is refused with. */
async function verdictOn(...records: readonly LedgerRecord[]): Promise<string> {
  const state = genesisState(genesisOf(people))
  const refused = await applyRecords(state, records, { height: 1n, time: 1_500n }).then(
    () => null,
    (error: unknown) => error,
  )
  if (refused === null) return 'accepted'
  expect(refused).toMatchObject({ code: 'ledger/bad-block-record', context: { index: records.length - 1 } })
  return Object(refused).context.cause
}

describe('a prescription that is held by its slip', () => {
  it('is given out, in parts too, by whoever has the secret', async () => {
    const prescription = prescribed()
    const first = dispensed(prescription)
    const second = dispensed(prescription, { previous: first, by: other, quantity: 2 })
    expect(await verdictOn(prescription, first, second)).toBe('accepted')
  })

  it('is not given out without it, by another one, or by a proof of another giving out', async () => {
    const prescription = prescribed()
    const wrong: readonly Giving[] = [
      { secret: null },
      { secret: bytes32(8) },
      { proven: { ledger: bytes32(1) } },
      { proven: { prescription: bytes32(1) } },
      { proven: { previous: bytes32(1) } },
      { proven: { signer: other.kid } },
      { proven: { quantity: 2 } },
      { proven: { salt: salt16.map(byte => byte ^ 1) } },
    ]
    for (const giving of wrong)
      expect(await verdictOn(prescription, dispensed(prescription, giving))).toBe('ledger/slip-proof')
  })

  it('asks for no proof where the prescription does not, and takes none', async () => {
    const open = new Scribe(ledger).prescribe(doctor)
    expect(await verdictOn(open, dispensed(open, { secret: null }))).toBe('accepted')
    expect(await verdictOn(open, dispensed(open))).toBe('ledger/slip-proof')
  })

  it('keeps its key while it changes, and gives its successor another one', async () => {
    const prescription = prescribed()
    const scribe = new Scribe(ledger)
    scribe.prescribe(doctor)
    const first = dispensed(prescription)
    const state = genesisState(genesisOf(people))
    const replaced = scribe.replace(doctor, prescription, first)
    const after = await applyRecords(state, [prescription, first, replaced], { height: 1n, time: 1_500n })
    expect((await after.state.prescription(prescription.txid))?.slip).toEqual(slipKeyOf(rs))
    expect((await after.state.prescription(replaced.txid))?.slip).toBeUndefined()
  })

  it('holds its key and its proof in one encoding', async () => {
    const prescription = prescribed()
    const giving = dispensed(prescription)
    for (const { claimsBytes } of [prescription, giving])
      expect(encodeClaims(decodeClaims(claimsBytes))).toEqual(claimsBytes)
    if (giving.claims.kind !== 'dispense' || prescription.claims.kind !== 'prescribe')
      throw new Error('kinds')
    const short = { ...giving.claims, proof: new Uint8Array(63) }
    expect(await codeOf(() => encodeClaims(short))).toBe('ledger/claims')
    const long = { ...prescription.claims, slip: new Uint8Array(33) }
    expect(await codeOf(() => encodeClaims(long))).toBe('ledger/claims')
    const { state } = await applyRecords(genesisState(genesisOf(people)), [prescription], {
      ...{ height: 1n, time: 1_500n },
    })
    const one = await state.prescription(prescription.txid)
    if (one === null) throw new Error('it is there')
    expect(decodePrescriptionState(encodePrescriptionState(one))).toEqual(one)
    expect(() => slipKeyOf(new Uint8Array(31))).toThrow(RangeError)
    const { claims } = giving
    expect(() => proveSlip(new Uint8Array(33), claims)).toThrow(RangeError)
  })

  it('is proven by the bytes that were signed, and by no other bit', () => {
    const claims = dispensed(prescribed()).claims
    if (claims.kind !== 'dispense' || claims.proof === undefined) throw new Error('it has a proof')
    const { proof } = claims
    const slip = slipKeyOf(rs)
    expect(hasSlip(slip, claims, proof)).toBe(true)
    fc.assert(
      fc.property(fc.nat({ max: 511 }), bit => {
        const changed = proof.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
        expect(hasSlip(slip, claims, changed)).toBe(false)
      }),
      propertyRuns(50),
    )
    // Anybody could sign with a key of small order.
    expect(hasSlip(new Uint8Array(32), claims, proof)).toBe(false)
  })
})
