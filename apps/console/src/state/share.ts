/** The screen of sharing: a file, the people who get it, and until when and what for. Bound to the people it shows. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { consoleError } from '../errors.js'
import { maxRecordBytes } from '../records/envelope.js'
import { type Chosen, shareFile } from '../records/share.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'
import type { PairView } from './views.js'

/** A file that a person chose: its content is read when it is shared. */
export type SharedFile = Pick<File, 'name' | 'type' | 'size' | 'stream'>

/** Why somebody cannot be given a record; `''`: they can. */
export type Obstacle = '' | 'no-key' | 'blocked' | 'kit'

export interface Candidate {
  readonly pair: PairView
  readonly obstacle: Obstacle
  readonly isChosen: boolean
}

/** Codes of HL7 v3 PurposeOfUse that the page offers. */
export const purposes = ['TREAT', 'ETREAT', 'PATRQT', 'HPAYMT', 'HRESCH'] as const
export type Purpose = (typeof purposes)[number]

const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const sensitivity = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
/** Labels of HL7 DS4P that the page offers, as FHIR writes tokens. */
export const levels = ['N', 'R', 'V'] as const
export const topics = ['ETH', 'HIV', 'PSY', 'SDV'] as const
export type Level = (typeof levels)[number]
export type Topic = (typeof topics)[number]

export const labelsOf = (level: Level, chosen: ReadonlySet<Topic>): readonly string[] => [
  `${confidentiality}|${level}`,
  ...topics.filter(topic => chosen.has(topic)).map(topic => `${sensitivity}|${topic}`),
]

/** The code of a label, where the page knows it; the label itself otherwise. */
export function labelCode(label: string): Level | Topic | string {
  const [system = '', code = ''] = label.split('|')
  return [confidentiality, sensitivity].includes(system) ? code : label
}

/** Days; 0 without an end. */
export const periods = [1, 7, 30, 365, 0] as const
const dayMs = 86_400_000
export const untilOf = (days: number, nowMs: number): number => (days === 0 ? 0 : nowMs + days * dayMs)

export interface ShareScreen {
  readonly file: Signal<SharedFile | null>
  readonly days: Signal<number>
  readonly purposes: Signal<ReadonlySet<Purpose>>
  readonly level: Signal<Level>
  readonly topics: Signal<ReadonlySet<Topic>>
  readonly people: ReadonlySignal<readonly Candidate[]>
  /** Those whom the button names, as they were when they were chosen. */
  readonly chosen: ReadonlySignal<readonly Chosen[]>
  readonly isReady: ReadonlySignal<boolean>
  /** How much of the file is sealed; `null` before and after. */
  readonly sealed: Signal<readonly [done: number, of: number] | null>
  readonly task: Task
  take(file: SharedFile | null): void
  /** Chooses somebody who can be given it, or does so no more. */
  toggle(pairId: string): void
  /** The id of the record, which is on its way; `null` when it failed, or the person left meanwhile. */
  share(): Promise<string | null>
  /** What is being sealed is not shared; what was chosen is there again on the next screen, until the device locks. */
  leave(): void
}

/** What a person chose. */
interface Draft extends Pick<ShareScreen, 'file' | 'days' | 'purposes' | 'level' | 'topics'> {
  readonly picked: Signal<ReadonlyMap<string, Chosen>>
}

/** Of screens that were left, in memory alone: it goes with its session. */
const drafts = new WeakMap<Session, Draft>()

function draftOf(session: Session): Draft {
  const draft = drafts.get(session) ?? {
    file: signal<SharedFile | null>(null),
    days: signal<number>(30),
    purposes: signal<ReadonlySet<Purpose>>(new Set(['TREAT', 'ETREAT'])),
    level: signal<Level>('N'),
    topics: signal<ReadonlySet<Topic>>(new Set()),
    picked: signal<ReadonlyMap<string, Chosen>>(new Map()),
  }
  drafts.delete(session)
  return draft
}

