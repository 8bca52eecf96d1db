/** The screen of accesses: entries as they are checked. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type CheckedEntry, type ProvenEntries, readAccesses, trustOf, type Verdict } from '../access/read.js'
import type { Unlocked } from '../pairs/pairs.js'
import { decodeOwnRecord, ownPrefix } from '../records/own-row.js'
import { decodeReceivedRecord, receivedPrefix } from '../records/received-row.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

export interface AccessScreen {
  /** The newest first; `null` before the first came. */
  readonly entries: Signal<readonly CheckedEntry[] | null>
  readonly falseCount: ReadonlySignal<number>
  /** Entries of which the log has not published the receipt yet. */
  readonly waitingCount: ReadonlySignal<number>
  /** Whether what this device did itself is shown, too. */
  readonly showsOwn: Signal<boolean>
  readonly shown: ReadonlySignal<readonly CheckedEntry[]>
  /** What the records of entries are called here, by package. */
  readonly records: Signal<ReadonlyMap<string, string>>
  readonly task: Task
  load(): Promise<void>
}

export function createAccessScreen({ api, clinic, device, unlocked }: Session): AccessScreen {
  const showsOwn = signal(false)
  const count = (kind: Verdict['kind']): number =>
    (entries.value ?? []).filter(({ verdict }) => verdict.kind === kind).length
  const entries = signal<readonly CheckedEntry[] | null>(null)
  const records = signal<ReadonlyMap<string, string>>(new Map())
  const task = createTask()
  const proven: ProvenEntries = new Map()
  return {
    entries,
    task,
    falseCount: computed(() => count('false')),
    waitingCount: computed(() => count('waiting')),
    showsOwn,
    records,
    // What is false says nothing of who did it: it is always shown. What is not proven yet says nothing at all.
    shown: computed(() =>
      (entries.value ?? []).filter(
        ({ verdict }) =>
          verdict.kind === 'false' ||
          (verdict.kind === 'proven' && (showsOwn.value || verdict.entry.by !== device.kid)),
      ),
    ),
    async load() {
      await task.run(async () => {
        records.value = await namesOfRecords(unlocked)
        await readAccesses(
          api,
          trustOf(clinic),
          seen => {
            // A second look shows nothing less while it goes on.
            if (seen.length >= (entries.value?.length ?? 0)) entries.value = seen
          },
          proven,
        )
      })
    },
  }
}

/** Only this device knows them: the clinic has numbers. */
async function namesOfRecords({ rows }: Unlocked): Promise<ReadonlyMap<string, string>> {
  const own = await rows.readOnce(ownPrefix, new Map(), decodeOwnRecord)
  for (const { contentKey } of own) contentKey.fill(0)
  const received = await rows.readOnce(receivedPrefix, new Map(), decodeReceivedRecord)
  return new Map([...own, ...received].map(({ id, name }) => [id, name] as const))
}
