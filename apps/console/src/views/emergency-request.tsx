/** One request: what was signed, what the log has of it, who decided what, and what came of it. */
import {
  type EmergencyEvent,
  minutesToOpen,
  phaseAt,
  type Statement,
  waitsUntilMs,
} from '@chartseal/clinic/break-glass'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { isOver, strangersIn } from '../state/emergency/seat.js'
import type { EmergencyKey } from '../text/emergency-words.js'
import { Acts } from './emergency-acts.js'
import { minutesText, nameOfKid, phaseKey, type RequestProps, StrangerBadge } from './emergency-parts.js'
import { useNameOf } from './focus-across.js'

export function Request(props: RequestProps) {
  const { one, emergencies, found, words, texts, nowMs } = props
  const { set } = one.state
  const { vote, hasReviewed, isRequester } = emergencies.seatIn(one)
  const phase = phaseAt(one.state, nowMs)
  // What this person did takes away the button that they pressed.
  const name = useNameOf(`${vote} ${hasReviewed} ${isRequester ? phase : ''}`)
  return (
    <>
      <h1 ref={name} tabIndex={-1}>
        <bdi>{set.content.about}</bdi>
      </h1>
      <p>
        <span class="badge" data-phase={phase}>
          {words(phaseKey(one, nowMs))}
        </span>{' '}
        {set.content.isDrill ? <span class="badge warn">{words('emergency.drill')}</span> : null}{' '}
        <StrangerBadge {...props} />
      </p>
      <Told {...props} />
      <Signed {...props} />
      <LogLine {...props} />
      <Acts {...props} />
      <Votes {...props} />
      <Afterwards {...props} />
      <History {...props} />
      {found.lastDrill === null ? null : (
        <p class="help">
          {words('emergency.drill.last', {
            minutes: minutesText(found.lastDrill.minutes),
            when: texts.date(found.lastDrill.atMs),
          })}
        </p>
      )}
    </>
  )
}

/** The patient and the owner say that they have read it: until then each screen says so. */
function Told({ one, emergencies, words }: RequestProps) {
  const seat = emergencies.seatIn(one)
  if (one.state.openedMs === null || !(seat.isPatient || seat.isOwner)) return null
  return (
    <div class="note">
      {seat.isPatient ? <p>{words('emergency.patient')}</p> : null}
      {seat.isOwner ? (
        <p>
          {words('emergency.rekey')}{' '}
          <a href={`#/own/${encodeBase64Url(one.state.set.content.record.packageId)}`}>
            {words('emergency.rekey.link')}
          </a>
        </p>
      ) : null}
      {emergencies.isTold(one) ? null : (
        <button type="button" class="small" onClick={() => void emergencies.tell(one)}>
          {words('emergency.read')}
        </button>
      )}
    </div>
  )
}

function Signed(props: RequestProps) {
  const { one, words, texts } = props
  const { by, content } = one.state.request
  return (
    <>
      <h2>{words('emergency.signed')}</h2>
      <div class="sheet">
        <p class="text">{content.text}</p>
        <p class="meta">{words(`emergency.reason.${content.reason}`)}</p>
        <p class="meta">
          {words('emergency.signed.by', {
            who: nameOfKid(by, props),
            when: texts.date(content.createdMs),
            decide: texts.when(content.decideByMs),
            until: texts.when(content.accessUntilMs),
          })}
        </p>
      </div>
    </>
  )
}

const soonMs = 60_000

/** "No log, no key", and whom to call once it takes longer than it may. */
function LogLine({ one, session, words, nowMs }: RequestProps) {
  const [first] = one.state.events
  const [index] = one.indexes
  if (first?.isWitnessed === true && index != null)
    return (
      <p class="good" data-log="proven">
        {words('emergency.log.proven', { index, n: one.state.set.content.policy.witnesses })}
      </p>
    )
  return nowMs < one.state.request.content.createdMs + soonMs ? (
    <p role="status" class="note">
      {words('emergency.log.soon')}
    </p>
  ) : (
    <p role="alert" class="failure">
      {words('emergency.log.missing', { clinic: session.clinic.name })}
    </p>
  )
}

