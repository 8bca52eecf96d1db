/** Two tills of one pharmacy have one key, and what they ask of the ledger in one second has everything else in common. */
import {
  deliverAll,
  errandOf,
  lookUp,
  prepareDispense,
  prepareOrder,
  settle,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deskOf,
  doctor,
  type Fault,
  order,
  PaperLedger,
  pharmacist,
  readerOf,
  type TestDesk,
} from './prescription-world.js'

let ledger: PaperLedger
let text: string

beforeEach(async () => {
  ledger = new PaperLedger()
  const surgery = deskOf(ledger, doctor)
  const prepared = await prepareOrder(surgery, order)
  await signAndSend(surgery, prepared)
  await ledger.seal()
  await settle(surgery, prepared.prepared.digest)
  text = await slipOf(surgery.shelf.book(), prepared.prepared.digest)
})

/** A till that has read the slip, with what it is about to sign: the same units as its twin, in the same second. */
async function till(units: number) {
  const desk = deskOf(ledger, pharmacist)
  const prepared = await prepareDispense(desk, await lookUp(desk, text), units)
  return { desk, prepared, txid: prepared.prepared.digest }
}

/** What a till that starts again is told of its record in the end. */
async function told({ shelf }: TestDesk, txid: Uint8Array): Promise<string> {
  const desk = deskOf(ledger, pharmacist, shelf.restarted())
  await deliverAll(desk)
  await ledger.seal()
  await deliverAll(desk)
  await settle(desk, txid)
  return errandOf(desk.shelf.book(), txid).stage
}

async function given(): Promise<unknown> {
  const { verdict } = await lookUp(readerOf(ledger), text)
  return 'given' in verdict ? verdict.given.map(({ units }) => units) : null
}

const faults: readonly Fault[] = [null, 'lost-request', 'lost-answer']
const pairs = faults.flatMap(one => faults.map(two => [one, two] as const))

describe('two tills with one key that dispense the same units in the same second', () => {
  it('sign two records', async () => {
    const [one, two] = [await till(1), await till(1)]
    expect(one.txid).not.toEqual(two.txid)
    expect(one.prepared.prepared.text).toEqual(two.prepared.prepared.text)
  })

  it('are answered at once: one waits, and the other is refused', async () => {
    const [one, two] = [await till(1), await till(1)]
    expect(await signAndSend(one.desk, one.prepared)).toEqual({ kind: 'waiting' })
    expect(await signAndSend(two.desk, two.prepared)).toEqual({ kind: 'refused', code: 'ledger/seq' })
    await ledger.seal()
    expect((await settle(one.desk, one.txid)).kind).toBe('final')
    expect((await settle(two.desk, two.txid)).kind).toBe('never')
  })

  it('are told the same if the second comes after the first is final', async () => {
    const [one, two] = [await till(1), await till(1)]
    await signAndSend(one.desk, one.prepared)
    await ledger.seal()
    expect((await settle(one.desk, one.txid)).kind).toBe('final')
    expect(await signAndSend(two.desk, two.prepared)).toEqual({ kind: 'never' })
  })

  it('hand out once when the answers come in the other order', async () => {
    const [one, two] = [await till(2), await till(2)]
    let release = (): void => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const submit = async (record: Uint8Array) => {
      const answer = await one.desk.way.submit(record)
      await held
      return answer
    }
    const slow = { ...one.desk, way: { ...one.desk.way, submit } }
    const first = signAndSend(slow, one.prepared)
    const second = await signAndSend(two.desk, two.prepared)
    release()
    const kinds = [(await first).kind, second.kind].toSorted()
    expect(kinds).toEqual(['refused', 'waiting'])
    await ledger.seal()
    expect([await told(one.desk, one.txid), await told(two.desk, two.txid)].toSorted()).toEqual([
      'final',
      'never',
    ])
    expect(await given()).toEqual([2])
  })

  it.each(pairs)('hand out once after %s at the one and %s at the other', async (one, two) => {
    const [first, second] = [await till(1), await till(1)]
    ledger.fault = one
    await signAndSend(first.desk, first.prepared)
    ledger.fault = two
    await signAndSend(second.desk, second.prepared)
    const stages = [await told(second.desk, second.txid), await told(first.desk, first.txid)]
    expect(stages.toSorted()).toEqual(['final', 'never'])
    expect(await given()).toEqual([1])
    expect(new Set(ledger.arrived.map(bytes => `${bytes}`)).size).toBeLessThanOrEqual(3)
  })
})
