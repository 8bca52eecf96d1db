/** The care teams of an unlocked device: what came for them is taken, and what a person does with them. */
import { type Signal, signal } from '@preact/signals'
import { copiesOf } from '../../team/copies.js'
import { dueForTeams, type TeamDue, teamPrefix } from '../../team/due.js'
import { eventsOf, unreadEventsOf } from '../../team/event-row.js'
import { acceptOffer, leaveIt, takeTeamKeys, takeTeamOffer } from '../../team/joining.js'
import {
  beginTeam,
  endTeam,
  giveWelcome,
  inviteTo,
  moveTo,
  removeFrom,
  renewKeys,
  takeTeamAnswer,
} from '../../team/keeping.js'
import { takeTeamFrame } from '../../team/receiving.js'
import { teamKeyOf, withTeam } from '../../team/team-row.js'
import { type KnownTeams, type TeamView, viewTeams } from '../../team/team-view.js'
import { boxesOf, outboxPrefix } from '../../thread/outbox-item.js'
import { draftKeyOf } from '../../thread/send.js'
import type { Session } from '../session.js'
import { tryEach } from '../try-each.js'
import type { TeamNote } from './notes.js'

export interface Teams {
  readonly all: Signal<readonly TeamView[]>
  /** Grows when something was read anew: what an open one shows may be other. 0 before the first time. */
  readonly changes: Signal<number>
  /** Why somebody was not invited when it was begun, by ref, until something else is done with it. */
  readonly uninvited: Signal<ReadonlyMap<string, unknown>>
  /** Takes what came, and reads again what is stored. */
  refresh(): Promise<void>
  /** Gives its ref, also where somebody could not be invited. @throws ChartsealError as `beginTeam` */
  begin(title: string, pairIds: readonly string[]): Promise<string>
  invite(ref: string, pairIds: readonly string[]): Promise<void>
  remove(ref: string, tag: string): Promise<void>
  renew(ref: string): Promise<void>
  end(ref: string): Promise<void>
  join(ref: string): Promise<void>
  leave(ref: string): Promise<void>
  /** Erases what is kept of it here: of one that is over, or that nobody has joined from here. */
  forget(ref: string): Promise<void>
}

const opened = new WeakMap<Session, Teams>()

/** Those of a session: made once, and gone with it. */
export function teamsOf(session: Session): Teams {
  const known = opened.get(session)
  if (known !== undefined) return known
  const made = createTeams(session)
  opened.set(session, made)
  return made
}

function createTeams(session: Session): Teams {
  const { unlocked } = session
  const known: KnownTeams = new Map()
  let last: Promise<void> = Promise.resolve()
  const teams: Teams = {
    all: signal<readonly TeamView[]>([]),
    changes: signal(0),
    uninvited: signal<ReadonlyMap<string, unknown>>(new Map()),
    refresh() {
      const next = last.then(() => refreshAll(session, teams, known))
      last = next.catch(() => undefined)
      return next
    },
    async begin(title, pairIds) {
      const { name, mailbox } = session.device
      const ref = await beginTeam(unlocked, { title, name, box: mailbox })
      // It is there: begun once more, it would be there twice.
      await teams.invite(ref, pairIds).catch(reason => noteUninvited(teams, ref, [reason]))
      return ref
    },
    invite: (ref, pairIds) => act(ref, () => tryEach(pairIds, id => inviteTo(unlocked, ref, id))),
    remove: (ref, tag) => act(ref, () => removeFrom(unlocked, ref, tag)),
    renew: ref => act(ref, () => renewKeys(unlocked, ref)),
    end: ref => act(ref, () => endTeam(unlocked, ref)),
    join: ref => act(ref, () => acceptOffer(unlocked, ref, session.device.mailbox)),
    leave: ref => act(ref, () => leaveIt(unlocked, ref)),
    forget: ref => act(ref, () => forgetTeam(session, ref)),
  }
  /** What was done is on the screen, and on its way, also where only a part of it was. */
  const act = async (ref: string, work: () => Promise<void>): Promise<void> => {
    noteUninvited(teams, ref, [])
    try {
      await work()
    } finally {
      await teams.refresh()
      session.poke()
    }
  }
  session.signal.addEventListener('abort', () => {
    known.clear()
    teams.all.value = session.teams.value = []
  })
  return teams
}

