/** The screen on which an owner prepares a record for emergencies. */
import {
  type CustodyKey,
  defaultDenials,
  type EmergencyPolicy,
  type Statement,
  standingIn,
} from '@chartseal/clinic/break-glass'
import type { RosterRole } from '@chartseal/clinic/roster'
import { type Signal, signal } from '@preact/signals'
import { policyOfText } from '../../access/witnesses.js'
import type { SetWishes } from '../../emergency/safeguard.js'
import type { Session } from '../session.js'
import type { Task } from '../task.js'
import { createTask } from '../task.js'
import type { Emergencies } from './emergencies.js'

/** Somebody who can be given a share. */
export interface Candidate {
  readonly key: Statement<CustodyKey>
  /** By the roster; an officer whom it lists as nothing else is a doctor. */
  readonly role: RosterRole
}

export interface SafeguardScreen {
  /** `null` before the clinic was asked. */
  readonly custodians: Signal<readonly Candidate[] | null>
  /** Kids. */
  readonly chosen: Signal<ReadonlySet<string>>
  readonly isMade: Signal<boolean>
  readonly task: Task
  /** How many witnesses this device knows. */
  readonly mostWitnesses: number
  load(): Promise<void>
  toggle(kid: string): void
  make(wishes: Omit<SetWishes, 'record' | 'custodians'>): Promise<boolean>
}

const mostCustodians = 16

export function createSafeguard(session: Session, emergencies: Emergencies, record: string): SafeguardScreen {
  const custodians = signal<readonly Candidate[] | null>(null)
  const chosen = signal<ReadonlySet<string>>(new Set())
  const isMade = signal(false)
  const task = createTask(session)
  return {
    custodians,
    chosen,
    isMade,
    task,
    get mostWitnesses() {
      return policyOfText(session.clinic.log.policy)?.witnesses.length ?? 0
    },
    async load() {
      await task.run(async () => {
        const { roster } = emergencies
        const keys = await emergencies.custodians()
        custodians.value = keys.map(key => ({
          key,
          role: (roster === null ? null : standingIn(roster, key.by).role) ?? 'doctor',
        }))
      })
    },
    toggle(kid) {
      const next = new Set(chosen.value)
      if (!next.delete(kid) && next.size < mostCustodians) next.add(kid)
      chosen.value = next
    },
    async make(wishes) {
      isMade.value = false
      const keys = (custodians.value ?? []).map(({ key }) => key).filter(({ by }) => chosen.value.has(by))
      const isDone = await task.run(() => emergencies.makeSet({ ...wishes, record, custodians: keys }))
      await emergencies.refresh()
      isMade.value = isDone
      return isDone
    },
  }
}

const minuteMs = 60_000
const [hourMs, dayMs] = [60 * minuteMs, 1_440 * minuteMs]

/** What a person chose, and for the rest what suits so many custodians. */
export function suggested(
  chosen: Partial<EmergencyPolicy>,
  numCustodians: number,
  mostWitnesses: number,
): EmergencyPolicy {
  const most = Math.max(2, numCustodians)
  const threshold = Math.min(chosen.threshold ?? Math.floor(most / 2) + 1, most)
  const denials = defaultDenials(threshold, most)
  return {
    threshold,
    denials: Math.min(chosen.denials ?? denials, denials),
    witnesses: chosen.witnesses ?? Math.max(1, Math.ceil(mostWitnesses / 2)),
    waitMs: chosen.waitMs ?? 0,
    maxDecideMs: chosen.maxDecideMs ?? hourMs,
    maxAccessMs: chosen.maxAccessMs ?? dayMs,
  }
}
