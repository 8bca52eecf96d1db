/** One care team on the screen: what was written, how far each copy is, and writing in it. */
import { maxTeamContentBytes } from '@chartseal/elgamal-session/team'
import { type Signal, signal } from '@preact/signals'
import { consoleError } from '../../errors.js'
import type { KnownRows } from '../../store/sealed-rows.js'
import { type Copy, readCopies } from '../../team/copies.js'
import { decodeEvent, eventsOf, placeIn, type TeamEventRow, unreadEventsOf } from '../../team/event-row.js'
import { sayToTeam, sendFileToTeam } from '../../team/sending.js'
import type { MessageRow } from '../../thread/message-row.js'
import { retryMessage } from '../../thread/outbox.js'
import { draftKeyOf, keepDraft, readDraft } from '../../thread/send.js'
import type { ChosenFile } from '../composer.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'
import type { Teams } from './teams.js'

/** What was written, with its copies. */
export interface ShownEvent {
  readonly row: TeamEventRow
  readonly copies: readonly Copy[]
}

export interface OpenTeam {
  /** `null` before it was read. */
  readonly events: Signal<readonly ShownEvent[] | null>
  /** How many before those are not shown. */
  readonly older: Signal<number>
  readonly text: Signal<string>
  /** Writing. */
  readonly task: Task
  /** What a person does with people. */
  readonly acts: Task
  /** Why what is typed is not kept, for as long as it is not; `null` otherwise. */
  readonly unkept: Signal<unknown>
  /** Reads what was begun and not sent. */
  load(): Promise<void>
  /** Reads what is stored; what is unread is read once a person has it before them. */
  refresh(): Promise<void>
  showOlder(): Promise<void>
  write(text: string): Promise<void>
  send(): Promise<void>
  attach(file: ChosenFile): Promise<void>
  /** Tries again what could not be sent to some of them. */
  retry(copies: readonly Copy[]): Promise<void>
}

const shownFirst = 100
const none: readonly Copy[] = []

export function openTeam(session: Session, teams: Teams, ref: string): OpenTeam {
  const [task, acts] = [createTask(session, 'device'), createTask(session, 'device')]
  const shown = eventsShown(session, teams, ref)
  const begun = draftOf(session, ref)
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    await task.queue(work)
    await teams.refresh().catch(reason => {
      task.error.value ??= reason
    })
    session.poke()
  }
  return { ...shown, task, acts, ...begun.kept, ...writing(session, ref, begun, act) }
}

type Shown = Pick<OpenTeam, 'events' | 'older' | 'refresh' | 'showOlder'>

function eventsShown(session: Session, teams: Teams, ref: string): Shown {
  const { unlocked } = session
  const knownEvents: KnownRows<TeamEventRow> = new Map()
  const knownCopies: KnownRows<MessageRow> = new Map()
  const [events, older] = [signal<readonly ShownEvent[] | null>(null), signal(0)]
  let least = shownFirst
  let first = ''
  const read = async (): Promise<void> => {
    const keys = await unlocked.rows.keys(eventsOf(ref))
    const known = first === '' ? keys.length : keys.findIndex(key => key >= first)
    const from = Math.max(0, Math.min(known, keys.length - least))
    first = keys[from] ?? eventsOf(ref)
    const rows = await unlocked.rows.readOnce(eventsOf(ref), knownEvents, decodeEvent, first)
    const copies = await readCopies(unlocked, ref, knownCopies, first)
    events.value = rows.map(row => ({ row, copies: copies.get(placeIn(row.key)) ?? none }))
    older.value = from
  }
  return {
    ...{ events, older },
    async refresh() {
      if (session.signal.aborted) return
      if (session.isSeen() && (await readAll(session, ref))) void teams.refresh().catch(() => undefined)
      await read()
    },
    async showOlder() {
      least = (events.value?.length ?? 0) + shownFirst
      await read()
    },
  }
}

interface Draft {
  readonly kept: Pick<OpenTeam, 'text' | 'unkept' | 'load' | 'write'>
  readonly key: string
  /** All that was typed is kept, or why not is said. */
  saved(): Promise<void>
}

/** What is typed is kept, each time behind what was before. */
function draftOf({ unlocked }: Session, ref: string): Draft {
  const [text, unkept] = [signal(''), signal<unknown>(null)]
  const key = `~${ref}`
  let saving: Promise<void> = Promise.resolve()
  const noted = async (work: Promise<void>): Promise<void> => {
    try {
      await work
      unkept.value = null
    } catch (reason) {
      unkept.value = reason
    }
  }
  const load = (): Promise<void> =>
    noted(
      readDraft(unlocked, key).then(begun => {
        // Whoever types already is not interrupted.
        if (text.value === '') text.value = begun
      }),
    )
  const write = (next: string): Promise<void> => {
    text.value = next
    saving = noted(saving.then(() => keepDraft(unlocked, key, text.value)))
    return saving
  }
  return { kept: { text, unkept, load, write }, key, saved: () => saving }
}

function writing(
  { unlocked }: Session,
  ref: string,
  { kept: { text }, key, saved }: Draft,
  act: (work: () => Promise<unknown>) => Promise<void>,
): Pick<OpenTeam, 'send' | 'attach' | 'retry'> {
  return {
    async send() {
      if (text.value.trim() === '') return
      await act(async () => {
        const { value: written } = text
        // Pressed twice, it was sent by the first.
        if (written.trim() === '') return
        // Or a draft could be stored behind its message.
        await saved()
        await sayToTeam(unlocked, ref, written, [[draftKeyOf(key), null]])
        if (text.value === written) text.value = ''
        else await keepDraft(unlocked, key, text.value)
      })
    },
    attach: file =>
      act(async () => {
        const limitBytes = maxTeamContentBytes
        if (file.size > limitBytes) throw consoleError('console/message-too-large', { limitBytes })
        const bytes = new Uint8Array(await file.arrayBuffer())
        const mediaType = file.type === '' ? 'application/octet-stream' : file.type
        await sendFileToTeam(unlocked, ref, { name: file.name, mediaType, bytes })
      }),
    retry: copies =>
      act(async () => {
        for (const { key: copy, state } of copies) if (state === 'failed') await retryMessage(unlocked, copy)
      }),
  }
}

/** Whether something was unread. */
async function readAll({ unlocked: { rows } }: Session, ref: string): Promise<boolean> {
  const unread = await rows.keys(unreadEventsOf(ref))
  if (unread.length > 0) await rows.write(unread.map(key => [key, null] as const))
  return unread.length > 0
}