/** @param reasons one, or none any more */
function noteUninvited({ uninvited }: Teams, ref: string, reasons: readonly unknown[]): void {
  if (reasons.length === 0 && !uninvited.value.has(ref)) return
  const others = [...uninvited.value].filter(([one]) => one !== ref)
  uninvited.value = new Map([...others, ...reasons.map(reason => [ref, reason] as const)])
}

/** What still waits to leave goes on its way: the others may be told that this side left. */
async function forgetTeam({ unlocked }: Session, ref: string): Promise<void> {
  const { rows } = unlocked
  await withTeam(unlocked, ref, async () => {
    const [events, copies] = [eventsOf(ref), copiesOf(ref)]
    const prefixes = [
      ...[events, unreadEventsOf(ref), events.replace(/^team-event/, 'team-file')],
      ...[copies, copies.replace(/^message/, 'stored'), copies.replace(/^message/, 'sent')],
    ]
    const keys = (await Promise.all(prefixes.map(rows.keys))).flat()
    const gone = [teamKeyOf(ref), draftKeyOf(`~${ref}`), ...keys].map(key => [key, null] as const)
    await rows.write(gone)
  })
}

async function refreshAll(session: Session, teams: Teams, known: KnownTeams): Promise<void> {
  if (session.signal.aborted) return
  const { unlocked } = session
  const before = await unlocked.rows.count(outboxPrefix)
  try {
    await tryEach([takeDue, followMoved], step => step(session, known))
  } finally {
    if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
    const all = await viewTeams(unlocked, known)
    teams.all.value = all
    session.teams.value = all.map(noteOf)
    teams.changes.value++
  }
}

/** A keeper knows by the cards of pairs where each is now, and by its own device where this side is. */
async function followMoved({ unlocked, device }: Session, known: KnownTeams): Promise<void> {
  const own = (await viewTeams(unlocked, known)).filter(
    ({ isKeeper, state, isBehind }) => isKeeper && state === 'in' && !isBehind,
  )
  if (own.length === 0) return
  const boxes = await boxesOf(unlocked)
  for (const { ref, people } of own) {
    const moved = people
      .map(({ tag, box, isSelf, pairId }) => ({
        tag,
        before: box,
        box: isSelf ? device.mailbox : (boxes.get(pairId) ?? box),
      }))
      // Who named no mailbox of their own is told in no other one.
      .filter(({ before, box }) => before !== '' && box !== '' && box !== before)
    if (moved.length > 0) await moveTo(unlocked, ref, moved)
  }
}

const maxTextChars = 80

const noteOf = ({ ref, title, state, unread, last, changedMs }: TeamView): TeamNote => {
  const said = last?.kind === 'said' ? last : null
  const text = said === null ? '' : said.fileName === '' ? said.text.slice(0, maxTextChars) : said.fileName
  return { ref, title, state, unread, text, atMs: Math.max(said?.atMs ?? 0, changedMs) }
}

/**
 * In the order in which it came, one tab at a time; frames last, as the keys for them may have come with the others. One
 * that fails stops none of the others.
 */
function takeDue({ unlocked, signal }: Session): Promise<void> {
  return unlocked.locks('chartseal/due-teams', async () => {
    const all = await dueForTeams(unlocked)
    const isFrame = ({ kind }: TeamDue): boolean => kind === 'frame'
    const inOrder = [...all.filter(one => !isFrame(one)), ...all.filter(isFrame)]
    try {
      await tryEach(inOrder, async due => (signal.aborted ? undefined : takeOne(unlocked, due)))
    } finally {
      for (const { content } of all) content.fill(0)
    }
  })
}

async function takeOne(unlocked: Session['unlocked'], due: TeamDue): Promise<void> {
  if (due.kind === 'invitation') return takeTeamOffer(unlocked, due)
  if (due.kind === 'answer') return void (await takeTeamAnswer(unlocked, due))
  if (due.kind === 'give') return void (await giveWelcome(unlocked, due))
  const refs = (await unlocked.rows.keys(teamPrefix)).map(key => key.slice(teamPrefix.length))
  // Of a pair, keys come for the care teams of that pair alone.
  if (due.kind === 'welcome')
    return takeTeamKeys(
      unlocked,
      due,
      refs.filter(ref => ref.startsWith(`${due.pairId}.`)),
    )
  await takeTeamFrame(unlocked, due, refs)
}
