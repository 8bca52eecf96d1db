/** The screen of the counter: a slip, what the ledger proves of it, and what is dispensed. */
import {
  type CounterView,
  type Delivery,
  type Desk,
  deliver,
  type Errand,
  isOpenErrand,
  lookUp,
  namesOther,
  type PreparedRecord,
  prepareDispense,
  settle,
  signAndSend,
  subjectOf,
} from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { type Signal, signal } from '@preact/signals'
import { keepRefusal, maxReasonChars, type Refusal, refusalsOf } from '../counter/refusals.js'
import type { Scanned, ScannedSlips } from '../counter/scanned.js'
import { msOf } from '../ledger/seconds.js'
import type { SealedRows } from '../store/sealed-rows.js'
import { createTask, type Task } from './task.js'

/** A slip as it was looked up. */
export interface Looked {
  readonly view: CounterView
  /** The same medicine for the same patient, on other slips. */
  readonly others: readonly Scanned[]
  /** Whom the prescription itself names, where that is not the patient whom it was signed for. */
  readonly otherPatient: string | null
  /** Of this device, the newest first. */
  readonly refusals: readonly Refusal[]
}

export type CounterStage =
  | { readonly kind: 'scan' }
  | { readonly kind: 'looked'; readonly looked: Looked }
  /** The text that will be signed stands alone. */
  | {
      readonly kind: 'reading'
      readonly looked: Looked
      readonly units: number
      readonly prepared: PreparedRecord
    }
  /** A record on its way, and what is known of it; the slip is not at hand (`null`) after a start. */
  | {
      readonly kind: 'sent'
      readonly txid: Uint8Array
      readonly units: number
      readonly looked: Looked | null
      readonly prescription: Uint8Array
      readonly delivery: Delivery
    }
  | { readonly kind: 'refused'; readonly looked: Looked; readonly refusal: Refusal }

/** A dispensing of which this device does not know yet what became of it. */
export interface UnderWay {
  readonly txid: Uint8Array
  readonly prescription: Uint8Array
  readonly units: number
  readonly signedMs: number
}

export interface CounterOptions {
  readonly desk: Desk
  readonly rows: Pick<SealedRows, 'write' | 'readOnce'>
  readonly scanned: ScannedSlips
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends when the device locks. */
  readonly signal: AbortSignal
}

/** How soon it is looked again whether a record is final, and how seldom at last. */
const [soonMs, seldomMs] = [500, 5_000]

export class CounterScreen {
  readonly stage: Signal<CounterStage> = signal<CounterStage>({ kind: 'scan' })
  /** From before: the page was closed, or an answer was lost. */
  readonly underWay: Signal<readonly UnderWay[]> = signal<readonly UnderWay[]>([])
  readonly task: Task
  readonly #options: CounterOptions
  readonly #left = new AbortController()
  readonly #over: AbortSignal

  constructor(options: CounterOptions) {
    this.#options = options
    this.#over = AbortSignal.any([options.signal, this.#left.signal])
    this.task = createTask(options)
    this.#showUnderWay()
  }

