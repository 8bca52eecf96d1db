import { encodeHex } from '@chartseal/core/encoding'
import {
  type Applied,
  applyRecords,
  decodePrescriptionState,
  decodeSeq,
  encodePrescriptionState,
  encodeSeq,
  genesisState,
  keyIdOf,
  type LedgerRecord,
  LedgerState,
  type PrescriptionState,
  prescriptionKey,
  type Roster,
  StateTree,
  seqKey,
  sortedMembers,
  statusAt,
  treeStep,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import {
  bytes32,
  forged,
  genesisOf,
  ledgerOf,
  NodeMap,
  Person,
  rosterOf,
  Scribe,
  signed,
} from './v2-world.js'

const doctor = new Person(1, ['prescriber'])
const colleague = new Person(2, ['prescriber', 'registrar'])
const pharmacist = new Person(3, ['dispenser'])
const registrar = new Person(4, ['registrar'])
const leaving = new Person(5, ['prescriber'], 7n)
const people = [doctor, colleague, pharmacist, registrar, leaving]
const ledger = ledgerOf(people)

const context = { height: 5n, time: 1_500n }
const begin = (): LedgerState => genesisState(genesisOf(people))
const apply = (records: readonly LedgerRecord[], at: Partial<typeof context> = {}): Promise<Applied> =>
  applyRecords(begin(), records, { ...context, ...at })

/** The code that the last of these records is refused with; the others are taken. */
async function refusal(
  records: readonly LedgerRecord[],
  at: Partial<typeof context> = {},
): Promise<{ code: unknown; context: unknown }> {
  const taken = await apply(records.slice(0, -1), at)
  return applyRecords(taken.state, records.slice(-1), { ...context, ...at }).then(
    () => ({ code: null, context: null }),
    error => ({ code: error.context.cause, context: error.context }),
  )
}

async function stateOf(
  records: readonly LedgerRecord[],
  of: LedgerRecord,
): Promise<PrescriptionState | null> {
  return (await apply(records)).state.prescription(of.txid)
}

describe('the state machine', () => {
  it('dispenses all of a prescription in parts, and then no more', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    expect(await stateOf([rx], rx)).toMatchObject({
      status: 'ready',
      dispensed: 0,
      quantity: 3,
      last: rx.txid,
    })
    const first = scribe.dispense(pharmacist, rx, 2)
    expect(await stateOf([rx, first], rx)).toMatchObject({ status: 'partly', dispensed: 2, last: first.txid })
    const second = scribe.dispense(pharmacist, rx, 1, first)
    expect(await stateOf([rx, first, second], rx)).toMatchObject({ status: 'dispensed', dispensed: 3 })
    const third = scribe.dispense(pharmacist, rx, 1, second)
    expect(await refusal([rx, first, second, third])).toMatchObject({ code: 'ledger/not-open' })
  })

  it('refuses more units than are left', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const first = scribe.dispense(pharmacist, rx, 2)
    expect(await refusal([rx, first, scribe.dispense(pharmacist, rx, 2, first)])).toMatchObject({
      code: 'ledger/too-many-units',
    })
  })

  it('lets one of two who dispense at once dispense', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const [one, other] = [scribe.dispense(pharmacist, rx, 1), scribe.dispense(pharmacist, rx, 1)]
    expect(await refusal([rx, one, other])).toMatchObject({ code: 'ledger/stale-change' })
  })

  it('dispenses nothing from the median time on at which a prescription expires', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor, { validUntil: 1_600n })
    const records = [rx, scribe.dispense(pharmacist, rx, 1)]
    expect(await refusal(records, { time: 1_599n })).toMatchObject({ code: null })
    expect(await refusal(records, { time: 1_600n })).toMatchObject({ code: 'ledger/expired' })
  })

  it('cancels what is open, expired or not, and nothing else', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor, { validUntil: 1n })
    const end = scribe.cancel(doctor, rx)
    expect(await stateOf([rx, end], rx)).toMatchObject({ status: 'cancelled', last: end.txid, dispensed: 0 })
    for (const late of [scribe.cancel(doctor, rx, end), scribe.replace(doctor, rx, end)]) {
      const records = [rx, end, signed({ ...late.claims, seq: 3n }, doctor)]
      expect(await refusal(records)).toMatchObject({ code: 'ledger/not-open' })
    }
  })

  it('keeps what was dispensed when the rest is cancelled or replaced', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const part = scribe.dispense(pharmacist, rx, 1)
    const next = scribe.replace(doctor, rx, part)
    const { state, changes } = await apply([rx, part, next])
    expect(await state.prescription(rx.txid)).toMatchObject({
      status: 'replaced',
      dispensed: 1,
      replacedBy: next.txid,
      last: next.txid,
    })
    expect(await state.prescription(next.txid)).toMatchObject({
      status: 'ready',
      dispensed: 0,
      replacedBy: null,
    })
    expect(changes.map(({ before, after }) => [before?.status ?? null, after.status])).toEqual([
      [null, 'ready'],
      ['ready', 'partly'],
      ['partly', 'replaced'],
      [null, 'ready'],
    ])
    expect(changes.map(({ record }) => encodeHex(record))).toEqual(
      [rx, part, next, next].map(({ txid }) => encodeHex(txid)),
    )
  })

  it('refuses changes of prescriptions that are not there', async () => {
    const scribe = new Scribe(ledger)
    const unknown = new Scribe(ledger).prescribe(doctor)
    const dispense = scribe.dispense(pharmacist, unknown, 1)
    expect(await refusal([dispense])).toMatchObject({ code: 'ledger/unknown-prescription' })
    expect(await refusal([scribe.cancel(doctor, unknown)])).toMatchObject({
      code: 'ledger/unknown-prescription',
    })
  })

  it('refuses a colleague, a registrar too, as long as the prescriber is one', async () => {
    for (const by of [colleague, registrar]) {
      const scribe = new Scribe(ledger)
      const rx = scribe.prescribe(doctor)
      expect(await refusal([rx, scribe.cancel(by, rx)])).toMatchObject({ code: 'ledger/not-the-prescriber' })
    }
  })

  it('lets registrars end what was prescribed by somebody who left, and prescribers among them replace it', async () => {
    const scribe = new Scribe(ledger)
    const [one, other] = [scribe.prescribe(leaving), scribe.prescribe(leaving)]
    const { state } = await apply([one, other])
    const endings = [scribe.cancel(registrar, one), scribe.replace(colleague, other)]
    await expect(applyRecords(state, endings, { ...context, height: 6n })).rejects.toMatchObject({
      context: { cause: 'ledger/not-the-prescriber', index: 0 },
    })
    const after = await applyRecords(state, endings, { ...context, height: 7n })
    expect(await after.state.prescription(one.txid)).toMatchObject({ status: 'cancelled' })
    expect(await after.state.prescription(other.txid)).toMatchObject({ status: 'replaced' })
    const others = [scribe.cancel(doctor, one), new Scribe(ledger).cancel(leaving, one)]
    for (const late of others)
      await expect(applyRecords(state, [late], { ...context, height: 7n })).rejects.toMatchObject({
        context: { cause: late === others[0] ? 'ledger/not-the-prescriber' : 'ledger/not-a-member' },
      })
  })

  it('numbers the records of each signer without gaps, each once', async () => {
    const scribe = new Scribe(ledger)
    const [first, second, third] = [
      scribe.prescribe(doctor),
      scribe.prescribe(doctor),
      scribe.prescribe(doctor),
    ]
    expect(await refusal([first, third])).toMatchObject({ code: 'ledger/seq' })
    expect(await refusal([first, first])).toMatchObject({ code: 'ledger/seq' })
    const { state } = await apply([first, second, third])
    expect(await state.nextSeq(doctor.kid)).toBe(4n)
    expect(await state.nextSeq(colleague.kid)).toBe(1n)
  })

  it('refuses records of other ledgers, strangers, other roles and forged signatures', async () => {
    const scribe = new Scribe(ledger)
    const stranger = new Person(99, ['prescriber'])
    expect(await refusal([new Scribe(bytes32(0)).prescribe(doctor)])).toMatchObject({
      code: 'ledger/other-ledger',
    })
    expect(await refusal([scribe.prescribe(stranger)])).toMatchObject({ code: 'ledger/not-a-member' })
    expect(await refusal([scribe.prescribe(pharmacist)])).toMatchObject({ code: 'ledger/role' })
    const forgery = forged(scribe.prescribe(doctor))
    expect(await refusal([forgery])).toMatchObject({ code: 'ledger/signature' })
    const trusted = { ...context, verified: new Set([encodeHex(forgery.wtxid)]) }
    await expect(applyRecords(begin(), [forgery], trusted)).resolves.toMatchObject({ roster: null })
  })

  it('names the record of a block that is refused', async () => {
    const scribe = new Scribe(ledger)
    const records = [scribe.prescribe(doctor), scribe.prescribe(pharmacist)]
    await expect(apply(records)).rejects.toMatchObject({
      code: 'ledger/bad-block-record',
      context: { index: 1, cause: 'ledger/role' },
    })
  })
})

