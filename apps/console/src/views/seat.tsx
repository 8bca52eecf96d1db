/** A patient's place in a conference: the invitation, what the doctor says to all, and words to the doctor alone. */

import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import type { OwnSeat } from '../conference/seat-row.js'
import type { App } from '../state/app.js'
import type { Conferences } from '../state/conference/conferences.js'
import { isClosed } from '../state/conference/link.js'
import type { Sitting, Standing } from '../state/conference/sitting.js'
import type { Session } from '../state/session.js'
import { createTask, type Task } from '../state/task.js'
import { telling } from '../state/telling.js'
import { type ConferenceWords, conferenceWordsOf } from '../text/conference-words.js'
import type { Texts } from '../text/texts.js'
import { Ask } from './ask.js'
import { Forget, LinkLine, Speak, secondsUntil, Unknown, useConferences, useNow } from './conference-parts.js'
import { Figures } from './figures.js'
import { useNameOf } from './focus-across.js'
import { Failure, TaskFailure } from './parts.js'
import { WordList } from './word-list.js'

interface SeatProps {
  readonly app: App
  readonly session: Session
  readonly conferences: Conferences
  readonly words: ConferenceWords
  readonly texts: Texts
  /** Of joining, leaving and forgetting. */
  readonly task: Task
}

export function Seat({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = conferenceWordsOf(texts)
  const conferences = useConferences(session)
  const task = useMemo(() => createTask(session), [session])
  const { pairId: ref } = app.route.value
  const own = conferences.seats.value.find(one => one.ref === ref)
  const props = { app, session, conferences, words, texts, task }
  return (
    <section class="wide">
      <a class="step" href="#/conference">
        {words('conf.back')}
      </a>
      {own === undefined ? <Unknown {...props} /> : <Whole key={ref} {...props} own={own} />}
    </section>
  )
}

type WholeProps = SeatProps & { readonly own: OwnSeat }

function Whole(props: WholeProps) {
  const { session, conferences, words, texts, task, own } = props
  const name = session.pairs.value.find(({ id }) => id === own.pairId)?.peerName ?? ''
  const sitting = conferences.sittings.value.get(own.ref) ?? null
  const all = conferences.words.value.get(own.ref)?.all.value ?? []
  const heard = <WordList {...{ all, doctor: name, isOwn: false, words, texts }} />
  const title = useNameOf(own.state)
  return (
    <>
      <h1 ref={title} tabIndex={-1}>
        <bdi>{own.title}</bdi>
      </h1>
      <p>{words('seat.with', { name })}</p>
      {sitting === null ? (
        <Outside {...props} name={name} />
      ) : (
        <Inside {...props} name={name} sitting={sitting} heard={heard} />
      )}
      <TaskFailure task={task} texts={texts} />
      {sitting === null ? heard : null}
    </>
  )
}

/** Not joined, not any more, or in another tab. */
function Outside({
  app,
  session,
  conferences,
  words,
  texts,
  task,
  own,
  name,
}: WholeProps & { name: string }) {
  const { ref, state, untilMs, isAnswered, changedMs } = own
  const isOver = untilMs <= session.unlocked.clock.nowMs()
  // A seat whose time is over ends by itself.
  const isEndedByDoctor = state === 'ended' && changedMs < untilMs
  const isElsewhere = conferences.elsewhere.value.has(ref)
  return (
    <>
      {isElsewhere ? <p class="note">{words('conf.elsewhere')}</p> : null}
      <Failure error={conferences.failures.value.get(ref) ?? null} texts={texts} />
      {state === 'invited' && !isOver ? <p>{words('seat.invited', { name })}</p> : null}
      {state === 'left' ? <p role="status">{words('seat.left', { when: texts.when(changedMs) })}</p> : null}
      {state === 'removed' ? <p role="status">{words('seat.removed', { name })}</p> : null}
      {isEndedByDoctor ? (
        <p role="status" class="good" data-state="ended">
          {words('seat.ended', { name })}
        </p>
      ) : null}
      {isOver && !isEndedByDoctor ? <p class="note">{words('seat.over')}</p> : null}
      {isOver || state === 'ended' ? null : (
        <p class="help">
          {words('seat.until', { when: texts.when(untilMs) })} {words('seat.private')}
        </p>
      )}
      {isOver || isElsewhere || (state !== 'invited' && state !== 'left') ? null : isAnswered ? (
        <button
          type="button"
          disabled={task.isBusy.value}
          onClick={() => void task.run(() => conferences.join(ref))}
        >
          {words(state === 'left' ? 'seat.again' : 'seat.join')}
        </button>
      ) : (
        <p class="note">
          {words('seat.kit-first')} <a href="#/kit">{texts.t('step.make-kit')}</a>
        </p>
      )}
      {isElsewhere || (state === 'joined' && !conferences.failures.value.has(ref)) ? null : (
        <div class="row">
          <Forget {...{ app, conferences, words, task }} at={ref} />
        </div>
      )}
    </>
  )
}

function Inside(props: WholeProps & { name: string; sitting: Sitting; heard: ComponentChildren }) {
  const { app, session, conferences, words, texts, task, own, name, sitting, heard } = props
  const { value: standing } = sitting.standing
  const isOff = (standing.kind !== 'in' && standing.kind !== 'coming') || isClosed(sitting.link.value)
  return (
    <>
      <div data-standing={standing.kind}>
        {standing.kind === 'in' || standing.kind === 'coming' ? (
          <LinkLine
            {...{ app, words, texts }}
            link={sitting.link.value}
            tryAgain={() => conferences.tryAgain(own.ref).catch(telling(session))}
          />
        ) : (
          <Apart app={app} standing={standing} name={name} sitting={sitting} words={words} />
        )}
      </div>
      {standing.kind === 'coming' ? <p class="help">{words('seat.waits', { name })}</p> : null}
      {heard}
      <TaskFailure task={sitting.task} texts={texts} />
      <Speak
        id="direct"
        label={words('seat.direct', { name })}
        go={words('seat.direct.go')}
        task={sitting.task}
        isOff={isOff}
        draft={sitting.draft}
        say={text => sitting.say(text)}
      />
      <p class="help">
        {words('seat.private')} {words('seat.locks')}
      </p>
      <Ask
        open={words('seat.leave')}
        ask={words('seat.leave.ask')}
        go={words('seat.leave.go')}
        cancel={words('seat.leave.cancel')}
        isBusy={task.isBusy.value}
        act={() => void task.run(() => conferences.leave(own.ref))}
      />
      <Figures {...{ app, words, texts }} run={sitting} />
    </>
  )
}

interface ApartProps {
  readonly app: App
  readonly standing: Standing
  readonly name: string
  readonly sitting: Sitting
  readonly words: ConferenceWords
}

/** By the doctor's word, or as another tab with the same keys came. */
function Apart({ app, standing, name, sitting, words }: ApartProps) {
  const nowMs = useNow(app)
  if (standing.kind === 'blocked')
    return (
      <div class="live live-dead">
        <p role="status">{words('seat.blocked', { name })}</p>
        {standing.untilMs === 0 ? null : (
          <p>{words('conf.block.left', { seconds: secondsUntil(standing.untilMs, nowMs) })}</p>
        )}
      </div>
    )
  if (standing.kind !== 'taken-over') return null
  return (
    <div class="note">
      <p role="status">{words('seat.taken')}</p>
      <button type="button" class="quiet small" onClick={() => sitting.comeAgain()}>
        {words('seat.again')}
      </button>
    </div>
  )
}
