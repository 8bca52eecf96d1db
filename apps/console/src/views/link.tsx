/** One SMART Health Link: its code, how it is, who used it, and its end. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { OwnLink } from '../records/link-row.js'
import type { App } from '../state/app.js'
import { createLinkScreen, type LinkScreen } from '../state/link.js'
import type { Session } from '../state/session.js'
import { type Words, wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { Ask } from './ask.js'
import { LinkForm } from './link-form.js'
import { linkState } from './link-state.js'
import { OneMoment, TaskFailure } from './parts.js'
import { Qr } from './qr.js'

export function Link({ app, session }: { app: App; session: Session }) {
  const { pairId: id } = app.route.value
  return id === '' ? (
    <LinkForm app={app} session={session} />
  ) : (
    <OneLink key={id} app={app} session={session} id={id} />
  )
}

interface PartProps {
  readonly link: OwnLink
  readonly screen: LinkScreen
  readonly words: Words
  readonly texts: Texts
  readonly nowMs: number
}

function OneLink({ app, session, id }: { app: App; session: Session; id: string }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const screen = useMemo(() => createLinkScreen(session, id), [session, id])
  const { value: changes } = session.recordChanges
  useEffect(() => void screen.load(), [screen, changes])
  const { value: link } = screen.link
  return (
    <section class="wide">
      <a class="step" href="#/records">
        {words('records.back')}
      </a>
      <h1>
        <bdi>{link?.name ?? words('link.title')}</bdi>
      </h1>
      <TaskFailure task={screen.task} texts={texts} />
      {link === null ? (
        <Reading screen={screen} session={session} texts={texts} />
      ) : (
        <Whole {...{ link, screen, words, texts, nowMs: app.platform.clock.nowMs() }} />
      )}
    </section>
  )
}

function Reading({ screen, session, texts }: { screen: LinkScreen; session: Session; texts: Texts }) {
  return screen.task.error.value === null ? <OneMoment timer={session} texts={texts} /> : null
}

function Whole(props: PartProps) {
  const { link, screen, words } = props
  const isOpen = linkState(link, props.nowMs) === 'open'
  return (
    <>
      <State {...props} />
      {isOpen ? <Code text={link.text} words={words} /> : null}
      {link.isEnding ? null : <End screen={screen} words={words} />}
      <Used {...props} />
    </>
  )
}

function State({ link, screen, words, texts, nowMs }: PartProps) {
  const state = linkState(link, nowMs)
  const passcode = link.flag.includes('P') ? ` ${words('link.with-passcode')}` : ''
  return (
    <div role="status" class={state === 'open' ? 'good' : 'note'} data-state={state}>
      <p>
        {stateText(link, state, words, texts)}
        {state === 'open' ? passcode : ''}
      </p>
      {state === 'refused' || state === 'sending' ? (
        <button
          type="button"
          class="small"
          disabled={screen.task.isBusy.value}
          onClick={() => void screen.tryAgain()}
        >
          {words('own.try-again')}
        </button>
      ) : null}
    </div>
  )
}

function stateText(
  { why, expMs, isEnding, missingMs }: OwnLink,
  state: ReturnType<typeof linkState>,
  words: Words,
  { when }: Texts,
): string {
  if (state === 'refused') return words('link.refused', { code: why })
  if (state === 'sending' && missingMs > 0) return words('link.ending.missing')
  if (state === 'sending') return words(isEnding ? 'link.ending' : 'link.waiting')
  if (state === 'over') return words('link.over', { when: when(expMs) })
  if (state === 'ended') return words('link.ended')
  return expMs === 0 ? words('link.open.always') : words('link.open', { when: when(expMs) })
}

function Code({ text, words }: { text: string; words: Words }) {
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <>
      <Qr text={text} label={words('link.qr')} />
      <div class="row">
        <button type="button" onClick={() => dialog.current?.showModal()}>
          {words('link.full')}
        </button>
        <Copy text={text} words={words} />
      </div>
      <details>
        <summary>{words('link.text')}</summary>
        <p class="code" data-link>
          {text}
        </p>
      </details>
      <dialog ref={dialog} class="full" aria-label={words('link.qr')}>
        <Qr text={text} label={words('link.qr')} />
        <button type="button" onClick={() => dialog.current?.close()}>
          {words('link.close')}
        </button>
      </dialog>
    </>
  )
}

function Copy({ text, words }: { text: string; words: Words }) {
  const said = useSignal<'' | 'link.copied' | 'link.copy.failed'>('')
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => (said.value = 'link.copied'),
      () => (said.value = 'link.copy.failed'),
    )
  }
  return (
    <>
      <button type="button" class="quiet" onClick={copy}>
        {words('link.copy')}
      </button>
      <span role="status">{said.value === '' ? '' : words(said.value)}</span>
    </>
  )
}

function End({ screen, words }: { screen: LinkScreen; words: Words }) {
  return (
    <Ask
      look="danger small"
      open={words('link.end')}
      ask={words('link.end.ask')}
      go={words('link.end')}
      cancel={words('link.end.cancel')}
      isBusy={screen.task.isBusy.value}
      act={() => void screen.end()}
    />
  )
}

function Used({ screen, words, texts }: PartProps) {
  const { value: accesses } = screen.accesses
  if (accesses === null) return null
  return (
    <>
      <h2>{words('link.used')}</h2>
      {accesses.length === 0 ? <p class="help">{words('link.used.none')}</p> : null}
      <ul class="list entries">
        {accesses.map(({ position, atMs, recipient, kind }) => (
          <li key={position} class="entry">
            <p>
              <time>{texts.when(atMs)}</time> · <bdi>{recipient}</bdi> {words(`link.used.${kind}`)}
            </p>
          </li>
        ))}
      </ul>
      <p class="help">{words('link.used.help')}</p>
      <button
        type="button"
        class="quiet small"
        disabled={screen.task.isBusy.value}
        onClick={() => void screen.load()}
      >
        {words('link.used.again')}
      </button>
    </>
  )
}
