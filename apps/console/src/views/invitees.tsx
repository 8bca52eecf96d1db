/** Whom to invite, to a conference or to a care team: those who are paired, searched by name. */
import type { Signal } from '@preact/signals'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import { peopleWordsOf } from '../text/people-words.js'
import type { Texts } from '../text/texts.js'
import { HowMany, mostShown, useNameSearch } from './name-search.js'

/** Clinicians first, then by name. @param left who is not offered: they were invited already */
export function peopleToInvite(
  { pairs }: Session,
  left: ReadonlySet<string>,
  { language }: Texts,
): readonly PairView[] {
  const { compare } = new Intl.Collator(language)
  return pairs.value
    .filter(({ id, isPaired }) => isPaired && !left.has(id))
    .toSorted((a, b) => Number(b.isColleague) - Number(a.isColleague) || compare(a.peerName, b.peerName))
}

/** Clinicians who are paired are nobody's patients. */
export const patientsToInvite: typeof peopleToInvite = (session, left, texts) =>
  peopleToInvite(session, left, texts).filter(({ isColleague }) => !isColleague)

const mayBeInvited = ({ blockedMs, isBlockedByPeer }: PairView): boolean =>
  blockedMs === 0 && !isBlockedByPeer

/** Of those who were chosen, who can be invited still. */
export const chosenOf = (
  people: readonly PairView[],
  chosen: Signal<ReadonlySet<string>>,
): readonly string[] =>
  people.filter(pair => chosen.value.has(pair.id) && mayBeInvited(pair)).map(({ id }) => id)

interface InviteesProps {
  readonly people: readonly PairView[]
  readonly chosen: Signal<ReadonlySet<string>>
  /** What an invitation does. */
  readonly help: string
  /** Said where there is nobody to choose. */
  readonly nobody: string
  /** Stands beside a name. */
  readonly badgeOf?: (pair: PairView) => string
  /** All can be chosen at once. */
  readonly isForMany?: boolean
  readonly isOff?: boolean
  readonly texts: Texts
}

export function Invitees(props: InviteesProps) {
  const { people, chosen, help, nobody, badgeOf, isForMany = false, isOff = false, texts } = props
  const words = peopleWordsOf(texts)
  const { found, field } = useNameSearch(people, ({ peerName }) => peerName, texts)
  if (people.length === 0) return <p class="help">{nobody}</p>
  const toggle = (id: string): void => {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  return (
    <fieldset disabled={isOff}>
      <legend>{words('people.whom')}</legend>
      <p class="help">{help}</p>
      {field}
      {isForMany ? <AllOrNone {...{ found, chosen, texts }} /> : null}
      <div class="people">
        {found.slice(0, mostShown).map(pair => (
          <Invitee
            key={pair.id}
            {...{ pair, toggle }}
            isChosen={chosen.value.has(pair.id)}
            badge={badgeOf?.(pair) ?? ''}
            blocked={words('people.blocked')}
          />
        ))}
      </div>
      <HowMany count={found.length} texts={texts} />
    </fieldset>
  )
}

type AllOrNoneProps = Pick<InviteesProps, 'chosen' | 'texts'> & { readonly found: readonly PairView[] }

function AllOrNone({ found, chosen, texts }: AllOrNoneProps) {
  const words = peopleWordsOf(texts)
  const free = found.filter(mayBeInvited).map(({ id }) => id)
  return (
    <div class="row">
      <button
        type="button"
        class="quiet small"
        onClick={() => (chosen.value = new Set([...chosen.value, ...free]))}
      >
        {words('people.all')}
      </button>
      <button type="button" class="quiet small" onClick={() => (chosen.value = new Set())}>
        {words('people.none')}
      </button>
    </div>
  )
}

interface InviteeProps {
  readonly pair: PairView
  readonly isChosen: boolean
  readonly toggle: (id: string) => void
  readonly badge: string
  /** Why they cannot be chosen. */
  readonly blocked: string
}

function Invitee({ pair, isChosen, toggle, badge, blocked }: InviteeProps) {
  const { id, peerName } = pair
  const isFree = mayBeInvited(pair)
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isChosen && isFree}
          disabled={!isFree}
          {...(isFree ? {} : { 'aria-describedby': `blocked-${id}` })}
          onChange={() => toggle(id)}
        />
        <bdi>{peerName}</bdi>
        {badge === '' ? null : (
          <>
            {' '}
            <span class="badge">{badge}</span>
          </>
        )}
      </label>
      {isFree ? null : (
        <p class="help" id={`blocked-${id}`}>
          {blocked}
        </p>
      )}
    </>
  )
}
