/** One thread: what was written, in which state it is, and what to write next. */
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { App } from '../state/app.js'
import { type Composer, createComposer } from '../state/composer.js'
import type { OpenThread } from '../state/open-thread.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { Texts } from '../text/texts.js'
import type { MessageRow } from '../thread/message-row.js'
import { Block } from './block.js'
import { Below } from './compose.js'
import { useKeys } from './keys.js'
import { Message } from './message.js'
import { Failure, OneMoment } from './parts.js'
import { useStaying } from './staying.js'

interface ThreadProps {
  readonly app: App
  readonly session: Session
  readonly pair: PairView
  /** To the list; `null` where there is none. */
  readonly back: (() => void) | null
}

export function Thread({ app, session, pair, back }: ThreadProps) {
  const texts = app.texts.value
  const { t } = texts
  const composer = useMemo(() => createComposer(session, pair.id), [session, pair.id])
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    void composer.load()
    void session.openThread(pair.id)
    title.current?.focus()
    return () => void session.openThread(null)
  }, [composer])
  useKeys({ Escape: () => back?.() })
  const shown = session.thread.value
  const open = shown?.pairId === pair.id ? shown : null
  return (
    <section class="thread">
      <header class="head">
        {back === null ? null : (
          <button type="button" class="link back" onClick={back}>
            {t('nav.back')}
          </button>
        )}
        <h1 ref={title} tabIndex={-1}>
          {t('thread.title', { peer: pair.peerName })}
        </h1>
        <p class="help">
          {t(pair.isColleague ? 'thread.colleague' : 'thread.id', { id: pair.patientId })} ·{' '}
          <a href={`#/share/${pair.id}`}>{t('thread.share')}</a>
          {session.device.role === 'doctor' && !pair.isColleague ? (
            <>
              {' · '}
              <a href={`#/prescribe/${pair.id}`}>{t('thread.prescribe')}</a>
            </>
          ) : null}
        </p>
        {session.device.role === 'doctor' && pair.blockedMs === 0 ? (
          <Block composer={composer} peer={pair.peerName} texts={texts} />
        ) : null}
      </header>
      <Messages session={session} composer={composer} open={open} pair={pair} texts={texts} />
      <Below session={session} composer={composer} pair={pair} texts={texts} />
    </section>
  )
}

interface MessagesProps {
  readonly session: Session
  readonly composer: Composer
  /** `null` while it is read. */
  readonly open: OpenThread | null
  readonly pair: PairView
  readonly texts: Texts
}

const none: readonly MessageRow[] = []

function Messages({ session, composer, open, pair, texts }: MessagesProps) {
  const { t } = texts
  const box = useRef<HTMLDivElement>(null)
  const lines = useRef<HTMLDivElement>(null)
  const messages = open?.messages ?? none
  useStaying(box, lines, messages)
  const { peerName } = pair
  // What did not change is not drawn again.
  const drawn = useMemo(() => new WeakMap<MessageRow, VNode>(), [session, composer, peerName, texts])
  const draw = (row: MessageRow): VNode => {
    const before = drawn.get(row)
    if (before !== undefined) return before
    const props = { row, session, composer, peerName, texts }
    const made = <Message key={row.key} {...props} />
    drawn.set(row, made)
    return made
  }
  return (
    <div
      ref={box}
      class="messages"
      role="log"
      aria-label={t('thread.list')}
      aria-live={open?.isGrowing === false ? 'polite' : 'off'}
      tabIndex={0}
    >
      <div ref={lines} class="lines">
        {open === null || open.older === 0 || open.isGrowing ? null : (
          <button type="button" class="quiet small older" onClick={() => void session.showOlder()}>
            {t('thread.older', { count: open.older })}
          </button>
        )}
        {messages.map(draw)}
        {open === null ? <Waiting session={session} pairId={pair.id} texts={texts} /> : null}
        {open?.messages.length === 0 ? <p class="empty">{t('thread.empty', { peer: peerName })}</p> : null}
      </div>
    </div>
  )
}

/** While the thread is read, and when it cannot be. */
function Waiting({ session, pairId, texts }: { session: Session; pairId: string; texts: Texts }) {
  const { value: error } = session.threadError
  if (error === null) return <OneMoment timer={session} texts={texts} />
  return (
    <>
      <Failure error={error} texts={texts} />
      <button type="button" class="quiet small" onClick={() => void session.openThread(pairId)}>
        {texts.t('thread.retry')}
      </button>
    </>
  )
}
