/**
 * What came for this device: opened once, durable here, and only then acknowledged. Killed in between, it comes again and
 * is known; nothing is lost and nothing is shown twice.
 */
import { acknowledge, type OpenedOnce, openOnce } from '@chartseal/clinic'
import { answerType } from '@chartseal/clinic/conference'
import { teamAnswerType, teamWelcomeType } from '@chartseal/clinic/team'
import { ChartsealError } from '@chartseal/core/errors'
import { wipeRing } from '@chartseal/kdf-keyring'
import { type Body, type Header, readHeader } from '@chartseal/wire'
import type { Deposited } from '../api/answers.js'
import type { ClinicApi } from '../api/client.js'
import { blockType, takeNotice } from '../pairs/block.js'
import { cardType, takeLaterCard } from '../pairs/card.js'
import { pairsOfKid } from '../pairs/clock.js'
import { type Pair, patientIdOf } from '../pairs/pair-row.js'
import { changePair, type PairChange, type Unlocked } from '../pairs/pairs.js'
import { theirTime } from '../pairs/their-time.js'
import { isTeamFrame, teamFrameRow } from '../team/due.js'
import { againType, markAsked, readAsked } from './again.js'
import { followMoves } from './delivered.js'
import { refKeyOf, refOf } from './message-row.js'
import { markOpened, readReceipt, receiptType } from './receipts.js'
import { dueOf, shownRows } from './shown.js'
import { eachStray, keepStray } from './strays.js'
import { takenKeyOf } from './taken.js'
import { missingKey, unopenableRows } from './unopenable.js'

export interface Fetched {
  /** How many messages that people see came. */
  readonly shown: number
  /** What keeps a message at the clinic, such as a clock that jumped; `null` when nothing does. */
  readonly problem: ChartsealError | null
}

/** Fetches all that waits; one tab at a time. @throws ChartsealError `console/offline`, `console/refused` */
export function fetchInbox(
  unlocked: Unlocked,
  api: Pick<ClinicApi, 'list' | 'acknowledge'>,
  box: string,
): Promise<Fetched> {
  return unlocked.locks('chartseal/inbox', async () => {
    let [after, shown] = [0, 0]
    let stopped: ChartsealError | null = null
    for (;;) {
      const { messages, more } = await api.list(box, after)
      for (const message of messages) {
        const { kind, problem } = await take(unlocked, message)
        // It stays where it is, and those behind it are of other pairs.
        if (problem === null) await api.acknowledge(box, message.id)
        if (kind === 'shown') shown++
        stopped ??= problem
        after = message.position
      }
      if (!more || messages.length === 0) return { shown, problem: stopped }
    }
  })
}

interface Taken {
  readonly kind: 'shown' | 'quiet'
  /** It must stay where it is. */
  readonly problem: ChartsealError | null
}

async function take(unlocked: Unlocked, { bytes }: Deposited): Promise<Taken> {
  if (isTeamFrame(bytes)) {
    await unlocked.rows.write(teamFrameRow(unlocked, bytes))
    return { kind: 'quiet', problem: null }
  }
  const taken = await takeInAny(unlocked, bytes)
  if (taken === null) await keepStray(unlocked, bytes)
  return taken ?? { kind: 'quiet', problem: null }
}

/** `null`: no key of this device opens it. What is no message at all is gone with that. */
async function takeInAny(unlocked: Unlocked, bytes: Uint8Array): Promise<Taken | null> {
  const kid = kidOf(bytes)
  if (kid === 'no message') return { kind: 'quiet', problem: null }
  for (const pairId of kid === 'to come' ? [] : await pairsOfKid(unlocked, kid)) {
    const taken = await changePair(unlocked, pairId, pair => takeInPair(unlocked, pair, bytes))
    if (taken === null) continue
    if (taken.word !== null) await follow(unlocked, pairId, taken.word)
    return taken
  }
  return null
}

/** Tries what no key opened before: a kit may have brought keys back, or the month has come. */
export function retryStrays(unlocked: Unlocked): Promise<void> {
  return unlocked.locks('chartseal/inbox', () =>
    eachStray(unlocked, async bytes => (await takeInAny(unlocked, bytes))?.problem === null),
  )
}

/** `to come`: of a later version, which a later page may read. */
function kidOf(bytes: Uint8Array): Uint8Array | 'to come' | 'no message' {
  try {
    return readHeader(bytes).kid
  } catch (error) {
    const isLater = error instanceof ChartsealError && error.code === 'message/unsupported'
    return isLater ? 'to come' : 'no message'
  }
}

/** What the other side says of messages that it had from here, or that it moved. */
interface Word {
  readonly header: Header
  readonly kind: 'opened' | 'asked' | 'moved'
  readonly refs: readonly string[]
}

