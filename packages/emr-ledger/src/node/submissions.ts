/** Records that are handed in: those that come while one write is under way share the next. */
import type { LedgerIndex, NoteChange } from '../v2/ports.js'
import type { LedgerRecord } from '../v2/record.js'
import type { Admission } from './admission.js'
import type { Submitted } from './api.js'
import type { Waiting } from './mempool.js'
import { encodePending, pendingName } from './notes.js'
import type { Queue } from './queue.js'

export interface SubmissionParts {
  readonly queue: Queue
  readonly index: LedgerIndex
  readonly admission: Admission
  /** The record as a block that is followed has it, `null` where none does. */
  readonly sealed: (
    txid: Uint8Array,
  ) => Promise<{ readonly record: LedgerRecord; readonly isFinal: boolean } | null>
  /** What this node asks of a record beyond the rules. @throws ChartsealError */
  readonly policy: (record: LedgerRecord) => Promise<void>
  /** Before each batch: writes what is left of earlier steps. */
  readonly flush: () => Promise<void>
  readonly onPending: (record: LedgerRecord) => void
}

interface Asked {
  readonly record: LedgerRecord
  readonly resolve: (submitted: Submitted) => void
  readonly reject: (reason: unknown) => void
}

interface Admitted {
  readonly asked: Asked
  readonly waiting: Waiting
  readonly replaced: Waiting | null
  readonly isKnown: boolean
}

/** One write has so many records at most. */
const mostAtOnce = 256

export class Submissions {
  readonly #parts: SubmissionParts
  readonly #asked: Asked[] = []

  constructor(parts: SubmissionParts) {
    this.#parts = parts
  }

  /** Resolves once the record is durable. @throws ChartsealError what it is refused for */
  submit(record: LedgerRecord): Promise<Submitted> {
    const done = new Promise<Submitted>((resolve, reject) => {
      this.#asked.push({ record, resolve, reject })
    })
    this.#parts.queue.run(() => this.#batch()).catch(() => undefined)
    return done
  }

  async #batch(): Promise<void> {
    const asked = this.#asked.splice(0, mostAtOnce)
    if (asked.length === 0) return
    const admitted: Admitted[] = []
    try {
      await this.#parts.flush()
      for (const one of asked) await this.#admit(one, admitted)
      await this.#write(admitted)
    } catch (error) {
      for (const { reject } of asked) reject(error)
      return
    }
    for (const { asked: one, waiting, isKnown } of admitted) {
      if (!isKnown) this.#parts.onPending(waiting.record)
      one.resolve({ txid: waiting.record.txid, isKnown })
    }
  }

  async #admit(asked: Asked, admitted: Admitted[]): Promise<void> {
    const { admission, policy } = this.#parts
    const { record, resolve, reject } = asked
    try {
      const known = await this.#known(record)
      if (known === 'final') resolve({ txid: record.txid, isKnown: true })
      else if (known !== null) admitted.push({ asked, waiting: known, replaced: null, isKnown: true })
      else {
        await policy(record)
        admitted.push({ asked, ...(await admission.admit(record)), isKnown: false })
      }
    } catch (error) {
      reject(error)
    }
  }

  /** What is here already is written again, unless it is final: it may have come from elsewhere, and without a note. */
  async #known({ txid }: LedgerRecord): Promise<Waiting | 'final' | null> {
    const { admission, sealed } = this.#parts
    const waiting = admission.get(txid)
    if (waiting !== null) return waiting
    const there = await sealed(txid)
    if (there === null) return null
    return there.isFinal ? 'final' : admission.vouch(there.record)
  }

  async #write(admitted: readonly Admitted[]): Promise<void> {
    if (admitted.length === 0) return
    const replaced = admitted.flatMap(one => one.replaced ?? [])
    const notes: NoteChange[] = [
      ...replaced.map(({ record }) => ({ name: pendingName(record.txid), value: null })),
      ...admitted.map(({ waiting: { record, order } }) => ({
        name: pendingName(record.txid),
        value: encodePending(order, record.bytes),
      })),
    ]
    try {
      await this.#parts.index.write({ notes })
    } catch (error) {
      this.#parts.admission.withdraw(
        admitted.flatMap(({ waiting, isKnown }) => (isKnown ? [] : [waiting])),
        replaced,
      )
      throw error
    }
  }
}
