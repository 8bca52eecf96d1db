/** What the two ends of a conference show alike: whether it is live, and what was said. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { Word } from '../conference/word-row.js'
import type { App } from '../state/app.js'
import { type Conferences, conferencesOf } from '../state/conference/conferences.js'
import type { LinkView } from '../state/conference/link.js'
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import type { ConferenceWords } from '../text/conference-words.js'
import { errorText } from '../text/error-text.js'
import type { Texts } from '../text/texts.js'

/** Read when the screen opens, and whenever something came. */
export function useConferences(session: Session): Conferences {
  const conferences = useMemo(() => conferencesOf(session), [session])
  useEffect(() => void conferences.refresh().catch(reason => (session.problem.value = reason)), [conferences])
  return conferences
}

/** Now, once a second. */
export function useNow({ platform }: App): number {
  const now = useSignal(platform.clock.nowMs())
  useEffect(() => platform.every(1_000, () => (now.value = platform.clock.nowMs())), [])
  return now.value
}

export const secondsUntil = (ms: number, nowMs: number): number =>
  Math.max(0, Math.ceil((ms - nowMs) / 1_000))

interface LinkLineProps {
  readonly app: App
  readonly link: LinkView
  readonly words: ConferenceWords
  readonly texts: Texts
  readonly tryAgain: () => Promise<void>
}

/** The state is read aloud when it changes; the seconds that count down are not. */
export function LinkLine({ app, link, words, texts, tryAgain }: LinkLineProps) {
  const nowMs = useNow(app)
  return (
    <div class={`live live-${link.kind}`} data-link={link.kind}>
      <p role="status">{linkText(link, words, texts)}</p>
      {link.kind === 'dead' ? (
        <p class="retry">
          {link.retryAtMs <= nowMs
            ? words('conf.retry.now')
            : words('conf.retry', { seconds: secondsUntil(link.retryAtMs, nowMs) })}
        </p>
      ) : null}
      {link.kind === 'failed' ? (
        <button type="button" class="quiet small" onClick={() => void tryAgain()}>
          {texts.t('thread.retry')}
        </button>
      ) : null}
    </div>
  )
}

function linkText(link: LinkView, words: ConferenceWords, texts: Texts): string {
  if (link.kind === 'live') return words('conf.live')
  if (link.kind === 'begins') return words('conf.begins')
  if (link.kind === 'elsewhere' || link.kind === 'over' || link.kind === 'refused')
    return words(`conf.${link.kind}`)
  if (link.kind === 'failed') return errorText(link.error, texts)
  return link.sinceMs === 0
    ? words('conf.dead.never')
    : words('conf.dead', { when: texts.when(link.sinceMs) })
}

interface WordListProps {
  readonly all: readonly Word[]
  /** Who speaks to all. */
  readonly doctor: string
  readonly isOwn: boolean
  readonly words: ConferenceWords
  readonly texts: Texts
  readonly below?: (word: Word) => ComponentChildren
}

/** Read aloud as it comes, but for an emergency, which the frame reads at once. */
export function WordList({ all, doctor, isOwn, words, texts, below }: WordListProps) {
  return (
    <>
      <h2>{words('conf.words')}</h2>
      {all.length === 0 ? <p class="help">{words('conf.words.none')}</p> : null}
      <div role="log" aria-label={words('conf.words')} class="lines words" tabIndex={0}>
        {all.map(word => (
          <article
            key={word.key}
            class={isMine(word, isOwn) ? 'message own' : 'message'}
            data-kind={word.kind}
            data-state={word.state}
          >
            {word.kind === 'emergency' ? <p class="badge urgent">{words('conf.word.emergency')}</p> : null}
            <p class="text">
              {word.kind === 'missed' ? words('conf.word.missed', { count: word.sequence }) : word.text}
            </p>
            <p class="meta">
              <bdi>{speaker(word, doctor, isOwn, words)}</bdi> <time>{texts.when(word.atMs)}</time>
              {stateText(word, isOwn, words)}
            </p>
            {below?.(word)}
          </article>
        ))}
      </div>
    </>
  )
}

const isMine = ({ kind }: Word, isOwn: boolean): boolean =>
  kind === 'to' || (isOwn && (kind === 'said' || kind === 'emergency'))

function speaker(word: Word, doctor: string, isOwn: boolean, words: ConferenceWords): string {
  const name = isOwn ? word.name : doctor
  if (word.kind === 'to') return words('conf.word.to', { name })
  if (word.kind === 'from') return words('conf.word.from', { name })
  if (word.kind === 'missed') return ''
  return isOwn ? words('conf.word.you') : words('conf.word.doctor', { name })
}

function stateText(word: Word, isOwn: boolean, words: ConferenceWords) {
  const { state } = word
  if (!isMine(word, isOwn) || state === 'new' || state === 'there') return null
  return <span class={`state word-${state}`}>{words(`conf.word.${state}`)}</span>
}

interface SpeakProps {
  readonly id: string
  readonly label: string
  readonly go: string
  readonly task: Task
  readonly help?: string
  readonly isOff?: boolean
  readonly draft: { value: string }
  /** Resolves to whether it was said. */
  readonly say: (text: string) => Promise<boolean>
  readonly children?: ComponentChildren
}

/** Where to write; Ctrl+Enter says it. */
export function Speak({ id, label, go, task, help, isOff = false, draft, say, children }: SpeakProps) {
  const send = async (): Promise<void> => {
    const { value: text } = draft
    if (text.trim() === '' || isOff) return
    if ((await say(text)) && draft.value === text) draft.value = ''
  }
  return (
    <form
      class="compose"
      onSubmit={event => {
        event.preventDefault()
        void send()
      }}
    >
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={2}
        autocomplete="off"
        value={draft.value}
        {...(help === undefined ? {} : { 'aria-describedby': `${id}-help` })}
        onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
        }}
      />
      <div class="row">
        <button type="submit" disabled={isOff || task.isBusy.value}>
          {go}
        </button>
        {children}
        {help === undefined ? null : (
          <span class="help keys" id={`${id}-help`}>
            {help}
          </span>
        )}
      </div>
    </form>
  )
}
