/** Slips that were looked up since this device was unlocked: the same medicine for the same patient is seen here alone. */
import { type CounterView, isSameMedicine } from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'

export interface Scanned {
  readonly view: CounterView
  /** When it was looked up last. */
  readonly atMs: number
}

/** So many are remembered, the newest. */
const mostScanned = 200

export class ScannedSlips {
  #all: readonly Scanned[] = []

  /** Remembers what was said of it last. */
  add(view: CounterView, atMs: number): void {
    const others = this.#all.filter(one => !isSame(one, view))
    this.#all = [{ view, atMs }, ...others].slice(0, mostScanned)
  }

  /** Other prescriptions with the same medicine for the same patient, unless they were ended; the newest first. */
  like(view: CounterView): readonly Scanned[] {
    return this.#all.filter(
      one => !isSame(one, view) && !isEnded(one.view) && isSameMedicine(one.view.slip, view.slip),
    )
  }
}

const isSame = ({ view }: Scanned, { slip }: CounterView): boolean =>
  equal(view.slip.record.txid, slip.record.txid)

const isEnded = ({ verdict }: CounterView): boolean =>
  verdict.kind === 'cancelled' || verdict.kind === 'replaced'
