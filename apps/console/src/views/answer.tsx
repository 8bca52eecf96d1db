/** Answering a patient who spoke to the doctor alone. */
import { type Signal, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Word } from '../conference/word-row.js'
import type { Hosting } from '../state/conference/hosting.js'
import type { ConferenceWords } from '../text/conference-words.js'
import { Speak } from './conference-parts.js'
import { useFocusAcross } from './focus-across.js'

interface AnswerProps {
  readonly word: Word
  /** The word that is answered; empty when none is. */
  readonly answering: Signal<string>
  readonly hosting: Hosting
  readonly words: ConferenceWords
  readonly why: string | undefined
}

/** To the one who spoke, alone. */
export function Answer({ word, answering, hosting, words, why }: AnswerProps) {
  const { kind, key, name, pairId } = word
  const draft = useSignal('')
  const [opener, field] = [useRef<HTMLButtonElement>(null), useRef<HTMLTextAreaElement>(null)]
  useFocusAcross(answering.value === key, field, opener)
  if (kind !== 'from' || pairId === '') return null
  if (answering.value !== key)
    return (
      <button
        ref={opener}
        type="button"
        class="quiet small"
        disabled={why !== undefined}
        aria-describedby={why}
        onClick={() => (answering.value = key)}
      >
        {words('conf.answer', { name })}
      </button>
    )
  const send = async (text: string): Promise<boolean> => {
    const isDone = await hosting.answer(pairId, text)
    if (isDone) answering.value = ''
    return isDone
  }
  return (
    <Speak
      id={`answer-${key}`}
      label={words('conf.answer.field', { name })}
      go={words('conf.answer.go')}
      task={hosting.task}
      isOff={why !== undefined}
      {...{ why, draft, field }}
      say={send}
    >
      <button type="button" class="quiet" onClick={() => (answering.value = '')}>
        {words('conf.answer.cancel')}
      </button>
    </Speak>
  )
}
