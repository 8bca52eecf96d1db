/** The prescriptions of a patient: slips that came in their threads, and what was proven of each when. */
import {
  checkSlip,
  historyOf,
  lookUp,
  medicineIn,
  readSlip,
  type Slip,
  type Verdict,
} from '@chartseal/clinic/prescriptions'
import { CborFields } from '@chartseal/core/cbor'
import { encodeBase64Url, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Session } from '../state/session.js'
import { tryEach } from '../state/try-each.js'
import { deskOf } from './desk.js'
import { dayIn } from './form.js'
import { msOf } from './seconds.js'
import { readSlipNotice, readSlipRow, slipPrefix } from './slip-notice.js'

export interface SeenChange {
  readonly kind: string
  readonly units: number
  readonly atMs: number
  /** As the ledger's roster calls them; empty where it does not. */
  readonly by: string
}

/** What was proven, and when. */
export interface Seen {
  readonly kind: Exclude<Verdict['kind'], 'offline'>
  readonly left: number
  readonly asOfMs: number
  readonly changes: readonly SeenChange[]
}

export interface SlipView {
  /** The pair, a dot and the txid: what a thread leads to. */
  readonly ref: string
  readonly pairId: string
  readonly row: string
  readonly text: string
  readonly medicine: string
  readonly dosage: string
  /** What one of its units is; empty where it is not said. */
  readonly unit: string
  readonly quantity: number
  readonly authoredMs: number
  readonly untilMs: number
  /** As it was written, a day; empty where the seconds say all. */
  readonly until: string
  /** It names this patient of this pair, and the pair's other side signed it: only then it is shown as a prescription. */
  readonly isOurs: boolean
  /** `null` before anything was proven of it. */
  readonly seen: Seen | null
}

const seenKeyOf = (row: string): string => row.replace(slipPrefix, 'slip-seen/')
const maxChanges = 64

/** The newest first, each once. What came and is no slip is left out. */
export async function slipsHere(session: Pick<Session, 'unlocked' | 'pairs'>): Promise<readonly SlipView[]> {
  const { rows } = session.unlocked
  const views = new Map<string, SlipView>()
  for (const [row, bytes] of await rows.range(slipPrefix)) {
    const view = await viewOf(session, row, bytes)
    if (view !== null) views.set(view.ref, view)
  }
  return [...views.values()].toSorted((a, b) => b.authoredMs - a.authoredMs)
}

async function viewOf(
  { unlocked, pairs }: Pick<Session, 'unlocked' | 'pairs'>,
  row: string,
  bytes: Uint8Array,
): Promise<SlipView | null> {
  const { pairId, kid, content } = readSlipRow(bytes)
  const notice = readSlipNotice(content)
  const slip = notice === null ? null : await slipIn(notice.slip)
  if (notice === null || slip === null || encodeBase64Url(slip.record.txid) !== notice.id) return null
  const pair = pairs.value.find(({ id }) => id === pairId)
  const { claims } = slip
  const { medicine, dosage, unit } = medicineIn(slip.body)
  return {
    ...{ medicine, dosage, unit },
    ref: `${pairId}.${notice.id}`,
    ...{ pairId, row, text: notice.slip, quantity: claims.quantity },
    authoredMs: msOf(claims.authoredOn),
    untilMs: msOf(claims.validUntil),
    until: dayIn(slip.body),
    isOurs: slip.patientId === pair?.patientId && encodeBase64Url(claims.signer) === kid,
    seen: await readSeen(unlocked.rows, row),
  }
}

/** `null` also where the content is another one than was signed. */
async function slipIn(text: string): Promise<Slip | null> {
  try {
    const slip = await readSlip(text)
    // Without the roster: what it commits to must hold all the same.
    checkSlip(slip, { number: 1n, members: [], quorum: 1 })
    return slip
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

async function readSeen(rows: Session['unlocked']['rows'], row: string): Promise<Seen | null> {
  const bytes = await rows.get(seenKeyOf(row))
  if (bytes === null) return null
  const map = CborFields.decode(bytes, ['v', 'kind', 'left', 'at', 'changes'])
  map.count('v', 1, 1)
  const kind = kinds.find(one => one === map.text('kind')) ?? 'not-final-yet'
  const changes = map.maps('changes', ['kind', 'units', 'at', 'by']).slice(0, maxChanges)
  return {
    kind,
    left: map.count('left'),
    asOfMs: map.count('at'),
    changes: changes.map(one => ({
      kind: one.text('kind'),
      units: one.count('units'),
      atMs: one.count('at'),
      by: one.text('by', 1_024),
    })),
  }
}

const kinds: readonly Seen['kind'][] = [
  'ready',
  'partly',
  'dispensed',
  'cancelled',
  'replaced',
  'expired',
  'not-final-yet',
]

/** Nothing changes of it any more. */
const isOver = ({ seen }: SlipView): boolean =>
  seen !== null && ['dispensed', 'cancelled', 'replaced'].includes(seen.kind)

/** Asks the ledger about each that may have changed, and keeps what is proven. Whether there was an answer. */
export async function lookAtSlips(session: Session, slips: readonly SlipView[]): Promise<boolean> {
  const asked = slips.filter(slip => slip.isOurs && !isOver(slip))
  if (asked.length === 0) return true
  const desk = await deskOf(session)
  let isAnswered = true
  await tryEach(asked, async ({ text, row }) => {
    if (!isAnswered) return
    const { verdict, checked } = await lookUp(desk, text)
    isAnswered = verdict.kind !== 'offline'
    if (verdict.kind === 'offline' || checked === null) return
    await session.unlocked.rows.write([[seenKeyOf(row), encodeSeen(verdict, historyOf(checked))]])
  })
  return isAnswered
}

function encodeSeen(
  verdict: Exclude<Verdict, { readonly kind: 'offline' }>,
  changes: ReturnType<typeof historyOf>,
): Uint8Array {
  return encodeCbor({
    v: 1,
    kind: verdict.kind,
    left: 'left' in verdict ? verdict.left : 0,
    at: msOf(verdict.asOf),
    changes: changes.map(({ kind, units, at, by }) => ({
      kind,
      units,
      at: msOf(at),
      by: by ?? '',
    })),
  })
}
