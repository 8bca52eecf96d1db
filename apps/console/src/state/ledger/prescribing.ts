/** Prescribing for one patient: bound to their pair when it is opened, so that nothing is signed for anybody else. */
import {
  duplicatesInBook,
  type PreparedRecord,
  prepareOrder,
  prepareReplace,
} from '@chartseal/clinic/prescriptions'
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

type Replaced = { readonly txid: Uint8Array; readonly form: RxForm } | null

/** @param replaced one that is open, with its form; then nothing is kept as a draft */
export function createPrescribing(
  session: Session,
  { id, patientId, peerName }: PrescribedFor,
  replaced: Replaced = null,
): Prescribing {
  const { unlocked } = session
  const patient = { id, patientId, peerName }
  const form = signal(replaced?.form ?? emptyForm)
  const missing = signal<readonly FormField[]>([])
  const signing = createSigning(session)
  const { unkept, keep } = draftKeeper(session, id)
  const keepDraft = async (next: RxForm | null): Promise<void> => {
    if (replaced === null) await keep(next)
  }
  return {
    patient,
    form,
    missing,
    signing,
    unkept,
    async load() {
      const draft = replaced === null ? await readRxDraft(unlocked, id) : null
      // Whoever types already is not interrupted.
      if (draft !== null && form.value === emptyForm) form.value = draft
    },
    write(field, text) {
      form.value = { ...form.value, [field]: text }
      if (missing.value.length > 0) missing.value = missingIn(form.value, unlocked.clock.nowMs())
      return keepDraft(form.value)
    },
    async goOn() {
      missing.value = missingIn(form.value, unlocked.clock.nowMs())
      if (missing.value.length === 0)
        await signing.read(() => prepared(session, patient, form.value, replaced))
    },
    async sign() {
      const signed = await signing.sign()
      // What was begun is in the book now.
      if (signed !== null) await keepDraft(null)
      return signed
    },
  }
}

/** One after the other: no older one is stored behind a newer one. */
function draftKeeper({ unlocked }: Session, pairId: string) {
  const unkept = signal<unknown>(null)
  let saving: Promise<void> = Promise.resolve()
  const keep = (next: RxForm | null): Promise<void> => {
    saving = saving
      .then(() => keepRxDraft(unlocked, pairId, next))
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
  return { unkept, keep }
}

async function prepared(
  session: Session,
  { patientId, peerName }: PrescribedFor,
  form: RxForm,
  replaced: Replaced,
): Promise<{ readonly record: PreparedRecord; readonly isDouble: boolean }> {
  const { unlocked, device } = session
  const desk = await deskOf(session)
  const nowMs = unlocked.clock.nowMs()
  const names = { patientName: peerName, prescriberKid: device.kid, prescriberName: device.name }
  const order = orderOf(form, { patientId, ...names }, { nowMs, random: unlocked.random })
  const record = await (replaced === null
    ? prepareOrder(desk, order)
    : prepareReplace(desk, replaced.txid, order))
  const open = duplicatesInBook(desk.shelf.book(), record, BigInt(Math.floor(nowMs / 1_000)))
  return { record, isDouble: open.length > 0 }
}
