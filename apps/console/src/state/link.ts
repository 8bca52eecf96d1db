/** The screens of a SMART Health Link: made of one file, shown as a code, ended, and who used it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { consoleError } from '../errors.js'
import type { OwnLink } from '../records/link-row.js'
import {
  endLink,
  type LinkAccess,
  linkAccesses,
  makeLink,
  maxLinkFileBytes,
  ownLink,
  settleLink,
} from '../records/links.js'
import { cleanFileName } from '../thread/file-name.js'
import type { ChosenFile } from './composer.js'
import type { Session } from './session.js'
import { untilOf } from './share.js'
import { createTask, type Task } from './task.js'

export const maxLabelChars = 80

export interface LinkForm {
  readonly file: Signal<ChosenFile | null>
  readonly label: Signal<string>
  readonly days: Signal<number>
  readonly passcode: Signal<string>
  readonly isLongTerm: Signal<boolean>
  readonly isDirect: Signal<boolean>
  readonly isReady: ReadonlySignal<boolean>
  readonly task: Task
  take(file: ChosenFile | null): void
  /** The id of the link; `null` when it failed, or the person left meanwhile. */
  make(): Promise<string | null>
  /** What was not made yet is not made; what was chosen is gone. */
  leave(): void
}

export function createLinkForm(session: Session): LinkForm {
  const left = new AbortController()
  const form: LinkForm = {
    file: signal<ChosenFile | null>(null),
    label: signal(''),
    days: signal<number>(7),
    passcode: signal(''),
    isLongTerm: signal(false),
    isDirect: signal(false),
    isReady: computed(() => form.file.value !== null),
    task: createTask(session),
    take(file) {
      form.task.clear()
      if (file !== null && file.size > maxLinkFileBytes)
        form.task.error.value = consoleError('console/too-large', { limitBytes: maxLinkFileBytes })
      else form.file.value = file
    },
    make: () => make(session, form, AbortSignal.any([left.signal, session.signal])),
    leave: () => left.abort(),
  }
  return form
}

async function make(session: Session, form: LinkForm, signal: AbortSignal): Promise<string | null> {
  const { unlocked, clinic, requests } = session
  let id: string | null = null
  await form.task.run(async () => {
    const { value: chosen } = form.file
    if (chosen === null) return
    const passcode = form.passcode.value.trim()
    const bytes = new Uint8Array(await chosen.arrayBuffer())
    const mediaType = chosen.type === '' ? 'application/octet-stream' : chosen.type
    const wishes = {
      file: { name: cleanFileName(chosen.name), mediaType, bytes },
      label: [...form.label.value.trim()].slice(0, maxLabelChars).join(''),
      expMs: untilOf(form.days.value, unlocked.clock.nowMs()),
      passcode,
      isLongTerm: form.isLongTerm.value,
      isDirect: form.isDirect.value && passcode === '',
    }
    const made = await makeLink(unlocked, clinic.origin, wishes, signal)
    id = made.id
    await settleLink({ unlocked, requests }, id)
  })
  session.recordChanges.value++
  return signal.aborted ? null : id
}

const laterMs = 30_000

export interface LinkScreen {
  /** `null` before it was read. */
  readonly link: Signal<OwnLink | null>
  /** `null` before the clinic was asked. */
  readonly accesses: Signal<readonly LinkAccess[] | null>
  readonly task: Task
  load(): Promise<void>
  end(): Promise<void>
  tryAgain(): Promise<void>
}

export function createLinkScreen(session: Session, id: string): LinkScreen {
  const { unlocked, requests } = session
  const link = signal<OwnLink | null>(null)
  const accesses = signal<readonly LinkAccess[] | null>(null)
  const task = createTask(session)
  const read = async (): Promise<void> => {
    link.value = await ownLink(unlocked, id)
    if (link.value === null) throw consoleError('console/record-gone', {})
  }
  const settle = async (): Promise<void> => {
    if ((await settleLink({ unlocked, requests }, id)) === 'later') session.again(laterMs)
    session.recordChanges.value++
    await read()
  }
  return {
    link,
    accesses,
    task,
    async load() {
      await task.queue(async () => {
        await read()
        if (link.value?.isStored === true) accesses.value = await linkAccesses(requests, id)
      })
    },
    async end() {
      await task.run(async () => {
        await endLink(unlocked, id)
        await settle()
      })
    },
    async tryAgain() {
      await task.run(settle)
    },
  }
}