function Votes(props: RequestProps) {
  const { one, words, texts, nowMs } = props
  const { set, request, releases, denials, deniedMs } = one.state
  const { custodians, policy } = set.content
  const untilMs = waitsUntilMs(one.state)
  const vetoes = denials.filter(kid => !custodians.some(one => one.kid === kid))
  const voteOf = (kid: string): EmergencyKey => {
    if (kid === request.by) return 'emergency.vote.requester'
    if (releases.includes(kid)) return 'emergency.vote.released'
    return denials.includes(kid) ? 'emergency.vote.denied' : 'emergency.vote.none'
  }
  return (
    <>
      <div role="status">
        <h2>{words('emergency.votes', { released: releases.length, threshold: policy.threshold })}</h2>
      </div>
      <ul class="list readers">
        {custodians.map(({ kid }) => (
          <li key={kid}>
            <bdi class="line-name">{nameOfKid(kid, props)}</bdi> <span>{words(voteOf(kid))}</span>
          </li>
        ))}
      </ul>
      {vetoes.map(kid => (
        <p key={kid} class="note">
          {words('emergency.veto', { who: nameOfKid(kid, props) })}
        </p>
      ))}
      {deniedMs === null && one.state.openedMs === null && nowMs < untilMs ? (
        <p class="note">{words('emergency.waits', { when: texts.when(untilMs) })}</p>
      ) : null}
    </>
  )
}

/** What whoever judges needs, and whoever comes next. */
function Afterwards({ one, words, nowMs }: RequestProps) {
  const minutes = minutesToOpen(one.state)
  if (minutes === null) return null
  return (
    <>
      <p>{words('emergency.minutes-to-open', { minutes: minutesText(minutes) })}</p>
      {isOver(phaseAt(one.state, nowMs)) && one.isRekeyed !== null ? (
        <p class="help">
          {words(one.isRekeyed ? 'emergency.rekeyed' : 'emergency.rekeyed.not')}{' '}
          {one.hasNewerSet ? words('emergency.newer-set') : null}
        </p>
      ) : null}
    </>
  )
}

function History(props: RequestProps) {
  const { one, emergencies, words, texts } = props
  const strangers = strangersIn(one.state, emergencies.roster)
  return (
    <>
      <h2>{words('emergency.history')}</h2>
      <ol class="entries">
        {one.state.events.map(({ event, atMs }, i) => (
          <li key={event.hash.join()} class="entry entry-proven">
            <p>
              <time>{texts.when(atMs)}</time> · {eventText(event, props)}
            </p>
            {strangers.includes(event) ? (
              <p class="note" data-signer="unknown">
                {words('emergency.stranger', { who: nameOfKid(event.by, props) })}
              </p>
            ) : null}
            {textOf(event) === '' ? null : <p class="text">{textOf(event)}</p>}
            <p class="meta">
              {one.indexes[i] == null
                ? words('emergency.event.waiting')
                : words('emergency.event.proven', { index: one.indexes[i] ?? 0 })}
            </p>
          </li>
        ))}
      </ol>
    </>
  )
}

function eventText(
  { by, content }: Statement<EmergencyEvent>,
  props: Pick<RequestProps, 'session' | 'emergencies' | 'words'>,
): string {
  const { words } = props
  const who = nameOfKid(by, props)
  const verdict = content.kind === 'reviewed' ? words(`emergency.verdict.${content.verdict}`) : ''
  return words(`emergency.event.${content.kind}`, { who, verdict })
}

const textOf = ({ content }: Statement<EmergencyEvent>): string =>
  content.kind !== 'request' && 'text' in content ? content.text : ''
