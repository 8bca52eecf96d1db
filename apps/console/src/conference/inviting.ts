/** A doctor begins a conference and invites: the book is durable in one write with each invitation. */
import {
  addAnswer,
  addInvitation,
  answerType,
  type ConferenceBook,
  createConference,
  parseAnswer,
  wipeBook,
} from '@chartseal/clinic/conference'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { ConferenceSuite } from '@chartseal/elgamal-session'
import { consoleError } from '../errors.js'
import { mayWrite } from '../pairs/may-write.js'
import { isCovered } from '../pairs/pair-row.js'
import { changePair, lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { sealInvitation } from '../thread/send.js'
import type { Due } from './due.js'
import {
  changeOwn,
  type OwnChange,
  type OwnConference,
  ownConferences,
  ownRow,
  readWhole,
  type WholeConference,
  writeWhole,
} from './own-conference.js'

export interface NewConference {
  readonly title: string
  /** Nobody is let in after so long. */
  readonly lastsMs: number
  /** The group of its handshakes; X25519 unless given. */
  readonly suite?: ConferenceSuite
}

/**
 * Keys of its own, with nobody invited yet; gives its id.
 * @throws ChartsealError `console/kit-first`, `console/conference-on` while another one is on, `enrolment/invalid`
 */
export function beginConference(
  unlocked: Unlocked,
  { title, lastsMs, suite = '25519' }: NewConference,
): Promise<string> {
  const { clock, random, locks } = unlocked
  return locks('chartseal/conferences', async () => {
    if (!(await lookAtPairs(unlocked, isCovered)).some(Boolean)) throw consoleError('console/kit-first', {})
    if ((await ownConferences(unlocked)).some(({ state }) => state !== 'ended'))
      throw consoleError('console/conference-on', {})
    const nowMs = clock.nowMs()
    const options = { title: title.trim(), suite, untilMs: nowMs + lastsMs }
    const book = createConference(options, random)
    const id = encodeBase64Url(book.id)
    const own: OwnConference = { id, title: book.title, createdMs: nowMs, state: 'on', endedMs: 0 }
    try {
      await writeWhole(unlocked, { own, book }, [])
    } finally {
      wipeBook(book)
    }
    return id
  })
}

/**
 * Seals an invitation to one pair. Who answered once gets a new key: the device that answered may be gone.
 * @throws ChartsealError `console/blocked`, `console/kit-first`, `enrolment/expired`, `keyring/…`
 */
export async function invite(unlocked: Unlocked, id: string, pairId: string): Promise<void> {
  await changeOwn(unlocked, id, async ({ own, book }) => {
    if (book === null || own.state !== 'on') throw consoleError('console/conference-over', {})
    await inviteInto(unlocked, own, book, pairId)
    return unchanged
  })
}

const unchanged: OwnChange<null> = { result: null, whole: null }

async function inviteInto(
  unlocked: Unlocked,
  own: OwnConference,
  book: ConferenceBook,
  pairId: string,
): Promise<void> {
  const { clock, random } = unlocked
  await changePair(unlocked, pairId, async pair => {
    await mayWrite(unlocked, pair)
    const peer = { pair: pairId, name: pair.device.peerName }
    const again = book.patients.get(pairId)?.staticKey != null
    const added = addInvitation(book, peer, { nowMs: clock.nowMs(), random }, { again })
    try {
      const sealed = sealInvitation(unlocked, pair, added.body, { id: own.id, name: own.title })
      return { ...sealed, beside: [...(sealed.beside ?? []), ownRow(own, added.book)] }
    } finally {
      added.body.content.fill(0)
      if (book.patients.get(pairId)?.psk !== added.patient.psk) added.patient.psk.wipe()
    }
  })
}

/** An answer that came: whoever was invited is let in from now on. What is none, or of no conference here, is dropped. */
export async function takeAnswer(unlocked: Unlocked, due: Due): Promise<void> {
  const gone = [[due.key, null]] as const
  const answer = answerIn(due)
  const id = answer === null ? '' : encodeBase64Url(answer.id)
  const isTaken =
    answer === null
      ? null
      : await changeOwn(unlocked, id, whole => ({
          result: true,
          whole: answered(whole, due, answer.staticKey, unlocked.clock.nowMs()),
          beside: gone,
        }))
  if (isTaken === null) await unlocked.rows.write(gone)
}

function answerIn({ content }: Due): ReturnType<typeof parseAnswer> | null {
  try {
    return parseAnswer({ mediaType: answerType, content })
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/** `null`: nothing changes. */
function answered(
  { own, book }: WholeConference,
  { pairId }: Due,
  staticKey: Uint8Array,
  nowMs: number,
): WholeConference | null {
  if (book === null) return null
  try {
    return { own, book: addAnswer(book, { pair: pairId, name: '' }, { id: book.id, staticKey }, nowMs).book }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/** Whom the book of a conference names, by pair; whether they have answered. */
export interface Guest {
  readonly pairId: string
  /** As the conference's list has it. */
  readonly name: string
  readonly hasAnswered: boolean
}

export async function guestsOf(unlocked: Unlocked, id: string): Promise<readonly Guest[]> {
  const whole = await readWhole(unlocked, id)
  const { book = null } = whole ?? {}
  if (book === null) return []
  try {
    return [...book.patients.values()].map(({ pair, name, staticKey }) => ({
      pairId: pair,
      name,
      hasAnswered: staticKey !== null,
    }))
  } finally {
    wipeBook(book)
  }
}
