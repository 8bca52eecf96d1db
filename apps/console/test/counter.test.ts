import {
  bodyOf,
  errandOf,
  prepareCancel,
  prepareOrder,
  prepareReplace,
  settle,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deskOf,
  doctor,
  MemoryShelf,
  order,
  otherPharmacist,
  PaperLedger,
  pharmacist,
  type TestDesk,
} from '../../../packages/clinic/test/prescription-world.js'
import { ScannedSlips } from '../dist/counter/scanned.js'
import { CounterScreen, type CounterStage } from '../dist/state/counter.js'
import { slowMs } from '../dist/state/task.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'

let ledger: PaperLedger
let surgery: TestDesk
let key: CryptoKey

beforeEach(async () => {
  ledger = new PaperLedger()
  surgery = deskOf(ledger, doctor)
  key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
})

/** Final in the ledger; its slip. */
async function issued(what = order): Promise<{ readonly text: string; readonly txid: Uint8Array }> {
  const prepared = await prepareOrder(surgery, what)
  const { digest: txid } = prepared.prepared
  await signAndSend(surgery, prepared)
  await ledger.seal()
  await settle(surgery, txid)
  return { text: await slipOf(surgery.shelf.book(), txid), txid }
}

const rows = () => sealedRows(memoryRows(), key, random)

/** Each look seals a block, so that what waits is final with the next look. */
function counterAt(
  desk: TestDesk = deskOf(ledger, pharmacist),
  { scanned = new ScannedSlips(), kept = rows(), seal = () => ledger.seal() } = {},
): CounterScreen {
  const { signal } = new AbortController()
  const wait = (ms: number): Promise<void> => (ms === slowMs ? never() : seal())
  return new CounterScreen({ desk, rows: kept, scanned, wait, signal })
}

const never = (): Promise<void> => new Promise(() => undefined)

function stageOf<Kind extends CounterStage['kind']>(
  screen: CounterScreen,
  kind: Kind,
): Extract<CounterStage, { kind: Kind }> {
  const { value: stage } = screen.stage
  const isThat = (one: CounterStage): one is Extract<CounterStage, { kind: Kind }> => one.kind === kind
  if (!isThat(stage)) throw new Error(`the stage is ${stage.kind}: ${String(screen.task.error.value)}`)
  return stage
}

const verdictOf = (screen: CounterScreen) => stageOf(screen, 'looked').looked.view.verdict
const deliveryOf = (screen: CounterScreen) => stageOf(screen, 'sent').delivery.kind
const codeIn = ({ task }: CounterScreen) => task.error.value

/** Resolves when the ledger has it for good, as the screen says. */
const finalAt = (screen: CounterScreen): Promise<void> =>
  new Promise(resolve => {
    const leave = screen.stage.subscribe(stage => {
      if (stage.kind !== 'sent' || stage.delivery.kind !== 'final') return
      resolve()
      queueMicrotask(() => leave())
    })
  })

async function dispense(screen: CounterScreen, text: string, units: number): Promise<void> {
  await screen.take(text)
  await screen.choose(units)
  await screen.sign()
}

