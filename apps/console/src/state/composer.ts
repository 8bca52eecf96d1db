/** Writing in one thread: bound to its pair when it is opened, so that nothing goes to anybody else. */
import { type Signal, signal } from '@preact/signals'
import { setBlocked } from '../pairs/block.js'
import { askAgain, sendAgain } from '../thread/again.js'
import type { MessageRow } from '../thread/message-row.js'
import { retryMessage } from '../thread/outbox.js'
import { keepDraft, type OutgoingFile, readDraft, sendDraft, sendFile } from '../thread/send.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

export interface Composer {
  readonly pairId: string
  readonly text: Signal<string>
  readonly task: Task
  /** Reads what was begun and not sent. */
  load(): Promise<void>
  /** Kept sealed with each change. */
  write(text: string): Promise<void>
  send(): Promise<void>
  attach(file: OutgoingFile): Promise<void>
  retry(messageKey: string): Promise<void>
  /** Asks the other side for a message that does not open here. */
  askAgain(messageKey: string): Promise<void>
  /** Sends once more what the other side cannot open. */
  sendAgain(row: MessageRow): Promise<void>
  block(isBlocked: boolean): Promise<void>
}

export function createComposer(session: Session, pairId: string): Composer {
  const { unlocked } = session
  const text = signal('')
  const task = createTask()
  let saving: Promise<void> = Promise.resolve()
  const after = async (): Promise<void> => {
    await session.refresh()
    session.poke()
  }
  /** What fails stays on the screen. */
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    await task.run(work)
    await after()
  }
  return {
    pairId,
    text,
    task,
    async load() {
      const draft = await readDraft(unlocked, pairId)
      // Whoever types already is not interrupted.
      if (text.value === '') text.value = draft
    },
    write(next) {
      text.value = next
      saving = saving.then(() => keepDraft(unlocked, pairId, text.value))
      return saving
    },
    async send() {
      const { value: written } = text
      if (written.trim() === '') return
      // Or a draft could be stored behind its message.
      await saving
      const sent = await task.run(() => sendDraft(unlocked, pairId, written))
      // What was typed meanwhile stays.
      if (sent && text.value === written) text.value = ''
      else if (sent) await keepDraft(unlocked, pairId, text.value)
      await after()
    },
    attach: file => act(() => sendFile(unlocked, pairId, file)),
    retry: messageKey => act(() => retryMessage(unlocked, messageKey)),
    askAgain: messageKey => act(() => askAgain(unlocked, pairId, messageKey)),
    sendAgain: row => act(() => sendAgain(unlocked, pairId, row)),
    block: isBlocked => act(() => setBlocked(unlocked, pairId, isBlocked)),
  }
}
