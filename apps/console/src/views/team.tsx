/** One care team: who is in it, what was written and how far it is, and what to write next. */

import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { type OpenTeam, openTeam, type ShownEvent } from '../state/team/open-team.js'
import type { Teams } from '../state/team/teams.js'
import { telling } from '../state/telling.js'
import type { TeamView } from '../team/team-view.js'
import { errorText } from '../text/error-text.js'
import { type TeamWords, teamWordsOf } from '../text/team-words.js'
import type { Texts } from '../text/texts.js'
import { Ask } from './ask.js'
import { useNameOf } from './focus-across.js'
import { useKeys } from './keys.js'
import { OneMoment, TaskFailure } from './parts.js'
import { useStaying } from './staying.js'
import { TeamCompose } from './team-compose.js'
import { TeamEvent } from './team-event.js'
import { TeamMembers } from './team-members.js'
import { useTeams } from './teams.js'

export interface TeamProps {
  readonly app: App
  readonly session: Session
  readonly teams: Teams
  readonly team: TeamView
  readonly open: OpenTeam
  readonly words: TeamWords
  readonly texts: Texts
}

export function Team({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = teamWordsOf(texts)
  const teams = useTeams(session)
  const { pairId: ref } = app.route.value
  const team = teams.all.value.find(one => one.ref === ref)
  if (team !== undefined) return <Open key={ref} {...{ app, session, teams, team, words, texts }} />
  if (teams.changes.value > 0)
    return (
      <section class="thread">
        <h1>{words('team.title')}</h1>
        <p class="help">
          {words('team.gone')} <a href="#/team">{words('team.back')}</a>
        </p>
      </section>
    )
  return (
    <section class="thread" data-loading>
      <OneMoment timer={session} texts={texts} />
    </section>
  )
}

function Open(props: Omit<TeamProps, 'open'>) {
  const { app, session, teams, team, words } = props
  const open = useMemo(() => openTeam(session, teams, team.ref), [session, teams, team.ref])
  const title = useNameOf(team.state)
  const { value: changes } = teams.changes
  useEffect(() => {
    void open.load()
    title.current?.focus()
  }, [open])
  useEffect(() => {
    void open.refresh().catch(telling(session))
  }, [open, changes])
  const back = (): void => {
    app.route.value = { screen: 'home', pairId: '' }
  }
  useKeys({ Escape: back })
  const all = { ...props, open }
  return (
    <section class="thread" data-team={team.state}>
      <header class="head">
        <button type="button" class="link back" onClick={back}>
          {words('team.to-list')}
        </button>
        <h1 ref={title} tabIndex={-1}>
          {team.title}
        </h1>
        {team.people.length === 0 ? null : <TeamMembers {...all} />}
      </header>
      <Standing {...all} />
      <Events {...all} />
      <div class="below">{team.state === 'in' ? <TeamCompose {...all} /> : null}</div>
    </section>
  )
}

/** What keeps this side from writing, and what a person can do about it. */
function Standing(props: TeamProps) {
  const { app, team, teams, open, words, texts } = props
  const { state } = team
  const { acts } = open
  const isWell = state === 'in' && !team.isBehind && !team.isInvitedAgain
  const forget = async (): Promise<void> => {
    if (await acts.run(() => teams.forget(team.ref))) app.route.value = { screen: 'team', pairId: '' }
  }
  return (
    <>
      {isWell ? null : (
        <div class="note" role="status" data-standing={state}>
          <Note {...props} />
        </div>
      )}
      <TaskFailure task={acts} texts={texts} />
      <Uninvited {...props} />
      {state === 'in' ? null : (
        <div class="row">
          <Ask
            open={words('team.forget')}
            ask={words('team.forget.ask')}
            help={words('team.forget.help')}
            go={words('team.forget.go')}
            cancel={words('team.forget.cancel')}
            isBusy={acts.isBusy.value}
            act={() => void forget()}
          />
        </div>
      )}
    </>
  )
}

/** Of a care team that was just begun. */
function Uninvited({ team, teams, words, texts }: TeamProps) {
  const { value: reasons } = teams.uninvited
  const isTold = reasons.has(team.ref)
  return (
    <div role="alert" class={isTold ? 'failure' : 'failure-none'}>
      {isTold ? (
        <p>
          {words('team.uninvited')} {errorText(reasons.get(team.ref), texts)}
        </p>
      ) : null}
    </div>
  )
}

function Note(props: TeamProps) {
  const { session, teams, team, words, texts } = props
  const { ref, state, isInvitedAgain } = team
  const name = session.pairs.value.find(({ id }) => id === team.pairId)?.peerName ?? ''
  if (state === 'in' && team.isBehind)
    return (
      <>
        <p>{words('team.behind')}</p>
        <Go {...props} go={words('team.renew')} act={() => teams.renew(ref)} />
      </>
    )
  if (state !== 'invited' && state !== 'in')
    return <p>{words(`team.${state}`, { name, when: texts.when(team.changedMs) })}</p>
  const hasKit = session.pairs.value.some(({ kitRoot }) => kitRoot !== '')
  return (
    <>
      <p>{words(isInvitedAgain ? 'team.invited.again' : 'team.invited', { name })}</p>
      {isInvitedAgain ? null : <p>{words('team.invited.help')}</p>}
      {hasKit ? (
        <Go
          {...props}
          go={words(isInvitedAgain ? 'team.join.again' : 'team.join')}
          act={() => teams.join(ref)}
        />
      ) : (
        <p>
          {words('team.people.kit-first')} <a href="#/kit">{texts.t('step.make-kit')}</a>
        </p>
      )}
    </>
  )
}

function Go({ open, go, act }: TeamProps & { go: string; act: () => Promise<void> }) {
  const { acts } = open
  return (
    <button type="button" disabled={acts.isBusy.value} onClick={() => void acts.run(act)}>
      {go}
    </button>
  )
}

const none: readonly ShownEvent[] = []

function Events({ session, team, open, words, texts }: TeamProps) {
  const box = useRef<HTMLDivElement>(null)
  const lines = useRef<HTMLDivElement>(null)
  const events = open.events.value
  const rows = useMemo(() => (events ?? none).map(({ row }) => row), [events])
  useStaying(box, lines, rows)
  return (
    <div ref={box} class="messages" role="log" aria-label={words('team.list')} tabIndex={0}>
      <div ref={lines} class="lines">
        {open.older.value === 0 ? null : (
          <button
            type="button"
            class="quiet small older"
            onClick={() => void open.showOlder().catch(telling(session))}
          >
            {words('team.older', { count: open.older.value })}
          </button>
        )}
        {events === null ? <OneMoment timer={session} texts={texts} /> : null}
        {(events ?? none).map(({ row, copies }) => (
          <TeamEvent key={row.key} {...{ row, copies, session, team, open, words, texts }} />
        ))}
        {team.state === 'in' && events?.every(({ row }) => row.kind !== 'said') === true ? (
          <p class="empty">{words('team.empty')}</p>
        ) : null}
      </div>
    </div>
  )
}