  /** Reads a slip, and asks the ledger. */
  async take(text: string): Promise<void> {
    await this.task.run(() => this.#look(slipIn(text)))
  }

  /** The same slip once more. */
  async again(): Promise<void> {
    const text = slipOf(this.stage.value)
    if (text === null) return this.next()
    await this.task.run(() => this.#look(text))
  }

  /** Makes the record of so many units, to be read. */
  async choose(units: number): Promise<void> {
    const { value: stage } = this.stage
    if (stage.kind !== 'looked') return
    await this.task.run(async () => {
      const { looked } = stage
      const prepared = await prepareDispense(this.#options.desk, looked.view, units)
      this.#go({ kind: 'reading', looked, units, prepared })
    })
  }

  /** Signs what is on the screen, and sends it; nothing is handed over before the ledger has it for good. */
  async sign(): Promise<void> {
    const { value: stage } = this.stage
    if (stage.kind !== 'reading') return
    await this.task.run(async () => {
      const { prepared, units, looked } = stage
      const { digest: txid } = prepared.prepared
      const { txid: prescription } = looked.view.slip.record
      const sent = { kind: 'sent', txid, units, looked, prescription } as const
      try {
        const delivery = await signAndSend(this.#options.desk, prepared)
        this.#go({ ...sent, delivery })
      } catch (reason) {
        // Signed and stored, it may be in the ledger whatever went wrong then.
        if (!this.#isUnderWay(txid)) throw reason
        this.#go({ ...sent, delivery: { kind: 'no-answer' } })
        throw reason
      } finally {
        this.#showUnderWay()
      }
    })
    void this.#follow()
  }

  /** Sends what is under way once more: the same bytes, never a second record. */
  async retry(txid: Uint8Array): Promise<void> {
    const errand = this.#errand(txid)
    if (errand === undefined) return
    const { value: stage } = this.stage
    const looked = stage.kind === 'sent' && equal(stage.txid, txid) ? stage.looked : null
    const sent = { kind: 'sent', txid, units: unitsOf(errand), looked } as const
    await this.task.run(async () => {
      const delivery = await deliver(this.#options.desk, txid)
      this.#go({ ...sent, prescription: subjectOf(errand.record), delivery })
      this.#showUnderWay()
    })
    void this.#follow()
  }

  /** Nothing is dispensed, for a reason in words. */
  async refuse(text: string): Promise<void> {
    const { value: stage } = this.stage
    const reason = text.trim().slice(0, maxReasonChars)
    if (stage.kind !== 'looked' || reason === '') return
    await this.task.run(async () => {
      const { looked } = stage
      const refusal = { reason, atMs: this.#nowMs }
      await keepRefusal(this.#options.rows, looked.view.slip.record.txid, refusal)
      this.#go({ kind: 'refused', looked, refusal })
    })
  }

  /** Nothing was signed: back to the slip. */
  back(): void {
    const { value: stage } = this.stage
    if (stage.kind === 'reading') this.#go({ kind: 'looked', looked: stage.looked })
  }

  next(): void {
    this.#go({ kind: 'scan' })
  }

  /** Whether a change of a prescription was signed by this device. */
  signedHere(txid: Uint8Array): boolean {
    return this.#errand(txid) !== undefined
  }

  /** Nothing more is asked for this screen. */
  leave(): void {
    this.#left.abort()
  }

  get #nowMs(): number {
    return this.#options.desk.world.clock.nowMs()
  }

  #go(stage: CounterStage): void {
    this.task.clear()
    this.stage.value = stage
  }

  async #look(text: string): Promise<void> {
    const { desk, rows, scanned } = this.#options
    const view = await lookUp(desk, text)
    const refusals = await refusalsOf(rows, view.slip.record.txid)
    scanned.add(view, this.#nowMs)
    const looked = { view, refusals, others: scanned.like(view), otherPatient: namesOther(view.slip) }
    this.#go({ kind: 'looked', looked })
    this.#showUnderWay()
  }

  /** Looks until the ledger has what is on the screen for good, or never will. */
  async #follow(): Promise<void> {
    for (let ms = soonMs; !this.#over.aborted; ms = Math.min(2 * ms, seldomMs)) {
      const { value: stage } = this.stage
      if (stage.kind !== 'sent' || stage.delivery.kind !== 'waiting') return
      await this.#options.wait(ms, this.#over)
      if (this.#over.aborted || this.stage.value !== stage) return
      // Whatever a look fails with, the next one may tell.
      const delivery = await settle(this.#options.desk, stage.txid).catch(() => null)
      if (this.#over.aborted || this.stage.value !== stage || delivery === null) continue
      // No answer to a look: the record was taken all the same.
      if (delivery.kind !== 'no-answer' && delivery.kind !== 'waiting') {
        this.stage.value = { ...stage, delivery }
        this.#showUnderWay()
      }
    }
  }

  #errand(txid: Uint8Array): Errand | undefined {
    return this.#options.desk.shelf.book().errands.find(({ record }) => equal(record.txid, txid))
  }

  #isUnderWay(txid: Uint8Array): boolean {
    const errand = this.#errand(txid)
    return errand !== undefined && isOpenErrand(errand)
  }

  #showUnderWay(): void {
    this.underWay.value = this.#options.desk.shelf.book().errands.flatMap(errand => {
      const { claims, txid } = errand.record
      if (claims.kind !== 'dispense' || !isOpenErrand(errand)) return []
      const signedMs = msOf(claims.authoredOn)
      return [{ txid, prescription: claims.prescription, units: claims.quantity, signedMs }]
    })
  }
}

function unitsOf({ record: { claims } }: Errand): number {
  return claims.kind === 'dispense' ? claims.quantity : 0
}

function slipOf(stage: CounterStage): string | null {
  return stage.kind === 'scan' ? null : (stage.looked?.view.slip.text ?? null)
}

/** What was pasted or read from a file; a space may be of the slip itself, and a line's end is not. */
function slipIn(text: string): string {
  return text.trimStart().replace(/[\r\n\t]+/g, '')
}
