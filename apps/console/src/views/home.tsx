/** The first screen: whom to write to, and the thread with them, or with a care team. */
import { useRef } from 'preact/hooks'
import type { App } from '../state/app.js'
import { openPair } from '../state/home.js'
import type { Session } from '../state/session.js'
import { lazyScreen } from './lazy.js'
import { Patients } from './patients.js'
import { Thread } from './thread.js'

const Team = lazyScreen(async () => (await import('./team.js')).Team)

interface HomeProps {
  readonly app: App
  readonly session: Session
  /** The pair whose thread the address names; empty for none. */
  readonly chosen: string
  /** The care team that it names; empty for none. */
  readonly team: string
}

/** List and thread side by side; on a phone one of them. Whoever has one doctor sees no list. */
export function Home({ app, session, chosen, team }: HomeProps) {
  const { role } = session.device
  const hasTeams = session.teams.value.length > 0 || team !== ''
  const paired = session.pairs.value.filter(({ isPaired }) => isPaired)
  const sole = useRef('')
  if (team !== '') sole.current = ''
  const { current } = sole
  const pair = team === '' ? openPair(paired, { role, chosen, sole: current, hasMore: hasTeams }) : null
  if (paired.length === 1 && pair !== null) sole.current = pair.id
  if (paired.length === 0)
    return role === 'doctor' ? <Patients app={app} session={session} open="" /> : <Unpaired app={app} />
  const hasList = role === 'doctor' || paired.length > 1 || hasTeams
  const back = (): void => {
    sole.current = ''
    app.route.value = { screen: 'home', pairId: '' }
  }
  const columns = pair === null && team === '' ? 'columns list-open' : 'columns thread-open'
  return (
    <div class={hasList ? columns : 'alone'}>
      {hasList ? <Patients app={app} session={session} open={pair?.id ?? team} /> : null}
      {team !== '' ? (
        <Team key={team} app={app} session={session} />
      ) : pair === null ? (
        <Blank app={app} role={role} />
      ) : (
        <Thread key={pair.id} app={app} session={session} pair={pair} back={hasList ? back : null} />
      )}
    </div>
  )
}

function Blank({ app, role }: { app: App; role: Session['device']['role'] }) {
  const { t } = app.texts.value
  return (
    <div class="thread blank">
      <p>{t(role === 'doctor' ? 'patients.choose' : 'thread.choose')}</p>
      {role === 'doctor' ? <p class="help">{t('patients.choose.help')}</p> : null}
    </div>
  )
}

function Unpaired({ app }: { app: App }) {
  const { t } = app.texts.value
  return (
    <section class="narrow">
      <h1>{t('nav.thread')}</h1>
      <div class="empty">
        <p>{t('thread.unpaired')}</p>
        <p class="help">{t('thread.unpaired.help')}</p>
        <a class="button" href="#/pair">
          {t('pair.title')}
        </a>
      </div>
    </section>
  )
}
