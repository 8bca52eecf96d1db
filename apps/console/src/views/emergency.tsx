/** Break-glass: the queue, what can be asked for, and what this device keeps of it. */
import type { Followed } from '../emergency/follow.js'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { emergencyErrorText } from '../text/emergency-errors.js'
import { emergencyWordsOf } from '../text/emergency-words.js'
import { useNow } from './conference-parts.js'
import { AskForm } from './emergency-ask.js'
import {
  type EmergencyPartProps,
  type EmergencyProps,
  minutesText,
  nameOfKid,
  phaseKey,
  Reading,
  StrangerBadge,
  useEmergencies,
} from './emergency-parts.js'
import { Request } from './emergency-request.js'
import { Custody, Trusted } from './emergency-trust.js'
import { OneMoment } from './parts.js'

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

function Waiting({ session, emergencies, words, texts }: EmergencyPartProps & { readonly session: Session }) {
  // The heading comes with what it heads: whoever listens hears it once.
  return emergencies.reading.error.value === null ? (
    <div data-loading>
      <OneMoment timer={session} texts={texts} />
    </div>
  ) : (
    <h1>{words('emergency.title')}</h1>
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
      {/* The list below only grows: who needs a record now does not look for this behind it. */}
      {session.device.role === 'doctor' && found.roster !== null ? <AskForm {...props} /> : null}
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

function Line(props: EmergencyProps & { readonly one: Followed }) {
  const { one, words, texts, nowMs } = props
  const { set, request } = one.state
  return (
    <li>
      <a class="line" href={`#/emergency/${one.id}`}>
        <bdi class="line-name">{set.content.about}</bdi>
        <span class="badge">{words(phaseKey(one, nowMs))}</span>
        {set.content.isDrill ? <span class="badge warn">{words('emergency.drill')}</span> : null}
        <StrangerBadge {...props} />
        <span class="line-last">
          {words('emergency.asked-by', {
            who: nameOfKid(request.by, props),
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
