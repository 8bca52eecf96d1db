/** The screens of a patient's prescriptions: readable without a network, with the age of what is known. */
import { type Signal, signal } from '@preact/signals'
import { lookAtSlips, type SlipView, slipsHere } from '../../ledger/slips.js'
import { newestShown } from '../newest.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'

export interface SlipsScreen {
  /** `null` before they were read. */
  readonly slips: Signal<readonly SlipView[] | null>
  readonly task: Task
  /** Whether the ledger gave no answer when it was asked last. */
  readonly isUnanswered: Signal<boolean>
  load(): Promise<void>
  /** Asks the ledger what became of each. */
  look(): Promise<void>
}

export function createSlipsScreen(session: Session): SlipsScreen {
  const newest = newestShown()
  const screen: SlipsScreen = {
    slips: signal<readonly SlipView[] | null>(null),
    task: createTask(session),
    isUnanswered: signal(false),
    load: () =>
      newest(
        () => slipsHere(session),
        slips => {
          screen.slips.value = slips
        },
      ),
    look: async () => {
      await screen.task.queue(async () => {
        await screen.load()
        screen.isUnanswered.value = !(await lookAtSlips(session, screen.slips.value ?? []))
        await screen.load()
      })
    },
  }
  return screen
}
