/** What the two ends of a conference show alike: whether it is live, and where to write. */

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { type Conferences, conferencesOf } from '../state/conference/conferences.js'
import type { LinkView } from '../state/conference/link.js'
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import { telling } from '../state/telling.js'
import type { ConferenceWords } from '../text/conference-words.js'
import { errorText } from '../text/error-text.js'
import type { Texts } from '../text/texts.js'
import { Ask } from './ask.js'
import { ComposeForm } from './compose-form.js'
import type { ConferenceProps } from './conference.js'
import { OneMoment } from './parts.js'

/** Read when the screen opens, and whenever something came. */
export function useConferences(session: Session): Conferences {
  const conferences = useMemo(() => conferencesOf(session), [session])
  useEffect(() => void conferences.refresh().catch(telling(session)), [conferences])
  return conferences
}

type UnknownProps = Pick<ConferenceProps, 'session' | 'conferences' | 'words' | 'texts'>

/** Of what this device does not have, or has not read yet. */
export function Unknown({ session, conferences, words, texts }: UnknownProps) {
  return conferences.isRead.value ? (
    <>
      <h1>{words('conf.title')}</h1>
      <p class="note">{words('conf.gone')}</p>
    </>
  ) : (
    <div data-loading>
      <OneMoment timer={session} texts={texts} />
    </div>
  )
}

interface ForgetProps {
  readonly app: App
  readonly conferences: Conferences
  readonly words: ConferenceWords
  /** Of the conference, or of the seat. */
  readonly at: string
  readonly task: Task
}

/** What is kept here goes when it is asked for twice. */
export function Forget({ app, conferences, words, at, task }: ForgetProps) {
  const forget = async (): Promise<void> => {
    await conferences.forget(at)
    app.route.value = { screen: 'conference', pairId: '' }
  }
  return (
    <Ask
      open={words('conf.forget')}
      ask={words('conf.forget.ask')}
      help={words('conf.forget.help')}
      go={words('conf.forget.go')}
      cancel={words('conf.forget.cancel')}
      isBusy={task.isBusy.value}
      act={() => void task.run(forget)}
    />
  )
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

interface SpeakProps {
  readonly id: string
  readonly label: string
  readonly go: string
  readonly task: Task
  readonly help?: string
  readonly isOff?: boolean
  /** The id of what says why it is off. */
  readonly why?: string | undefined
  readonly draft: { value: string }
  readonly field?: { current: HTMLTextAreaElement | null }
  /** Resolves to whether it was said. */
  readonly say: (text: string) => Promise<boolean>
  readonly children?: ComponentChildren
}

/** Where to say something. */
export function Speak({ task, isOff = false, draft, say, children, ...rest }: SpeakProps) {
  const send = async (): Promise<void> => {
    const { value: text } = draft
    if (text.trim() === '' || isOff) return
    if ((await say(text)) && draft.value === text) draft.value = ''
  }
  return (
    <ComposeForm
      {...rest}
      text={draft.value}
      write={text => (draft.value = text)}
      send={send}
      isOff={isOff || task.isBusy.value}
    >
      {children}
    </ComposeForm>
  )
}
