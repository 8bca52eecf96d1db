/** The screen of accesses: entries as they are checked. */
import type { Roster } from '@chartseal/clinic/roster'
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import {
  type CheckedEntry,
  type CheckedSoFar,
  type ProvenEntries,
  readAccesses,
  trustOf,
  type Verdict,
} from '../access/read.js'
import { believedRoster } from '../emergency/roster.js'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import { decodeLink, linkPrefix } from '../records/link-row.js'
import { decodeOwnRecord, ownPrefix } from '../records/own-row.js'
import { decodeReceivedRecord, receivedPrefix } from '../records/received-row.js'
import { keepDraft, readDraft } from '../thread/send.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'
import type { PairView } from './views.js'

/** So many are checked at first, and so many more each time that a person asks for older ones. */
export const checkedAtOnce = 200

/** `records`: of records and links, by whomever else; `others`: by whomever else; `all`: what this device did itself, too. */
export const accessFilters = ['others', 'records', 'all'] as const
export type AccessFilter = (typeof accessFilters)[number]

type Entry = Extract<Verdict, { entry: unknown }>['entry']

const fits = ({ act, by }: Entry, filter: AccessFilter, own: string): boolean =>
  filter === 'all' || (by !== own && (filter === 'others' || /^(grants|blob|link|break-glass)-/.test(act)))

/** What is false says nothing of who did it: it is always shown. What is not proven yet says nothing at all. */
const isShown = (verdict: Verdict, filter: AccessFilter, own: string): boolean =>
  verdict.kind === 'false' || ('entry' in verdict && fits(verdict.entry, filter, own))

export interface AccessScreen {
  /** `null` before the list came. */
  readonly checked: Signal<CheckedSoFar | null>
  /** The newest first; `null` before the list came. */
  readonly entries: ReadonlySignal<readonly CheckedEntry[] | null>
  /** Whether each of those that are due was checked, so that something can be said of all of them. */
  readonly isDone: ReadonlySignal<boolean>
  /** How many entries there are before those that were looked at. */
  readonly olderCount: ReadonlySignal<number>
  readonly falseCount: ReadonlySignal<number>
  /** Entries of which the log has not published the receipt yet. */
  readonly waitingCount: ReadonlySignal<number>
  readonly unwitnessedCount: ReadonlySignal<number>
  /** Whether nobody else is in any entry, or in any of the newest; `null` before that can be said. */
  readonly nobodyElse: ReadonlySignal<'all' | 'newest' | null>
  readonly filter: Signal<AccessFilter>
  readonly shown: ReadonlySignal<readonly CheckedEntry[]>
  /** What the records and links of entries are called here, by their ids. */
  readonly records: Signal<ReadonlyMap<string, string>>
  /** The clinic's list of staff as this device believes it; `null` before it saw one. */
  readonly roster: Signal<Roster | null>
  readonly task: Task
  /** Of asking about an entry, which waits for no list. */
  readonly asking: Task
  load(): Promise<void>
  showOlder(): Promise<void>
  /** Whom this device could ask about an entry, who is in it first. */
  peersFor(entry: CheckedEntry): readonly PairView[]
  /** Puts a question beside what was begun in the thread of this pair; whether it is there. */
  ask(pairId: string, question: string): Promise<boolean>
}

export function createAccessScreen(session: Session): AccessScreen {
  const filter = signal<AccessFilter>('others')
  const checked = signal<CheckedSoFar | null>(null)
  const entries = computed(() => checked.value?.entries ?? null)
  const count = (kind: Verdict['kind']): ReadonlySignal<number> =>
    computed(() => (entries.value ?? []).filter(({ verdict }) => verdict.kind === kind).length)
  const records = signal<ReadonlyMap<string, string>>(new Map())
  const roster = signal<Roster | null>(null)
  const task = createTask(session)
  const asking = createTask(session, 'device')
  const proven: ProvenEntries = new Map()
  let atMost = checkedAtOnce
  const screen: AccessScreen = {
    checked,
    entries,
    task,
    asking,
    isDone: computed(() => checked.value !== null && checked.value.entries.length === checked.value.due),
    olderCount: computed(() => (checked.value === null ? 0 : checked.value.total - checked.value.due)),
    falseCount: count('false'),
    waitingCount: count('waiting'),
    unwitnessedCount: count('unwitnessed'),
    nobodyElse: computed(() => {
      const isOver = screen.isDone.value && !task.isBusy.value && task.error.value === null
      if (!isOver || screen.shown.value.length > 0 || screen.waitingCount.value > 0) return null
      return screen.olderCount.value > 0 ? 'newest' : 'all'
    }),
    filter,
    records,
    roster,
    shown: computed(() =>
      (entries.value ?? []).filter(({ verdict }) => isShown(verdict, filter.value, session.device.kid)),
    ),
    async load() {
      const { api, clinic, remote } = session
      await task.run(async () => {
        records.value = await namesOfRecords(session.unlocked)
        roster.value = await believedRoster(session.unlocked)
        if (session.otherLog.value !== null) throw consoleError('console/other-log', {})
        const trust = trustOf(clinic, remote.value?.log.policy ?? clinic.log.policy)
        await readAccesses(api, trust, seen => show(checked, seen), { proven, atMost })
      })
    },
    async showOlder() {
      if (task.isBusy.value) return
      atMost += checkedAtOnce
      await screen.load()
    },
    peersFor: entry => peersFor(session, entry),
    ask: (pairId, question) =>
      asking.run(async () => {
        const draft = await readDraft(session.unlocked, pairId)
        await keepDraft(session.unlocked, pairId, draft === '' ? question : `${draft}\n${question}`)
      }),
  }
  return screen
}

/** A second look shows nothing less while it goes on: what was checked stays until as many are checked again. */
function show(checked: AccessScreen['checked'], seen: CheckedSoFar): void {
  const before = checked.value
  const isWhole = seen.entries.length === seen.due
  const isLess = before !== null && !isWhole && seen.entries.length < before.entries.length
  checked.value = isLess ? { ...seen, entries: before.entries } : seen
}

const maxAsked = 3

/** Who is in it; otherwise whoever is paired, if these are few. */
function peersFor({ pairs }: Session, { verdict }: CheckedEntry): readonly PairView[] {
  const paired = pairs.value.filter(({ isPaired }) => isPaired)
  const inIt = paired.filter(
    ({ peerKid, peerBox }) =>
      'entry' in verdict && (verdict.entry.by === peerKid || verdict.entry.box === peerBox),
  )
  return inIt.length > 0 ? inIt : paired.length > maxAsked ? [] : paired
}

/** Of records and links; only this device knows them: the clinic has numbers. */
async function namesOfRecords({ rows }: Unlocked): Promise<ReadonlyMap<string, string>> {
  const own = await rows.readOnce(ownPrefix, new Map(), decodeOwnRecord)
  for (const { contentKey } of own) contentKey.fill(0)
  const received = await rows.readOnce(receivedPrefix, new Map(), decodeReceivedRecord)
  // Of several who named one package, the owner's grant list was seen from one alone; one's own is one's own.
  const bySeen = received.toSorted((a, b) => Number(a.newest !== null) - Number(b.newest !== null))
  const links = await rows.readOnce(linkPrefix, new Map(), decodeLink)
  return new Map([...bySeen, ...own, ...links].map(({ id, name }) => [id, name] as const))
}
