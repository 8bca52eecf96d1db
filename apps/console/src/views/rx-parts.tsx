/** Parts that the screens of prescriptions share. */
import { useEffect, useRef } from 'preact/hooks'
import type { Signing } from '../state/ledger/reading.js'
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import { errorText } from '../text/error-text.js'
import { rxErrorKey } from '../text/prescription-errors.js'
import type { RxKey, RxWords } from '../text/prescription-words.js'
import type { Texts } from '../text/texts.js'
import { TaskFailure } from './parts.js'

export interface RxProps {
  readonly session: Session
  readonly words: RxWords
  readonly texts: Texts
}

interface FailureProps {
  readonly task: Task
  readonly words: RxWords
  readonly texts: Texts
  /** Nothing was signed: what is written stays. */
  readonly isDraft?: boolean
}

/** What failed, in the words of prescriptions where there are any. */
export function RxFailure({ task, words, texts, isDraft = false }: FailureProps) {
  const say = (error: unknown): string => {
    const found = rxErrorKey(error)
    const word = isDraft && found === 'rx.error.unanswered' ? 'rx.error.offline' : found
    return word === null ? errorText(error, texts) : words(word)
  }
  return <TaskFailure task={task} texts={texts} say={say} />
}

interface ReadingProps extends RxProps {
  readonly signing: Signing
  readonly title: RxKey
  /** What the button says that signs. */
  readonly go: string
  readonly onSign: () => void
}

/** What is signed, alone on the screen. */
export function ReadAndSign({ signing, title, go, onSign, words, texts }: ReadingProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const { value: reading } = signing.reading
  if (reading === null) return null
  const isBusy = signing.task.isBusy.value
  return (
    <section class="narrow">
      <h1 ref={heading} tabIndex={-1}>
        {words(title)}
      </h1>
      <p class="signed-text">{reading.text[texts.language]}</p>
      {reading.isDouble ? <p class="note">{words('read.double')}</p> : null}
      <RxFailure task={signing.task} words={words} texts={texts} />
      <div class="row">
        <button type="button" disabled={isBusy} onClick={onSign}>
          {isBusy ? words('read.busy') : go}
        </button>
        <button type="button" class="quiet" disabled={isBusy} onClick={signing.leave}>
          {words('read.back')}
        </button>
      </div>
    </section>
  )
}

export function nameOfPatient(session: Session, patientId: string, words: RxWords): string {
  if (patientId === '') return words('rx.nobody-known')
  return session.pairs.value.find(one => one.patientId === patientId)?.peerName ?? words('rx.peer-gone')
}