/** @param first who it begins with, and nobody else, whoever was chosen before; empty for those of before */
export function createShareScreen(session: Session, first = ''): ShareScreen {
  const draft = draftOf(session)
  const { picked } = draft
  const left = new AbortController()
  const people = computed(() => candidatesOf(session, picked.value))
  const screen: ShareScreen = {
    file: draft.file,
    days: draft.days,
    purposes: draft.purposes,
    level: draft.level,
    topics: draft.topics,
    people,
    // Whoever got another device or key since is chosen no more.
    chosen: computed(() => people.value.flatMap(({ pair, isChosen }) => (isChosen ? [chosenOf(pair)] : []))),
    isReady: computed(
      () => screen.file.value !== null && screen.chosen.value.length > 0 && screen.purposes.value.size > 0,
    ),
    sealed: signal<readonly [number, number] | null>(null),
    task: createTask(session, 'device'),
    take(file) {
      screen.task.clear()
      if (file !== null && file.size > maxRecordBytes)
        screen.task.error.value = consoleError('console/too-large', { limitBytes: maxRecordBytes })
      else screen.file.value = file
    },
    toggle(pairId) {
      const found = people.value.find(({ pair }) => pair.id === pairId)
      if (found === undefined || found.obstacle !== '') return
      const next = new Map(picked.value)
      if (found.isChosen) next.delete(pairId)
      else next.set(pairId, chosenOf(found.pair))
      picked.value = next
    },
    share: () => share(session, screen, AbortSignal.any([left.signal, session.signal])),
    leave() {
      left.abort()
      drafts.set(session, draft)
    },
  }
  if (first !== '') {
    picked.value = new Map()
    screen.toggle(first)
  }
  return screen
}

/** Somebody as they are shown now. */
export const chosenOf = ({
  id: pairId,
  peerName: name,
  peerKid: kid,
  peerRecord: record,
}: PairView): Chosen => ({
  pairId,
  name,
  kid,
  record,
})

/** Everybody who is paired here, by name. */
export function candidatesOf(
  { pairs }: Pick<Session, 'pairs'>,
  picked: ReadonlyMap<string, Chosen> = new Map(),
): readonly Candidate[] {
  const hasKit = pairs.value.some(({ kitRoot }) => kitRoot !== '')
  return pairs.value
    .filter(({ isPaired }) => isPaired)
    .map(pair => {
      const obstacle = obstacleOf(pair, hasKit)
      const before = picked.get(pair.id)
      const isSame = before?.kid === pair.peerKid && before.record === pair.peerRecord
      return { pair, obstacle, isChosen: obstacle === '' && isSame }
    })
    .toSorted((a, b) => a.pair.peerName.localeCompare(b.pair.peerName))
}

function obstacleOf({ blockedMs, isBlockedByPeer, peerRecord }: PairView, hasKit: boolean): Obstacle {
  if (blockedMs > 0 || isBlockedByPeer) return 'blocked'
  if (!hasKit) return 'kit'
  return peerRecord === '' ? 'no-key' : ''
}

async function share(session: Session, screen: ShareScreen, signal: AbortSignal): Promise<string | null> {
  const { file, chosen: people, level, topics: about, purposes: wanted, days, task, sealed } = screen
  let id: string | null = null
  await task.run(async () => {
    if (file.value === null || !screen.isReady.value) return
    const { unlocked, signer, hold } = session
    const said = (done: number, of: number): void => {
      sealed.value = [done, of]
    }
    const wishes = {
      file: file.value,
      people: people.value,
      labels: labelsOf(level.value, about.value),
      untilMs: untilOf(days.value, unlocked.clock.nowMs()),
      purposes: [...wanted.value],
    }
    id = await shareFile({ unlocked, signer, hold, signal, said }, wishes)
  })
  sealed.value = null
  session.recordChanges.value++
  if (id === null) return null
  // On whichever screen it is meanwhile.
  file.value = null
  void session.settle()
  return signal.aborted ? null : id
}