describe('the counter', () => {
  it('says ready, partly and dispensed, how much and when, and offers nothing after that', async () => {
    const { text } = await issued()
    const screen = counterAt()
    await dispense(screen, text, 1)
    await finalAt(screen)
    await screen.again()
    expect(verdictOf(screen)).toMatchObject({ kind: 'partly', left: 1, of: 2, given: [{ units: 1 }] })
    await screen.choose(1)
    await screen.sign()
    await finalAt(screen)
    await screen.again()
    expect(verdictOf(screen)).toMatchObject({ kind: 'dispensed', left: 0 })
    await screen.choose(1)
    expect(codeIn(screen)).toMatchObject({ code: 'prescription/not-dispensable' })
    const { checked } = stageOf(screen, 'looked').looked.view
    expect(checked?.prescription?.changes.map(({ txid }) => screen.signedHere(txid))).toEqual([true, true])
  })

  it('says when the prescription itself names another patient than the one whom it was signed for', async () => {
    const body = JSON.parse(decodeUtf8(bodyOf(order)))
    const subject = { identifier: { value: 'patient-18' }, display: 'Ana' }
    const content = encodeUtf8(JSON.stringify({ ...body, subject }))
    const screen = counterAt()
    const named = async (text: string): Promise<string | null> => {
      await screen.take(text)
      return stageOf(screen, 'looked').looked.otherPatient
    }
    expect(await named((await issued()).text)).toBeNull()
    expect(await named((await issued({ ...order, content })).text)).toBe('Ana')
    await screen.choose(1)
    expect(stageOf(screen, 'reading').looked.otherPatient).toBe('Ana')
  })

  it('says cancelled, replaced, expired and not final yet, and dispenses none of them', async () => {
    const [gone, other, late] = [await issued(), await issued(), await issued()]
    for (const prepare of [
      () => prepareCancel(surgery, gone.txid),
      () => prepareReplace(surgery, other.txid, order),
    ]) {
      await signAndSend(surgery, await prepare())
      await ledger.seal()
    }
    const waiting = await prepareOrder(surgery, order)
    await signAndSend(surgery, waiting)
    const screen = counterAt()
    for (const [{ text }, kind] of [
      [gone, 'cancelled'],
      [other, 'replaced'],
    ] as const) {
      await screen.take(text)
      expect(verdictOf(screen).kind).toBe(kind)
      await screen.choose(1)
      expect(codeIn(screen)).toMatchObject({
        code: 'prescription/not-dispensable',
        context: { status: kind },
      })
    }
    ledger.clock.set((Number(order.validUntil) + 1) * 1_000)
    await screen.take(late.text)
    expect(verdictOf(screen).kind).toBe('expired')
  })

  it('shows the text that is signed before anything is signed, and signs nothing when one goes back', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const screen = counterAt(desk)
    await screen.take(text)
    await screen.choose(2)
    const { prepared, units } = stageOf(screen, 'reading')
    expect([units, prepared.prepared.claims.kind]).toEqual([2, 'dispense'])
    expect(prepared.prepared.text.en).toContain('2')
    screen.back()
    expect([stageOf(screen, 'looked').kind, desk.shelf.book().errands.length]).toEqual(['looked', 0])
  })

  it('dispenses nothing offline, and says so in a word', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const silent = { ...desk.way, proof: () => Promise.reject(new TypeError('fetch failed')) }
    const screen = counterAt({ ...desk, way: silent })
    await screen.take(text)
    expect(verdictOf(screen)).toEqual({ kind: 'offline' })
    expect(stageOf(screen, 'looked').looked.view.prescriber?.name).toBe('Dr. Vega')
    await screen.choose(1)
    expect(codeIn(screen)).toMatchObject({ code: 'prescription/not-dispensable' })
  })

  it('takes a slip with line ends that a mail put into it, and refuses one that was changed', async () => {
    const { text } = await issued()
    const screen = counterAt()
    await screen.take(`\n${text.slice(0, 60)}\r\n${text.slice(60)}\n`)
    expect(verdictOf(screen).kind).toBe('ready')
    await screen.take(`${text.slice(0, -3)}000`)
    expect(codeIn(screen)).not.toBeNull()
    await screen.take('CHARTSEAL-PAIR:x')
    expect(codeIn(screen)).toMatchObject({ code: 'slip/not-a-slip' })
  })
})

