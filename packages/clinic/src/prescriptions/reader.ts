/** What somebody sees who has a slip: a pharmacist at the counter, a patient at home. */
import { type CheckedBundle, findMember, type Member } from '@chartseal/emr-ledger'
import { judgeAtCounter, type Verdict } from './counter.js'
import { nowSeconds, proofAbout, type Reader } from './desk.js'
import { type MedicineWords, medicineIn, requireTerms } from './medicine.js'
import { checkSlip, readSlip, type Slip } from './slip.js'

export interface CounterView {
  readonly slip: Slip
  readonly words: MedicineWords
  /** Whoever signed it, `null` when the roster that is known here does not have them. */
  readonly prescriber: Member | null
  readonly verdict: Verdict
  /** `null` offline. */
  readonly checked: CheckedBundle | null
}

/**
 * Reads a slip and says what the ledger proves of it; offline its signature alone is checked.
 * @throws ChartsealError `slip/not-a-slip`, `slip/other-content`, `slip/signature`,
 * `prescription/other-terms`; as `requireTerms` and, for a proof that is false, `checkBundle`
 */
export async function lookUp(reader: Reader, text: string): Promise<CounterView> {
  const slip = await readSlip(text)
  const checked = await proofAbout(reader, slip.record.txid)
  const { anchor } = reader.shelf.book()
  const { prescriber } = checkSlip(slip, anchor.roster)
  requireTerms(slip.body, slip.claims)
  const verdict = judgeAtCounter(slip, checked, { nowSeconds: nowSeconds(reader), depth: reader.depth })
  return { slip, words: medicineIn(slip.body), prescriber, verdict, checked }
}

/** For the patient, who may know where: every change, the newest first. */
export interface HistoryEntry {
  readonly kind: 'cancel' | 'replace' | 'dispense'
  /** Seconds, as whoever signed it said. */
  readonly at: bigint
  /** Units that were given out. */
  readonly units: number
  /** The name in the roster, or `null` for one who is not in it any more. */
  readonly by: string | null
}

/** What happened to a prescription, the newest first. */
export function historyOf({ prescription, anchor }: CheckedBundle): readonly HistoryEntry[] {
  return (prescription?.changes ?? []).map(({ claims }) => ({
    kind: claims.kind,
    at: claims.authoredOn,
    units: claims.kind === 'dispense' ? claims.quantity : 0,
    by: findMember(anchor.roster, claims.signer)?.name ?? null,
  }))
}
