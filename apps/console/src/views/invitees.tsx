/** Whom to invite: those who are paired, searched by name. */
import { type Signal, useSignal } from '@preact/signals'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { ConferenceWords } from '../text/conference-words.js'

interface InviteesProps {
  readonly session: Session
  readonly chosen: Signal<ReadonlySet<string>>
  /** Who is not offered: they are in it already. */
  readonly left: ReadonlySet<string>
  readonly words: ConferenceWords
  readonly isOff?: boolean
}

/** More are found by their names: a list of thousands is read by nobody. */
const mostShown = 200

const mayBeInvited = ({ blockedMs, isBlockedByPeer }: PairView): boolean =>
  blockedMs === 0 && !isBlockedByPeer

export function Invitees({ session, chosen, left, words, isOff = false }: InviteesProps) {
  const search = useSignal('')
  const all = session.pairs.value.filter(
    ({ id, isPaired, isColleague }) => isPaired && !isColleague && !left.has(id),
  )
  const wanted = search.value.trim().toLocaleLowerCase()
  const found = all
    .filter(({ peerName }) => peerName.toLocaleLowerCase().includes(wanted))
    .toSorted((a, b) => a.peerName.localeCompare(b.peerName))
  const free = found.filter(mayBeInvited).map(({ id }) => id)
  if (all.length === 0) return left.size === 0 ? <p class="help">{words('conf.people.nobody')}</p> : null
  const toggle = (id: string): void => {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  return (
    <fieldset disabled={isOff}>
      <legend>{words('conf.people')}</legend>
      <p class="help">{words('conf.people.help')}</p>
      <input
        type="search"
        aria-label={words('conf.people.search')}
        placeholder={words('conf.people.search')}
        value={search.value}
        onInput={({ currentTarget }) => (search.value = currentTarget.value)}
      />
      <div class="row">
        <button
          type="button"
          class="quiet small"
          onClick={() => (chosen.value = new Set([...chosen.value, ...free]))}
        >
          {words('conf.people.all')}
        </button>
        <button type="button" class="quiet small" onClick={() => (chosen.value = new Set())}>
          {words('conf.people.none')}
        </button>
      </div>
      <div class="people">
        {found.slice(0, mostShown).map(pair => (
          <Invitee
            key={pair.id}
            pair={pair}
            isChosen={chosen.value.has(pair.id)}
            toggle={toggle}
            words={words}
          />
        ))}
      </div>
      {found.length > mostShown ? (
        <p class="help">{words('conf.more', { shown: mostShown, count: found.length })}</p>
      ) : null}
    </fieldset>
  )
}

interface InviteeProps {
  readonly pair: PairView
  readonly isChosen: boolean
  readonly toggle: (id: string) => void
  readonly words: ConferenceWords
}

function Invitee({ pair, isChosen, toggle, words }: InviteeProps) {
  const isFree = mayBeInvited(pair)
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={!isFree}
          {...(isFree ? {} : { 'aria-describedby': `blocked-${pair.id}` })}
          onChange={() => toggle(pair.id)}
        />
        <bdi>{pair.peerName}</bdi>
      </label>
      {isFree ? null : (
        <p class="help" id={`blocked-${pair.id}`}>
          {words('conf.blocked')}
        </p>
      )}
    </>
  )
}