describe('a dispensing without an answer', () => {
  it('is sent again as the same bytes, and dispenses once', async () => {
    const { text, txid } = await issued()
    const screen = counterAt()
    await screen.take(text)
    await screen.choose(1)
    ledger.fault = 'lost-answer'
    await screen.sign()
    expect([deliveryOf(screen), screen.underWay.value.length]).toEqual(['no-answer', 1])
    await screen.retry(stageOf(screen, 'sent').txid)
    await finalAt(screen)
    expect(screen.underWay.value).toEqual([])
    const dispensings = [...ledger.records.values()].filter(({ claims }) => claims.kind === 'dispense')
    expect(dispensings.map(({ claims }) => claims.kind === 'dispense' && claims.prescription)).toEqual([txid])
  })

  it('is there after the page died, keeps other dispensings of the slip back, and can be finished', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const screen = counterAt(desk, { seal: never })
    await screen.take(text)
    await screen.choose(1)
    ledger.fault = 'lost-request'
    await screen.sign()
    const after = counterAt(deskOf(ledger, pharmacist, desk.shelf.restarted()))
    const [open] = after.underWay.value
    if (open === undefined) throw new Error('nothing is under way')
    expect(open.units).toBe(1)
    await after.take(text)
    await after.choose(1)
    expect(codeIn(after)).toMatchObject({ code: 'prescription/unresolved' })
    await after.retry(open.txid)
    await finalAt(after)
    expect([stageOf(after, 'sent').looked, after.underWay.value]).toEqual([null, []])
  })

  it('that another counter overtook never counts, and nothing is handed over', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const screen = counterAt(desk, { seal: never })
    await screen.take(text)
    await screen.choose(2)
    ledger.fault = 'lost-request'
    await screen.sign()
    const south = counterAt(deskOf(ledger, otherPharmacist))
    await dispense(south, text, 1)
    await finalAt(south)
    await screen.retry(stageOf(screen, 'sent').txid)
    expect(deliveryOf(screen)).toBe('never')
  })

  it('stays under way where the disk fails after it was taken', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist, new MemoryShelf())
    const screen = counterAt(desk, { seal: never })
    await screen.take(text)
    await screen.choose(1)
    const { submit } = desk.way
    const sent = ledger.arrived.length
    Object.assign(desk.way, {
      submit: (record: Uint8Array) => {
        desk.shelf.fails = ledger.arrived.length === sent
        return submit(record)
      },
    })
    await screen.sign()
    expect(deliveryOf(screen)).toBe('no-answer')
    expect(codeIn(screen)).toBeInstanceOf(Error)
    const { txid } = stageOf(screen, 'sent')
    expect(errandOf(desk.shelf.book(), txid).stage).toBe('signed')
    desk.shelf.fails = false
    await screen.retry(txid)
    expect(deliveryOf(screen)).toBe('waiting')
  })

  it('is refused in the words of the ledger, and nothing is under way then', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const refusing = {
      ...desk.way,
      submit: async () => ({ kind: 'refused', code: 'ledger/not-a-member' }) as const,
    }
    const screen = counterAt({ ...desk, way: refusing })
    await dispense(screen, text, 1)
    expect(stageOf(screen, 'sent').delivery).toEqual({ kind: 'refused', code: 'ledger/not-a-member' })
    expect(screen.underWay.value).toEqual([])
  })
})

describe('a second slip', () => {
  it('with the same medicine for the same patient is told of before anything is dispensed', async () => {
    const scanned = new ScannedSlips()
    const [one, two] = [await issued(), await issued()]
    const elsewhere = await issued({ ...order, patientId: 'patient-18' })
    const screen = counterAt(deskOf(ledger, pharmacist), { scanned })
    await screen.take(one.text)
    expect(stageOf(screen, 'looked').looked.others).toEqual([])
    await screen.take(elsewhere.text)
    expect(stageOf(screen, 'looked').looked.others).toEqual([])
    await screen.take(two.text)
    expect(stageOf(screen, 'looked').looked.others.map(({ view }) => view.slip.record.txid)).toEqual([
      one.txid,
    ])
  })
})

describe('a refusal', () => {
  it('keeps its reason sealed here, tells the ledger nothing, and stands there when the slip comes again', async () => {
    const { text } = await issued()
    const desk = deskOf(ledger, pharmacist)
    const kept = rows()
    const screen = counterAt(desk, { kept })
    await screen.take(text)
    await screen.refuse('   ')
    expect(screen.stage.value.kind).toBe('looked')
    await screen.refuse(' Interacts with warfarin. ')
    expect(stageOf(screen, 'refused').refusal.reason).toBe('Interacts with warfarin.')
    screen.next()
    const arrived = ledger.arrived.length
    const later = counterAt(desk, { kept })
    await later.take(text)
    const { refusals, view } = stageOf(later, 'looked').looked
    expect(refusals.map(({ reason }) => reason)).toEqual(['Interacts with warfarin.'])
    expect([view.verdict.kind, ledger.arrived.length]).toEqual(['ready', arrived])
  })
})
