/** The list of prescriptions: a doctor's own, or a patient's. */
import { useEffect, useMemo } from 'preact/hooks'
import type { IssuedView } from '../ledger/issued.js'
import type { SlipView } from '../ledger/slips.js'
import { createIssuedScreen } from '../state/ledger/issued.js'
import { createSlipsScreen, type SlipsScreen } from '../state/ledger/slips.js'
import type { Session } from '../state/session.js'
import { type RxWords, rxWordsOf } from '../text/prescription-words.js'
import type { Texts } from '../text/texts.js'
import type { ScreenProps } from './lazy.js'
import { OneMoment } from './parts.js'
import { nameOfPatient, RxFailure, type RxProps } from './rx-parts.js'

export function Prescriptions({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = rxWordsOf(texts)
  return (
    <section class="wide">
      <h1>{words('rx.title')}</h1>
      {session.device.role === 'doctor' ? (
        <OfDoctor {...{ session, words, texts }} />
      ) : (
        <OfPatient {...{ session, words, texts }} />
      )}
    </section>
  )
}

function OfDoctor({ session, words, texts }: RxProps) {
  const screen = useMemo(() => createIssuedScreen(session), [session])
  const changes = session.recordChanges.value
  useEffect(() => void screen.load(), [screen, changes])
  const { value: all } = screen.all
  return (
    <>
      <p>{words('rx.doctor.lead')}</p>
      <RxFailure task={screen.task} words={words} texts={texts} />
      <Drafts ids={screen.drafts.value} session={session} words={words} />
      {all === null && screen.task.error.value === null ? <OneMoment timer={session} texts={texts} /> : null}
      {all?.length === 0 ? <p class="help">{words('rx.doctor.none')}</p> : null}
      <ul class="list">
        {(all ?? []).map(one => (
          <IssuedLine key={one.id} one={one} {...{ session, words, texts }} />
        ))}
      </ul>
    </>
  )
}

function Drafts({ ids, session, words }: { ids: readonly string[]; session: Session; words: RxWords }) {
  const pairs = session.pairs.value.filter(({ id }) => ids.includes(id))
  if (pairs.length === 0) return null
  return (
    <>
      <h2>{words('rx.drafts')}</h2>
      <ul class="list">
        {pairs.map(({ id, peerName }) => (
          <li key={id}>
            <a class="line" href={`#/prescribe/${id}`}>
              <bdi class="line-name">{words('rx.draft', { patient: peerName })}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function IssuedLine({ one, session, words, texts }: RxProps & { one: IssuedView }) {
  const patient = nameOfPatient(session, one.patientId, words)
  return (
    <li>
      <a class="line" href={`#/prescription/${one.id}`}>
        <bdi class="line-name">{one.medicine === '' ? words('rx.one') : one.medicine}</bdi>
        <span class={one.stage === 'final' ? 'badge' : 'badge warn'}>
          {one.end === 'none' ? words(`stage.${one.stage}`) : words(`end.${one.end}`)}
        </span>
        <span class="line-last">
          <bdi>{words('rx.for', { patient })}</bdi> ·{' '}
          {words('rx.written', { when: texts.when(one.authoredMs) })}
        </span>
      </a>
    </li>
  )
}

/** Read at once, and looked up as soon as the clinic answers. */
export function useSlips(session: Session): SlipsScreen {
  const screen = useMemo(() => createSlipsScreen(session), [session])
  const [pairs, isOnline] = [session.pairs.value, session.isOnline.value]
  useEffect(() => void screen.task.queue(screen.load), [screen, pairs])
  useEffect(() => void screen.look(), [screen, isOnline])
  return screen
}

function OfPatient({ session, words, texts }: RxProps) {
  const screen = useSlips(session)
  const { value: slips } = screen.slips
  return (
    <>
      <p>{words('patient.lead')}</p>
      <SlipsFailure {...{ screen, words, texts }} />
      {slips === null && screen.task.error.value === null ? (
        <OneMoment timer={session} texts={texts} />
      ) : null}
      {slips?.length === 0 ? <p class="help">{words('patient.none')}</p> : null}
      <ul class="list">
        {(slips ?? []).map(slip => (
          <SlipLine key={slip.ref} {...{ slip, session, words, texts }} />
        ))}
      </ul>
    </>
  )
}

/** Without a network all that is here is shown all the same. */
export function SlipsFailure({
  screen,
  words,
  texts,
}: {
  screen: SlipsScreen
  words: RxWords
  texts: Texts
}) {
  if (screen.isUnanswered.value)
    return (
      <p role="status" class="note">
        {words('seen.unanswered')}
      </p>
    )
  return <RxFailure task={screen.task} words={words} texts={texts} />
}

function SlipLine({ slip, session, words, texts }: RxProps & { slip: SlipView }) {
  const doctor = doctorOf(session, slip, words)
  return (
    <li>
      <a class="line" href={`#/prescription/${slip.ref}`}>
        <bdi class="line-name">{slip.medicine}</bdi>
        <span class={slip.isOurs ? 'badge' : 'badge warn'}>{stateOf(slip, words)}</span>
        <span class="line-last">
          {slip.seen === null ? '' : `${words('seen.short', { when: texts.when(slip.seen.asOfMs) })} · `}
          <bdi>{words('patient.from', { doctor })}</bdi>
        </span>
      </a>
    </li>
  )
}

export function doctorOf({ pairs }: Session, { pairId }: SlipView, words: RxWords): string {
  return pairs.value.find(({ id }) => id === pairId)?.peerName ?? words('rx.peer-gone')
}

export const stateOf = ({ seen }: SlipView, words: RxWords): string =>
  seen === null ? words('seen.none') : words(`seen.${seen.kind}`, { left: seen.left })