describe('the roster in the state', () => {
  const newcomer = new Person(6, ['prescriber'])
  const next: Roster = rosterOf([...people, newcomer], 2n)

  it('counts from the next block on', async () => {
    const scribe = new Scribe(ledger)
    const change = scribe.roster(registrar, next)
    const early = scribe.prescribe(newcomer)
    await expect(apply([change, early])).rejects.toMatchObject({ context: { cause: 'ledger/not-a-member' } })
    const { state, roster } = await apply([change])
    expect(roster).toEqual(next)
    expect(await state.roster()).toEqual(next)
    const after = await applyRecords(state, [early], { ...context, height: 6n })
    expect(await after.state.prescription(early.txid)).toMatchObject({ prescriber: newcomer.kid })
  })

  it('changes once in a block, by the number that comes next', async () => {
    const scribe = new Scribe(ledger)
    const records = [scribe.roster(registrar, next), scribe.roster(colleague, next)]
    await expect(apply(records)).rejects.toMatchObject({ context: { cause: 'ledger/second-roster' } })
    await expect(apply([scribe.roster(leaving, next)])).rejects.toMatchObject({
      context: { cause: 'ledger/role' },
    })
    const skipped = new Scribe(ledger).roster(registrar, { ...next, number: 3n })
    await expect(apply([skipped])).rejects.toMatchObject({ context: { cause: 'ledger/roster-number' } })
  })

  it('has its keys looked at only once a registrar has signed it', async () => {
    const publicKey = new Uint8Array(32)
    const kid = keyIdOf('Ed25519', publicKey)
    const members = sortedMembers([...next.members, { ...newcomer.member, kid, publicKey }])
    const record = new Scribe(ledger).roster(registrar, { ...next, members })
    await expect(apply([record])).rejects.toMatchObject({ context: { cause: 'ledger/member-key' } })
    await expect(apply([forged(record)])).rejects.toMatchObject({ context: { cause: 'ledger/signature' } })
  })
})

