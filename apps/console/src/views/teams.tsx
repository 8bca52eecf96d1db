/** Care teams: those of this device, and a new one. */

import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { type Teams as AllTeams, teamsOf } from '../state/team/teams.js'
import { telling } from '../state/telling.js'
import type { TeamView } from '../team/team-view.js'
import { type TeamWords, teamWordsOf } from '../text/team-words.js'
import type { Texts } from '../text/texts.js'
import { chosenOf, Invitees, peopleToInvite } from './invitees.js'
import { Field, OneMoment, TaskFailure } from './parts.js'
import { kindOf } from './team-members.js'

export function Teams({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = teamWordsOf(texts)
  const teams = useTeams(session)
  const all = teams.all.value
  return (
    <section class="wide">
      <h1>{words('team.title')}</h1>
      <p>{words('team.lead')}</p>
      {teams.changes.value === 0 ? (
        <OneMoment timer={session} texts={texts} />
      ) : all.length === 0 ? (
        <p class="help">{words('team.none')}</p>
      ) : (
        <List {...{ all, words, texts }} />
      )}
      {session.device.role === 'doctor' ? <New {...{ app, session, teams, words, texts }} /> : null}
    </section>
  )
}

/** Read when the screen opens, and whenever something came. */
export function useTeams(session: Session): AllTeams {
  const teams = useMemo(() => teamsOf(session), [session])
  useEffect(() => void teams.refresh().catch(telling(session)), [teams])
  return teams
}

function List({ all, words, texts }: { all: readonly TeamView[]; words: TeamWords; texts: Texts }) {
  return (
    <ul class="list">
      {all.map(({ ref, title, state, people, changedMs, last }) => (
        <li key={ref}>
          <a class="line" href={`#/team/${ref}`}>
            <bdi class="line-name">{title}</bdi>
            <span class="badge">{words(`team.state.${state}`, { count: people.length })}</span>
            <span class="line-last">{texts.when(Math.max(changedMs, last?.atMs ?? 0))}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

interface NewProps {
  readonly app: App
  readonly session: Session
  readonly teams: AllTeams
  readonly words: TeamWords
  readonly texts: Texts
}

function New({ app, session, teams, words, texts }: NewProps) {
  const task = useMemo(() => createTask(session, 'device'), [session])
  const [title, chosen] = [useSignal(''), useSignal<ReadonlySet<string>>(new Set())]
  const hasKit = session.pairs.value.some(({ kitRoot }) => kitRoot !== '')
  const people = peopleToInvite(session, nobody, texts)
  const invited = chosenOf(people, chosen)
  const begin = async (): Promise<void> => {
    await task.run(async () => {
      const ref = await teams.begin(title.value, invited)
      app.route.value = { screen: 'team', pairId: ref }
    })
  }
  if (!hasKit)
    return (
      <p class="note">
        {words('team.people.kit-first')} <a href="#/kit">{texts.t('step.make-kit')}</a>
      </p>
    )
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void begin()
      }}
    >
      <h2>{words('team.new')}</h2>
      <Field id="team-title" label={words('team.name')}>
        <input
          id="team-title"
          required
          maxLength={60}
          autocomplete="off"
          value={title.value}
          onInput={({ currentTarget }) => (title.value = currentTarget.value)}
        />
      </Field>
      <Invitees
        {...{ people, chosen, texts }}
        help={words('team.people.help')}
        nobody={words('team.people.nobody')}
        badgeOf={pair => kindOf(pair, words)}
      />
      <TaskFailure task={task} texts={texts} />
      <button type="submit" disabled={task.isBusy.value || title.value.trim() === '' || invited.length === 0}>
        {invited.length === 0 ? words('team.go.none') : words('team.go', { count: invited.length })}
      </button>
    </form>
  )
}

const nobody: ReadonlySet<string> = new Set()
