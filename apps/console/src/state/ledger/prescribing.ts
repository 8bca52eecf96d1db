/** Prescribing for one patient: bound to their pair when it is opened, so that nothing is signed for anybody else. */
import { duplicatesInBook, prepareOrder, prepareReplace } from '@chartseal/clinic/prescriptions'
import { type Signal, signal } from '@preact/signals'
import { deskOf } from '../../ledger/desk.js'
import { keepRxDraft, readRxDraft } from '../../ledger/drafts.js'
import { emptyForm, type FormField, missingIn, orderOf, type RxForm } from '../../ledger/form.js'
import type { Session } from '../session.js'
import type { PairView } from '../views.js'
import { createSigning, type Signing } from './reading.js'

export type PrescribedFor = Pick<PairView, 'id' | 'patientId' | 'peerName'>

export interface Prescribing {
  readonly patient: PrescribedFor
  readonly form: Signal<RxForm>
  /** Fields that lack, once a person asked to go on. */
  readonly missing: Signal<readonly FormField[]>
  readonly signing: Signing
  /** Why what is typed is not kept, for as long as it is not; `null` otherwise. */
  readonly unkept: Signal<unknown>
  load(): Promise<void>
  write(field: FormField, text: string): Promise<void>
  /** To the text that will be signed; offline it stays a draft. */
  goOn(): Promise<void>
  /** Gives the id of the prescription, or `null` when nothing was signed. */
  sign(): Promise<string | null>
}

/** @param replaced one that is open, with its form; then nothing is kept as a draft */
export function createPrescribing(
  session: Session,
  { id, patientId, peerName }: PrescribedFor,
  replaced: { readonly txid: Uint8Array; readonly form: RxForm } | null = null,
): Prescribing {
  const { unlocked, device } = session
  const patient = { id, patientId, peerName }
  const form = signal(replaced?.form ?? emptyForm)
  const missing = signal<readonly FormField[]>([])
  const unkept = signal<unknown>(null)
  const signing = createSigning(session)
  let saving: Promise<void> = Promise.resolve()
  const keep = (next: RxForm | null): Promise<void> => {
    if (replaced !== null) return saving
    saving = saving
      .then(() => keepRxDraft(unlocked, id, next))
      .then(
        () => {
          unkept.value = null
        },
        reason => {
          unkept.value = reason
        },
      )
    return saving
  }
  const prepared = async () => {
    const desk = await deskOf(session)
    const nowMs = unlocked.clock.nowMs()
    const parties = {
      patientId,
      patientName: peerName,
      prescriberKid: device.kid,
      prescriberName: device.name,
    }
    const order = orderOf(form.value, parties, { nowMs, random: unlocked.random })
    const record =
      replaced === null ? await prepareOrder(desk, order) : await prepareReplace(desk, replaced.txid, order)
    const { content } = record
    const nowSeconds = BigInt(Math.floor(nowMs / 1_000))
    const open = content === null ? [] : duplicatesInBook(desk.shelf.book(), content, nowSeconds)
    return { record, isDouble: replaced === null && open.length > 0 }
  }
  return {
    patient,
    form,
    missing,
    signing,
    unkept,
    async load() {
      if (replaced !== null) return
      const draft = await readRxDraft(unlocked, id)
      // Whoever types already is not interrupted.
      if (form.value === emptyForm) form.value = draft
    },
    write(field, text) {
      form.value = { ...form.value, [field]: text }
      if (missing.value.length > 0) missing.value = missingIn(form.value, unlocked.clock.nowMs())
      return keep(form.value)
    },
    async goOn() {
      missing.value = missingIn(form.value, unlocked.clock.nowMs())
      if (missing.value.length === 0) await signing.read(prepared)
    },
    async sign() {
      const signed = await signing.sign()
      // What was begun is in the book now.
      if (signed !== null) await keep(null)
      return signed
    },
  }
}