describe('a ledger state', () => {
  it('stays valid when records are applied to it', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const { state } = await apply([rx])
    const root = state.root
    const [one, other] = [scribe.dispense(pharmacist, rx, 1), scribe.cancel(doctor, rx)]
    const dispensed = await applyRecords(state, [one], context)
    const cancelled = await applyRecords(state, [other], context)
    expect(state.root).toEqual(root)
    expect(await state.prescription(rx.txid)).toMatchObject({ status: 'ready' })
    expect(await dispensed.state.prescription(rx.txid)).toMatchObject({ status: 'partly' })
    expect(await cancelled.state.prescription(rx.txid)).toMatchObject({ status: 'cancelled' })
  })

  it('is read, changed and proven from a store by its root alone', async () => {
    const scribe = new Scribe(ledger)
    const rx = scribe.prescribe(doctor)
    const { state } = await apply([rx])
    const nodes = new NodeMap()
    nodes.write(treeStep(StateTree.empty(), state.tree))
    const lazy = (): LedgerState => LedgerState.at({ ledger, root: state.root, nodes })
    expect(await lazy().roster()).toEqual(rosterOf(people))
    expect(await lazy().nextSeq(doctor.kid)).toBe(2n)
    const { value, proof } = await lazy().prove(prescriptionKey(rx.txid))
    expect(proof.siblings.length).toBeGreaterThan(0)
    expect(decodePrescriptionState(value ?? new Uint8Array())).toMatchObject({ status: 'ready' })
    const more = [scribe.dispense(pharmacist, rx, 1)]
    const [one, other] = [await applyRecords(lazy(), more, context), await applyRecords(state, more, context)]
    expect(one.state.root).toEqual(other.state.root)
    const trimmed = lazy().trimmed(0)
    expect(await trimmed.prescription(rx.txid)).toMatchObject({ status: 'ready' })
    expect(await lazy().prescription(bytes32(1))).toBeNull()
  })

  it('is refused where a leaf is not what stands there', async () => {
    const tree = begin().tree.with([
      { key: prescriptionKey(bytes32(1)), value: Uint8Array.of(1) },
      { key: prescriptionKey(bytes32(2)), value: Uint8Array.of(0xff) },
    ])
    const state = new LedgerState(ledger, tree)
    for (const txid of [bytes32(1), bytes32(2)])
      await expect(state.prescription(txid)).rejects.toMatchObject({ code: 'ledger/bad-state' })
    // It is no verdict on a record: the store is at fault.
    const scribe = new Scribe(ledger)
    const unread = state.tree.with([{ key: seqKey(doctor.kid), value: Uint8Array.of(0xf6) }])
    await expect(
      applyRecords(new LedgerState(ledger, unread), [scribe.prescribe(doctor)], context),
    ).rejects.toMatchObject({ code: 'ledger/bad-state', context: { leaf: 'seq' } })
    const without = new LedgerState(ledger, StateTree.empty())
    await expect(without.roster()).rejects.toMatchObject({ context: { leaf: 'roster' } })
    expect(() => decodeSeq(encodeSeq(0n))).toThrow(expect.objectContaining({ code: 'ledger/bad-state' }))
    expect(decodeSeq(encodeSeq(2n ** 63n))).toBe(2n ** 63n)
  })
})

