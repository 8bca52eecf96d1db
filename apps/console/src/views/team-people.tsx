/** Whom to invite to a care team: those who are paired, clinicians first, searched by name. */
import { type Signal, useSignal } from '@preact/signals'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { TeamWords } from '../text/team-words.js'

interface TeamPeopleProps {
  readonly session: Session
  readonly chosen: Signal<ReadonlySet<string>>
  /** Who is not offered: they are in it, or were invited. */
  readonly left: ReadonlySet<string>
  readonly words: TeamWords
}

/** More are found by their names: a list of thousands is read by nobody. */
const mostShown = 100
const fewPeople = 8

export function TeamPeople({ session, chosen, left, words }: TeamPeopleProps) {
  const search = useSignal('')
  const all = session.pairs.value
    .filter(({ id, isPaired }) => isPaired && !left.has(id))
    .toSorted((a, b) => Number(b.isColleague) - Number(a.isColleague) || a.peerName.localeCompare(b.peerName))
  const wanted = search.value.trim().toLocaleLowerCase()
  const found = all.filter(({ peerName }) => peerName.toLocaleLowerCase().includes(wanted))
  if (all.length === 0) return <p class="help">{words('team.people.nobody')}</p>
  const toggle = (id: string): void => {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  return (
    <fieldset>
      <legend>{words('team.people')}</legend>
      <p class="help">{words('team.people.help')}</p>
      {all.length <= fewPeople ? null : (
        <input
          type="search"
          aria-label={words('team.people.search')}
          placeholder={words('team.people.search')}
          value={search.value}
          onInput={({ currentTarget }) => (search.value = currentTarget.value)}
        />
      )}
      {found.slice(0, mostShown).map(pair => (
        <Person key={pair.id} {...{ pair, toggle, words }} isChosen={chosen.value.has(pair.id)} />
      ))}
      {found.length > mostShown ? (
        <p class="help">{words('team.more', { shown: mostShown, count: found.length })}</p>
      ) : null}
    </fieldset>
  )
}

interface PersonProps {
  readonly pair: PairView
  readonly isChosen: boolean
  readonly toggle: (id: string) => void
  readonly words: TeamWords
}

function Person({ pair, isChosen, toggle, words }: PersonProps) {
  const { id, peerName, isColleague, blockedMs, isBlockedByPeer } = pair
  const isFree = blockedMs === 0 && !isBlockedByPeer
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={!isFree}
          {...(isFree ? {} : { 'aria-describedby': `team-blocked-${id}` })}
          onChange={() => toggle(id)}
        />
        <bdi>{peerName}</bdi>{' '}
        <span class="badge">{words(isColleague ? 'team.colleague' : 'team.patient')}</span>
      </label>
      {isFree ? null : (
        <p class="help" id={`team-blocked-${id}`}>
          {words('team.people.blocked')}
        </p>
      )}
    </>
  )
}
