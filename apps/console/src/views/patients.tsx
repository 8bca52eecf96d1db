/** The doctor's list, and that of a patient with more than one doctor: who waits comes first. */
import { type Signal, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import type { TeamNote } from '../state/team/notes.js'
import type { PairView } from '../state/views.js'
import type { Texts } from '../text/texts.js'
import { useKeys } from './keys.js'
import { isNamed } from './names.js'

const filters = ['all', 'waiting', 'unready', 'blocked'] as const
type Filter = (typeof filters)[number]

function fits(pair: PairView, filter: Filter, search: string): boolean {
  const named = isNamed(pair.peerName, search)
  if (filter === 'waiting') return named && pair.unread > 0
  if (filter === 'unready') return named && !pair.isCovered
  if (filter === 'blocked') return named && (pair.blockedMs > 0 || pair.isBlockedByPeer)
  return named
}

/** Who only looks for people who are not finished, or blocked, looks for no care team. */
function teamFits({ title, unread, state }: TeamNote, filter: Filter, search: string): boolean {
  const named = isNamed(title, search)
  if (filter === 'waiting') return named && (unread > 0 || state === 'invited')
  return named && filter === 'all'
}

export function Patients({ app, session, open }: { app: App; session: Session; open: string }) {
  const texts = app.texts.value
  const { t, time } = texts
  const filter = useSignal<Filter>('all')
  const search = useSignal('')
  const field = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const isDoctor = session.device.role === 'doctor'
  const paired = session.pairs.value.filter(pair => pair.isPaired)
  const shown = paired.filter(pair => fits(pair, filter.value, search.value))
  const teams = session.teams.value.filter(team => teamFits(team, filter.value, search.value))
  useKeys({
    '/': () => field.current?.focus(),
    j: () => moveFocus(list.current, 1),
    k: () => moveFocus(list.current, -1),
  })
  return (
    <section class={paired.length === 0 ? 'narrow' : 'patients'} aria-labelledby="patients-title">
      <div class="head">
        <h1 id="patients-title">{t(isDoctor ? 'patients.title' : 'nav.thread')}</h1>
        {paired.length === 0 || !isDoctor ? null : <Ways texts={texts} />}
      </div>
      {paired.length === 0 ? (
        <NobodyYet texts={texts} />
      ) : (
        <>
          {isDoctor ? (
            <>
              <input
                ref={field}
                type="search"
                aria-label={t('patients.search')}
                placeholder={t('patients.search')}
                value={search.value}
                onInput={({ currentTarget }) => (search.value = currentTarget.value)}
              />
              <Filters filter={filter} texts={texts} />
            </>
          ) : null}
          <NotInKit pairs={paired} texts={texts} />
          <ul ref={list} class="list">
            {teams.map(team => (
              <TeamLine key={team.ref} team={team} texts={texts} isOpen={team.ref === open} />
            ))}
            {shown.map(pair => (
              <PatientLine key={pair.id} pair={pair} texts={texts} isOpen={pair.id === open} />
            ))}
          </ul>
          {shown.length + teams.length === 0 ? <p class="help">{t('patients.none')}</p> : null}
          {session.contactMs.value === 0 ? null : (
            <p class="help">{t('patients.age', { when: time(session.contactMs.value) })}</p>
          )}
        </>
      )}
    </section>
  )
}

function Ways({ texts: { t } }: { texts: Texts }) {
  return (
    <span class="row">
      <a class="button quiet" href="#/conference">
        {t('patients.conference')}
      </a>
      <a class="button quiet" href="#/team">
        {t('patients.team')}
      </a>
      <a class="button quiet" href="#/pair">
        {t('patients.add')}
      </a>
    </span>
  )
}

function NobodyYet({ texts: { t } }: { texts: Texts }) {
  return (
    <div class="empty">
      <p>{t('patients.empty')}</p>
      <p class="help">{t('patients.empty.help')}</p>
      <a class="button" href="#/pair">
        {t('patients.add')}
      </a>
    </div>
  )
}

/** While there is a kit, and somebody who came later is not in it. */
function NotInKit({ pairs, texts: { t, n } }: { pairs: readonly PairView[]; texts: Texts }) {
  const count = pairs.filter(({ isCovered }) => !isCovered).length
  if (count === 0 || count === pairs.length) return null
  return (
    <p class="note">
      {n('patients.kit', count)} <a href="#/kit">{t('kit.again')}</a>
    </p>
  )
}

function Filters({ filter, texts: { t } }: { filter: Signal<Filter>; texts: Texts }) {
  return (
    <fieldset class="filters">
      <legend class="hidden">{t('patients.filter')}</legend>
      {filters.map(name => (
        <label key={name} class={filter.value === name ? 'chip chosen' : 'chip'}>
          <input
            type="radio"
            name="filter"
            checked={filter.value === name}
            onChange={() => (filter.value = name)}
          />
          {t(`patients.filter.${name}`)}
        </label>
      ))}
    </fieldset>
  )
}

function PatientLine({ pair, texts, isOpen }: { pair: PairView; texts: Texts; isOpen: boolean }) {
  const { t, n } = texts
  return (
    <li>
      <a class="line" href={`#/thread/${pair.id}`} {...(isOpen ? { 'aria-current': 'page' as const } : {})}>
        <bdi class="line-name">{pair.peerName}</bdi>
        {pair.unread > 0 ? <span class="badge">{n('patients.unread', pair.unread)}</span> : null}
        {pair.isColleague ? <span class="badge">{t('patients.colleague')}</span> : null}
        {pair.blockedMs > 0 ? <span class="badge">{t('patients.blocked')}</span> : null}
        {pair.isCovered ? null : <span class="badge warn">{t('patients.no-kit')}</span>}
        <span class="line-last">{lastLine(pair, texts)}</span>
      </a>
    </li>
  )
}

/** A thread of several people stands among those of two. */
function TeamLine({ team, texts, isOpen }: { team: TeamNote; texts: Texts; isOpen: boolean }) {
  const { t, n, when } = texts
  const { ref, title, state, unread, text, atMs } = team
  return (
    <li>
      <a class="line" href={`#/team/${ref}`} {...(isOpen ? { 'aria-current': 'page' as const } : {})}>
        <bdi class="line-name">{title}</bdi>
        {unread > 0 ? <span class="badge">{n('patients.unread', unread)}</span> : null}
        <span class={state === 'invited' ? 'badge warn' : 'badge'}>
          {t(state === 'invited' ? 'patients.team.invited' : 'patients.team.kind')}
        </span>
        <span class="line-last">
          {when(atMs)}
          {text === '' ? '' : ` · ${text}`}
        </span>
      </a>
    </li>
  )
}

function lastLine({ last }: PairView, { t, when }: Texts): string {
  if (last === null) return t('patients.no-messages')
  const text =
    last.state === 'unopenable' || last.state === 'asked'
      ? t(`state.${last.state}`)
      : last.fileName === ''
        ? last.text
        : last.fileName
  return `${when(last.sentMs)} · ${text.slice(0, 80)}`
}

function moveFocus(list: HTMLUListElement | null, by: number): void {
  const lines: Element[] = [...(list?.querySelectorAll('a') ?? [])]
  const { activeElement } = document
  const at = activeElement === null ? -1 : lines.indexOf(activeElement)
  const next = lines[Math.min(lines.length - 1, Math.max(0, at + by))]
  if (next instanceof HTMLElement) next.focus()
}