describe('the state of a prescription', () => {
  const ready: PrescriptionState = {
    status: 'ready',
    prescriber: bytes32(1),
    quantity: 3,
    dispensed: 0,
    validUntil: 100n,
    last: bytes32(2),
    replacedBy: null,
  }

  it('is expired from its time on while it is open, and not after it was closed', () => {
    expect(statusAt(ready, 99n)).toBe('ready')
    expect(statusAt(ready, 100n)).toBe('expired')
    expect(statusAt({ ...ready, status: 'partly' }, 101n)).toBe('expired')
    for (const status of ['dispensed', 'cancelled', 'replaced'] as const)
      expect(statusAt({ ...ready, status }, 1_000n)).toBe(status)
  })

  it('is read back as it was written, and only when its fields agree', () => {
    const whole: readonly PrescriptionState[] = [
      ready,
      { ...ready, status: 'partly', dispensed: 2 },
      { ...ready, status: 'dispensed', dispensed: 3 },
      { ...ready, status: 'cancelled', dispensed: 1, validUntil: 2n ** 64n - 1n },
      { ...ready, status: 'replaced', replacedBy: bytes32(3) },
    ]
    for (const state of whole) expect(decodePrescriptionState(encodePrescriptionState(state))).toEqual(state)
    const broken: readonly PrescriptionState[] = [
      { ...ready, dispensed: 1 },
      { ...ready, status: 'partly' },
      { ...ready, status: 'partly', dispensed: 3 },
      { ...ready, status: 'dispensed', dispensed: 2 },
      { ...ready, status: 'cancelled', dispensed: 3 },
      { ...ready, status: 'replaced' },
      { ...ready, replacedBy: bytes32(3) },
      { ...ready, dispensed: 4 },
      { ...ready, last: new Uint8Array(31) },
    ]
    for (const state of broken)
      expect(() => decodePrescriptionState(encodePrescriptionState(state))).toThrow(
        expect.objectContaining({ code: 'ledger/bad-state' }),
      )
  })
})
