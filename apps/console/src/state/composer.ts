/** Writing in one thread: bound to its pair when it is opened, so that nothing goes to anybody else. */
import { type Signal, signal } from '@preact/signals'
import { consoleError } from '../errors.js'
import { setBlocked } from '../pairs/block.js'
import { askAgain, sendAgain } from '../thread/again.js'
import type { MessageRow } from '../thread/message-row.js'
import { retryMessage } from '../thread/outbox.js'
import { keepDraft, maxFileBytes, type OutgoingFile, readDraft, sendDraft, sendFile } from '../thread/send.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

/** A file that a person chose; its content is read when it is not too large. */
export type ChosenFile = Pick<File, 'name' | 'type' | 'size' | 'arrayBuffer'>

export interface Composer {
  readonly pairId: string
  readonly text: Signal<string>
  readonly task: Task
  /** Why what is typed is not kept, for as long as it is not; `null` otherwise. */
  readonly unkept: Signal<unknown>
  /** Reads what was begun and not sent. */
  load(): Promise<void>
  /** Kept sealed with each change. What could not be kept is kept with the next one. */
  write(text: string): Promise<void>
  send(): Promise<void>
  attach(file: ChosenFile): Promise<void>
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
  const task = createTask(session, 'device')
  const unkept = signal<unknown>(null)
  let saving: Promise<void> = Promise.resolve()
  /** What fails stays on the screen. */
  const act = async (work: () => Promise<unknown>, how = task.run): Promise<void> => {
    await how(work)
    // Whoever writes on at once is not held up by it.
    await session.refresh().catch(reason => {
      task.error.value ??= reason
    })
    session.poke()
  }
  const noted = (work: Promise<void>): Promise<void> => noteFailure(work, unkept)
  return {
    pairId,
    text,
    task,
    unkept,
    load: () =>
      noted(
        readDraft(unlocked, pairId).then(draft => {
          // Whoever types already is not interrupted.
          if (text.value === '') text.value = draft
        }),
      ),
    write(next) {
      text.value = next
      // One that failed, as on a full disk, stops none that follows.
      saving = noted(saving.then(() => keepDraft(unlocked, pairId, text.value)))
      return saving
    },
    async send() {
      if (text.value.trim() === '') return
      await act(async () => {
        const { value: written } = text
        // Pressed twice, it was sent by the first.
        if (written.trim() === '') return
        // Or a draft could be stored behind its message.
        await saving
        await sendDraft(unlocked, pairId, written)
        // What was typed meanwhile stays.
        if (text.value === written) text.value = ''
        else await keepDraft(unlocked, pairId, text.value)
      }, task.queue)
    },
    attach: file => act(async () => sendFile(unlocked, pairId, await readChosen(file)), task.queue),
    retry: messageKey => act(() => retryMessage(unlocked, messageKey)),
    askAgain: messageKey => act(() => askAgain(unlocked, pairId, messageKey)),
    sendAgain: row => act(() => sendAgain(unlocked, pairId, row)),
    block: isBlocked => act(() => setBlocked(unlocked, pairId, isBlocked)),
  }
}

/** Puts the reason of a failure there, or `null`. */
async function noteFailure(work: Promise<void>, at: Signal<unknown>): Promise<void> {
  try {
    await work
    at.value = null
  } catch (reason) {
    at.value = reason
  }
}

/** @throws ChartsealError `console/message-too-large` before anything of it is read */
async function readChosen(file: ChosenFile): Promise<OutgoingFile> {
  if (file.size > maxFileBytes) throw consoleError('console/message-too-large', { limitBytes: maxFileBytes })
  const bytes = new Uint8Array(await file.arrayBuffer())
  const mediaType = file.type === '' ? 'application/octet-stream' : file.type
  return { name: file.name, mediaType, bytes }
}