type InPair = Taken & { readonly word: Word | null }

/** Done before it counts as opened: killed in between, it comes again and is done again. */
async function follow(unlocked: Unlocked, pairId: string, { header, kind, refs }: Word): Promise<void> {
  if (kind === 'moved') await followMoves(unlocked)
  else await (kind === 'opened' ? markOpened : markAsked)(unlocked, pairId, refs)
  await changePair(unlocked, pairId, pair => {
    const { device } = acknowledge(pair.device, header)
    return { result: null, pair: device === null ? null : { ...pair, device } }
  })
}

/** `null`: not of this pair. */
async function takeInPair(
  unlocked: Unlocked,
  pair: Pair,
  bytes: Uint8Array,
): Promise<PairChange<InPair | null>> {
  const { clock, random } = unlocked
  try {
    const names = { patientId: patientIdOf(pair) }
    // Whether it was here before is said by its bytes.
    const { result, device } = openOnce(pair.device, bytes, { names, again: true }, { clock, random })
    const mark = takenKeyOf(pair.id, result, bytes)
    const isKnown = result.before === 'yes' && (await unlocked.rows.get(mark)) !== null
    if (isKnown) {
      if (device?.ring) wipeRing(device.ring)
      return { result: quietly, pair: null }
    }
    const opened = { ...pair, device: device ?? pair.device }
    const { beside = [], ...change } = await placed(unlocked, opened, inOurTime(result, clock.nowMs()))
    return { ...change, beside: [...beside, [mark, new Uint8Array()]] }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return refused(unlocked, pair, bytes, error)
  }
}

function inOurTime(result: OpenedOnce, nowMs: number): OpenedOnce {
  const sentAtMs = theirTime(result.body.sentAtMs, nowMs)
  return { ...result, body: { ...result.body, sentAtMs } }
}

/** Where what was opened belongs. Of what is one's own, and a clinic carries back, nothing is said or shown again. */
async function placed(unlocked: Unlocked, opened: Pair, result: OpenedOnce): Promise<PairChange<InPair>> {
  const { body, kid, counter, sealedBy } = result
  const header = { kid, counter }
  const isOwn = sealedBy === 'own'
  const said = isOwn ? opened : heard(opened, body)
  const word = isOwn ? null : wordIn(body, header)
  if (word !== null) return { result: { ...quietly, word }, pair: said }
  const pair = { ...said, device: acknowledge(said.device, header).device ?? said.device }
  const isQuiet = quietTypes.includes(body.mediaType) || (isOwn && (await isHere(unlocked, pair, header)))
  if (isQuiet) return { result: quietly, pair, beside: isOwn ? [] : dueOf(unlocked, pair, body) }
  const { isNew, ...change } = await shownRows(unlocked, pair, result)
  return { ...change, result: { ...quietly, kind: isNew ? 'shown' : 'quiet' } }
}

const isHere = async ({ rows }: Unlocked, { id }: Pair, header: Header): Promise<boolean> =>
  (await rows.get(refKeyOf(id, refOf(header)))) !== null

const quietTypes = [receiptType, againType, blockType, cardType, answerType, teamAnswerType, teamWelcomeType]

function wordIn({ mediaType, content }: Body, header: Header): Word | null {
  if (mediaType === receiptType) return { header, kind: 'opened', refs: readReceipt(content) }
  if (mediaType === againType) return { header, kind: 'asked', refs: readAsked(content) }
  return mediaType === cardType ? { header, kind: 'moved', refs: [] } : null
}

/** What the other side says of itself. */
function heard(pair: Pair, { mediaType, content, sentAtMs }: Body): Pair {
  if (mediaType === blockType) return takeNotice(pair, content, sentAtMs)
  return mediaType === cardType ? takeLaterCard(pair, content, sentAtMs) : pair
}

const quietly = { kind: 'quiet', problem: null, word: null } as const

/** Not of this pair; not to be opened, which is shown once; or kept back, since it may open later. */
async function refused(
  unlocked: Unlocked,
  pair: Pair,
  bytes: Uint8Array,
  error: ChartsealError,
): Promise<PairChange<InPair | null>> {
  const { code, context } = error
  if (code === missingKey) {
    const isNamed = typeof context === 'object' && context !== null && 'where' in context
    if (isNamed && context.where !== 'before') return { result: null, pair: null }
  } else if (code.startsWith('keyring/')) return { result: { ...quietly, problem: error }, pair: null }
  const beside = await unopenableRows(unlocked, pair, bytes, code)
  if (beside === null) return { result: quietly, pair: null }
  return { result: { ...quietly, kind: 'shown' }, pair: null, beside }
}
