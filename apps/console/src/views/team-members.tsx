/** Who is in a care team, and what its keeper, or a member, can do about that. */
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { PairView } from '../state/views.js'
import type { InvitedView, TeamPersonView, TeamView } from '../team/team-view.js'
import type { TeamWords } from '../text/team-words.js'
import { Ask } from './ask.js'
import { useFocusAcross } from './focus-across.js'
import { chosenOf, Invitees, peopleToInvite } from './invitees.js'
import type { TeamProps } from './team.js'

export function TeamMembers(props: TeamProps) {
  const { team, words } = props
  const keeper = team.people.find(({ isKeeper }) => isKeeper)?.name ?? ''
  return (
    <>
      <p class="help team-names">{team.people.map(person => nameOf(person, words)).join(', ')}</p>
      <details class="team-members">
        <summary>{words('team.members', { count: team.people.length })}</summary>
        <p class="help">
          {team.isKeeper ? words('team.members.own') : words('team.members.help', { name: keeper })}
        </p>
        <ul class="list members">
          {team.people.map(person => (
            <Person key={person.tag} {...props} person={person} />
          ))}
          {team.invited.map(invited => (
            <Invited key={invited.pairId} {...props} invited={invited} />
          ))}
        </ul>
        <div class="row">
          {team.isKeeper ? <Add {...props} /> : null}
          <Out {...props} />
        </div>
      </details>
    </>
  )
}

const nameOf = ({ isSelf, name }: TeamPersonView, words: TeamWords): string =>
  isSelf ? words('team.you') : name

const roleOf = (role: TeamPersonView['role'], words: TeamWords): string =>
  words(role === 'clinician' ? 'team.colleague' : 'team.patient')

/** As whom somebody of this device's pairs would be in it. */
export const kindOf = ({ isColleague }: PairView, words: TeamWords): string =>
  roleOf(isColleague ? 'clinician' : 'patient', words)

function Person({ person, team, teams, open, words }: TeamProps & { person: TeamPersonView }) {
  const { name, tag, pairId, isSelf, isKeeper } = person
  const isBusy = open.acts.isBusy.value
  return (
    <li class="member" data-member={name} data-state="in">
      <bdi class="line-name">{isSelf ? `${name} (${words('team.you')})` : name}</bdi>
      <p class="stands">
        <span class="badge">{roleOf(person.role, words)}</span>
        {isKeeper ? <span class="badge fine">{words('team.keeper')}</span> : null}
        {person.box !== '' || isSelf ? null : <span class="heard">{words('team.no-box')}</span>}
      </p>
      {team.isKeeper && !isSelf ? (
        <span class="acts">
          {pairId === '' ? null : (
            <Again
              {...{ isBusy }}
              go={words('team.device.short')}
              label={words('team.device', { name })}
              act={() => void open.acts.run(() => teams.invite(team.ref, [pairId]))}
            />
          )}
          <Ask
            open={words('team.remove.short')}
            label={words('team.remove', { name })}
            ask={words('team.remove.ask', { name })}
            help={words('team.remove.help')}
            go={words('team.remove.go', { name })}
            cancel={words('team.remove.cancel')}
            isBusy={isBusy}
            act={() => void open.acts.run(() => teams.remove(team.ref, tag))}
          />
        </span>
      ) : null}
    </li>
  )
}

function Invited({ invited, team, teams, open, words }: TeamProps & { invited: InvitedView }) {
  const { name, pairId, role } = invited
  const isBusy = open.acts.isBusy.value
  return (
    <li class="member" data-member={name} data-state="invited">
      <bdi class="line-name">{name}</bdi>
      <p class="stands">
        <span class="badge">{roleOf(role, words)}</span>
        <span class="badge warn">{words('team.is.invited')}</span>
      </p>
      <span class="acts">
        <Again
          {...{ isBusy }}
          go={words('team.again.short')}
          label={words('team.again', { name })}
          act={() => void open.acts.run(() => teams.invite(team.ref, [pairId]))}
        />
      </span>
    </li>
  )
}

interface AgainProps {
  readonly isBusy: boolean
  readonly go: string
  /** What is read aloud: whom it is about, too. */
  readonly label: string
  readonly act: () => void
}

/** They may have lost the invitation, or the device that answered it. */
function Again({ isBusy, go, label, act }: AgainProps) {
  return (
    <button type="button" class="quiet small" aria-label={label} disabled={isBusy} onClick={act}>
      {go}
    </button>
  )
}

function Add(props: TeamProps) {
  const { words } = props
  const isOpen = useSignal(false)
  const [opener, form] = [useRef<HTMLButtonElement>(null), useRef<HTMLFormElement>(null)]
  useFocusAcross(isOpen.value, form, opener)
  const close = (): void => {
    isOpen.value = false
  }
  return isOpen.value ? (
    <form ref={form} tabIndex={-1} aria-label={words('team.add')} onSubmit={event => event.preventDefault()}>
      <Others {...props} close={close} />
    </form>
  ) : (
    <button ref={opener} type="button" class="quiet" onClick={() => (isOpen.value = true)}>
      {words('team.add')}
    </button>
  )
}

/** Who is not in it, and was not invited. */
function Others({ session, team, teams, open, words, texts, close }: TeamProps & { close: () => void }) {
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const people = peopleToInvite(session, knownIn(team), texts)
  const invited = chosenOf(people, chosen)
  const invite = async (): Promise<void> => {
    if (await open.acts.run(() => teams.invite(team.ref, invited))) close()
  }
  return (
    <>
      <Invitees
        {...{ people, chosen, texts }}
        help={words('team.people.help')}
        nobody={words('team.people.nobody')}
        badgeOf={pair => kindOf(pair, words)}
      />
      <div class="row">
        <button
          type="button"
          disabled={open.acts.isBusy.value || invited.length === 0}
          onClick={() => void invite()}
        >
          {invited.length === 0 ? words('team.go.none') : words('team.add.go', { count: invited.length })}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {words('team.add.cancel')}
        </button>
      </div>
    </>
  )
}

const knownIn = ({ people, invited }: TeamView): ReadonlySet<string> =>
  new Set([...people, ...invited].map(({ pairId }) => pairId))

/** A member leaves; a keeper ends it for all. */
function Out({ team, teams, open, words }: TeamProps) {
  const kind = team.isKeeper ? 'end' : 'leave'
  return (
    <Ask
      open={words(`team.${kind}`)}
      ask={words(`team.${kind}.ask`)}
      help={words(`team.${kind}.help`)}
      go={words(`team.${kind}.go`)}
      cancel={words(`team.${kind}.cancel`)}
      isBusy={open.acts.isBusy.value}
      act={() => void open.acts.run(() => (team.isKeeper ? teams.end(team.ref) : teams.leave(team.ref)))}
    />
  )
}
