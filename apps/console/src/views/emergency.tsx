/** Break-glass: the queue, what can be asked for, and what this device keeps of it. */
import { phaseAt, waitsUntilMs } from '@chartseal/clinic/break-glass'
import { useEffect, useMemo } from 'preact/hooks'
import type { Followed } from '../emergency/follow.js'
import type { App } from '../state/app.js'
import { type Emergencies, emergenciesOf, type Found } from '../state/emergency/emergencies.js'
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import { emergencyErrorText } from '../text/emergency-errors.js'
import { type EmergencyKey, type EmergencyWords, emergencyWordsOf } from '../text/emergency-words.js'
import type { Texts } from '../text/texts.js'
import { useNow } from './conference-parts.js'
import { AskForm } from './emergency-ask.js'
import { Request } from './emergency-request.js'
import { Custody, Trusted } from './emergency-trust.js'
import { OneMoment } from './parts.js'

export interface EmergencyProps {
  readonly app: App
  readonly session: Session
  readonly emergencies: Emergencies
  readonly found: Found
  readonly words: EmergencyWords
  readonly texts: Texts
  readonly nowMs: number
}

export function Emergency({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = emergencyWordsOf(texts)
  const emergencies = useEmergencies(session)
  const nowMs = useNow(app)
  const { pairId: id } = app.route.value
  const { value: found } = emergencies.found
  return (
    <section class="wide">
      {id === '' ? null : (
        <a class="step" href="#/emergency">
          {words('emergency.back')}
        </a>
      )}
      {found === null ? (
        <Waiting {...{ session, emergencies, words, texts }} />
      ) : id === '' ? (
        <All {...{ app, session, emergencies, found, words, texts, nowMs }} />
      ) : (
        <One key={id} id={id} {...{ app, session, emergencies, found, words, texts, nowMs }} />
      )}
      <Reading {...{ emergencies, words, texts }} />
    </section>
  )
}

/** Read when the screen opens, when the clinic answers again, and whenever something came. */
export function useEmergencies(session: Session): Emergencies {
  const emergencies = useMemo(() => emergenciesOf(session), [session])
  useEffect(
    () => void emergencies.refresh(),
    [emergencies, session.requestNews.value, session.isOnline.value],
  )
  return emergencies
}

type PartProps = Pick<EmergencyProps, 'emergencies' | 'words' | 'texts'>

function Waiting({ session, emergencies, words, texts }: PartProps & { readonly session: Session }) {
  return (
    <>
      <h1>{words('emergency.title')}</h1>
      {emergencies.reading.error.value === null ? <OneMoment timer={session} texts={texts} /> : null}
    </>
  )
}

/** Why what stands here may be old. */
export function Reading({ emergencies, words, texts }: PartProps) {
  const { error } = emergencies.reading
  return (
    <>
      <EmergencyFailure error={error.value} words={words} texts={texts} />
      {error.value === null ? null : (
        <button type="button" class="quiet" onClick={() => void emergencies.refresh()}>
          {words('emergency.again')}
        </button>
      )}
    </>
  )
}

/** Stays until the next try. */
export function EmergencyFailure({
  error,
  words,
  texts,
}: Pick<PartProps, 'words' | 'texts'> & { readonly error: unknown }) {
  return (
    <div role="alert" class={error === null ? 'failure-none' : 'failure'}>
      {error === null ? null : <p>{emergencyErrorText(error, words, texts)}</p>}
    </div>
  )
}

/** What a person began and failed, or takes long. */
export function ActFailure({
  task,
  words,
  texts,
}: Pick<PartProps, 'words' | 'texts'> & { readonly task: Task }) {
  return (
    <>
      <EmergencyFailure error={task.error.value} words={words} texts={texts} />
      <div role="status" class={task.isSlow.value ? 'slow' : 'failure-none'}>
        {task.isSlow.value ? <p>{texts.t('slow.clinic')}</p> : null}
      </div>
    </>
  )
}

function All(props: EmergencyProps) {
  const { session, found, words, texts } = props
  return (
    <>
      <h1>{words('emergency.title')}</h1>
      <p>{words('emergency.lead')}</p>
      <Alarms {...props} />
      <Trusted {...props} />
      <h2>{words('emergency.queue')}</h2>
      {found.requests.length === 0 ? (
        <p class="help">{words('emergency.queue.none')}</p>
      ) : (
        <>
          <ul class="list">
            {found.requests.map(one => (
              <Line key={one.id} one={one} {...props} />
            ))}
          </ul>
          <p class="help">{words('emergency.queue.help')}</p>
        </>
      )}
      {session.device.role === 'doctor' ? <AskForm {...props} /> : null}
      {session.device.role === 'patient' ? null : <Custody {...props} />}
      <p class="help">
        {found.lastDrill === null
          ? words('emergency.drill.none')
          : words('emergency.drill.last', {
              minutes: minutesText(found.lastDrill.minutes),
              when: texts.date(found.lastDrill.atMs),
            })}
      </p>
    </>
  )
}

/** What must not be: it stands before everything else. */
function Alarms({ emergencies, found, words, texts }: EmergencyProps) {
  return (
    <>
      {found.lost.map(({ id, about }) => (
        <p key={id} role="alert" class="failure">
          {words('emergency.lost', { about })}
        </p>
      ))}
      {found.broken.map(({ id, error }) => (
        <p key={id} role="alert" class="failure">
          {words('emergency.broken', { id: id.slice(0, 8), why: emergencyErrorText(error, words, texts) })}
        </p>
      ))}
      {found.unsent.map(({ id }) => (
        <p key={id} class="note">
          {words('emergency.unsent')}{' '}
          <button type="button" class="link" onClick={() => void emergencies.forgetUnsent(id)}>
            {words('emergency.unsent.forget')}
          </button>
        </p>
      ))}
    </>
  )
}

function Line({ one, session, words, texts, nowMs }: EmergencyProps & { readonly one: Followed }) {
  const { set, request } = one.state
  return (
    <li>
      <a class="line" href={`#/emergency/${one.id}`}>
        <bdi class="line-name">{set.content.about}</bdi>
        <span class="badge">{words(phaseKey(one, nowMs))}</span>
        {set.content.isDrill ? <span class="badge warn">{words('emergency.drill')}</span> : null}
        <span class="line-last">
          {words('emergency.asked-by', {
            who: nameOfKid(request.by, session, words),
            when: texts.when(request.content.createdMs),
          })}
        </span>
      </a>
    </li>
  )
}

function One({ id, ...props }: EmergencyProps & { readonly id: string }) {
  const { found, words } = props
  const one = found.requests.find(request => request.id === id)
  if (one !== undefined) return <Request one={one} {...props} />
  return (
    <>
      <h1>{words('emergency.title')}</h1>
      <Alarms {...props} />
      <p class="note">{words('emergency.gone')}</p>
    </>
  )
}

export function phaseKey({ state }: Followed, nowMs: number): EmergencyKey {
  const phase = phaseAt(state, nowMs)
  return phase === 'released' && nowMs < waitsUntilMs(state)
    ? 'emergency.phase.waiting'
    : `emergency.phase.${phase}`
}

/** Whole minutes; what took less than one is one. */
export const minutesText = (minutes: number): number => Math.max(1, Math.round(minutes))

/** What a device is called here: rosters name no people. */
export function nameOfKid(
  kid: string,
  { device, pairs }: Pick<Session, 'device' | 'pairs'>,
  words: EmergencyWords,
): string {
  if (kid === device.kid) return words('emergency.you')
  const peer = pairs.value.find(({ peerKid }) => peerKid === kid)
  return peer?.peerName ?? words('emergency.device', { kid: kid.slice(0, 8) })
}
