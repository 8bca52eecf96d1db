/** Who opened what: each entry with the receipt that this browser has checked. */
import type { Roster } from '@chartseal/clinic/roster'
import { useEffect, useMemo } from 'preact/hooks'
import type { CheckedEntry } from '../access/read.js'
import { saveFile } from '../browser/files.js'
import { type AccessScreen, accessFilters, createAccessScreen } from '../state/access.js'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import { type AccessKey, type AccessTexts, accessTextsOf } from '../text/access-words.js'
import { wordsOf } from '../text/record-words.js'
import { countsOf, type PartProps, Summary } from './access-summary.js'
import { nameOfDevice } from './name-of-device.js'
import { TaskFailure } from './parts.js'
import { purposeText } from './purpose-text.js'

export function Access({ app, session }: { app: App; session: Session }) {
  const texts = useMemo(() => accessTextsOf(app.texts.value), [app.texts.value])
  const { t } = texts
  const screen = useMemo(() => createAccessScreen(session), [session])
  useEffect(() => void screen.load(), [screen])
  useSoon(screen)
  const { value: entries } = screen.entries
  return (
    <section class="wide">
      <h1>{t(session.device.role === 'patient' ? 'access.title' : 'access.title.staff')}</h1>
      <p>{t('access.lead')}</p>
      <Summary screen={screen} texts={texts} />
      <TaskFailure task={screen.task} texts={texts} />
      <TaskFailure task={screen.asking} texts={texts} />
      {entries === null || entries.length === 0 ? null : (
        <>
          <Choice screen={screen} texts={texts} />
          <ul class="list entries">
            {screen.shown.value.map(entry => (
              <Entry
                key={entry.index}
                app={app}
                screen={screen}
                entry={entry}
                session={session}
                texts={texts}
              />
            ))}
          </ul>
          <NoOthers screen={screen} texts={texts} />
        </>
      )}
      <Older screen={screen} texts={texts} />
      <button
        type="button"
        class="quiet"
        disabled={screen.task.isBusy.value}
        onClick={() => void screen.load()}
      >
        {t('access.again')}
      </button>
      {session.clinic.formerKeys.length === 0 ? null : <p class="help">{t('access.former')}</p>}
      <p class="help">{t('access.limits')}</p>
    </section>
  )
}

/** Said of all entries only when all were checked. */
function NoOthers({ screen, texts: { t } }: PartProps) {
  const { value: nobody } = screen.nobodyElse
  if (nobody === null) return null
  const count = screen.entries.value?.length ?? 0
  return (
    <p class="help">
      {nobody === 'newest' ? t('access.no-others.newest', { count }) : t('access.no-others')}
    </p>
  )
}

function Older({ screen, texts: { t } }: PartProps) {
  const { checked, olderCount, task } = screen
  if (checked.value === null || olderCount.value === 0) return null
  const { due, total } = checked.value
  return (
    <div class="note">
      <p>{t('access.shown', { shown: due, total })}</p>
      <button
        type="button"
        class="quiet small"
        disabled={task.isBusy.value}
        onClick={() => void screen.showOlder()}
      >
        {t('access.older', { count: olderCount.value })}
      </button>
    </div>
  )
}

const soonMs = 3_000

/** Looks again while receipts are still to come: the log publishes them within seconds. */
function useSoon({ task, waitingCount, load }: AccessScreen): void {
  const isDue = !task.isBusy.value && task.error.value === null && waitingCount.value > 0
  useEffect(() => {
    if (!isDue) return undefined
    const timer = setTimeout(() => void load(), soonMs)
    return () => clearTimeout(timer)
  }, [isDue])
}

function Choice({ screen: { filter }, texts: { t } }: PartProps) {
  return (
    <fieldset class="filters">
      <legend class="hidden">{t('access.filter')}</legend>
      {accessFilters.map(one => (
        <label key={one} class={filter.value === one ? 'chip chosen' : 'chip'}>
          <input
            type="radio"
            name="accesses"
            checked={filter.value === one}
            onChange={() => (filter.value = one)}
          />
          {t(`access.${one}`)}
        </label>
      ))}
    </fieldset>
  )
}

interface EntryProps extends PartProps {
  readonly app: App
  readonly entry: CheckedEntry
  readonly session: Session
}

function Entry(props: EntryProps) {
  const { entry, screen, session, texts } = props
  const { t, when } = texts
  const { verdict, receipt, index } = entry
  return (
    <li class={`entry entry-${verdict.kind}`}>
      {'entry' in verdict ? (
        <p>
          {isOfGlass(verdict.entry) ? <span class="badge warn">{t('access.glass')}</span> : null}{' '}
          <time>{when(verdict.atMs)}</time> · {sentence(verdict.entry, session, namesIn(screen), texts)}
          {isOfRequest(verdict.entry) ? (
            <>
              {' '}
              <a href={`#/emergency/${verdict.entry.ids[0] ?? ''}`}>{t('access.glass.more')}</a>
            </>
          ) : null}
        </p>
      ) : null}
      <p class="meta">
        #{index} {verdictText(verdict, texts)}
        {receipt === null ? null : (
          <button
            type="button"
            class="link"
            aria-label={t('access.save.of', { index })}
            onClick={() => saveFile(`receipt-${index}.tlog-proof`, receipt, 'text/plain')}
          >
            {t('access.save')}
          </button>
        )}
        <Ask {...props} />
      </p>
    </li>
  )
}

/** What came of an emergency stays marked, for ever. */
const isOfGlass = ({ act }: AccessEntry): boolean => act.startsWith('break-glass-')
const isOfRequest = (entry: AccessEntry): boolean => isOfGlass(entry) && entry.act !== 'break-glass-set'

function verdictText(verdict: CheckedEntry['verdict'], { t }: AccessTexts): string {
  if (verdict.kind === 'false') return t('access.false', { code: verdict.code })
  if (verdict.kind !== 'unwitnessed') return t('access.proven')
  const { first, today } = verdict.witnesses
  const counted = today ?? first
  return t('access.few', counted === null ? {} : countsOf(counted))
}

/** Opens the thread with a question that names the entry; nothing is sent by it. */
function Ask(props: EntryProps) {
  const { app, entry, session, screen, texts } = props
  const { t, date } = texts
  const { verdict, index } = entry
  const isOwn = 'entry' in verdict && verdict.entry.by === session.device.kid
  const what =
    'entry' in verdict
      ? `${date(verdict.atMs)}, ${sentence(verdict.entry, session, namesIn(screen), texts)}`
      : verdictText(verdict, texts)
  const ask = async ({ id }: PairView): Promise<void> => {
    const isAsked = await screen.ask(id, t('access.ask.draft', { index, what }))
    if (isAsked) app.route.value = { screen: 'thread', pairId: id }
  }
  if (isOwn) return null
  return (
    <>
      {screen.peersFor(entry).map(peer => (
        <button
          key={peer.id}
          type="button"
          class="link"
          aria-label={t('access.ask.of', { peer: peer.peerName, index })}
          disabled={screen.asking.isBusy.value}
          onClick={() => void ask(peer)}
        >
          {t('access.ask', { peer: peer.peerName })}
        </button>
      ))}
    </>
  )
}

type AccessEntry = Extract<CheckedEntry['verdict'], { entry: unknown }>['entry']

interface Names {
  readonly records: ReadonlyMap<string, string>
  readonly roster: Roster | null
}

const namesIn = ({ records, roster }: AccessScreen): Names => ({
  records: records.value,
  roster: roster.value,
})

export function sentence(
  entry: AccessEntry,
  session: Pick<Session, 'device' | 'pairs'>,
  names: Names,
  texts: AccessTexts,
): string {
  const { act, by, box, ids } = entry
  const { t, n } = texts
  const ofRecord = recordSentence(entry, session, names, texts)
  if (ofRecord !== null) return ofRecord
  const who = by === '' ? t(nobodyIn[act]) : whoIs(by, session, names.roster, texts)
  const owner = nameOfBox(box, session, texts)
  if (act === 'messages-given') return `${who} ${n('act.messages-given', ids.length, { box: owner })}`
  return `${who} ${t(`act.${act}`, { box: owner })}`
}

/** Who it was where no device signed it; docs/spec/clinic-api.md, "Entries". */
export const nobodyIn: Readonly<Record<AccessEntry['act'], AccessKey>> = {
  'device-enrolled': 'access.clinic',
  'device-ended': 'access.operator',
  'message-stored': 'access.somebody',
  'messages-given': 'access.clinic',
  'message-acknowledged': 'access.clinic',
  'roster-published': 'access.officers',
  'grants-published': 'access.clinic',
  'grants-given': 'access.clinic',
  'blob-deleted': 'access.clinic',
  'link-made': 'access.clinic',
  'link-ended': 'access.clinic',
  'link-opened': 'access.clinic',
  'link-refused': 'access.clinic',
  'conference-begun': 'access.clinic',
  'conference-ended': 'access.clinic',
  'break-glass-set': 'access.clinic',
  'break-glass-asked': 'access.clinic',
  'break-glass-released': 'access.clinic',
  'break-glass-denied': 'access.clinic',
  'break-glass-opened': 'access.clinic',
  'break-glass-closed': 'access.clinic',
  'break-glass-reviewed': 'access.clinic',
}

/** Of a record or a link it is said which, and what a record was opened for; `null` for any other entry. */
function recordSentence(
  { act, by, ids: [id = '', more = ''], purpose }: AccessEntry,
  session: Pick<Session, 'device' | 'pairs'>,
  { records, roster }: Names,
  texts: AccessTexts,
): string | null {
  const words = wordsOf(texts)
  const who = whoIs(by, session, roster, texts)
  const record = records.get(id) ?? words('access.record', { id: id.slice(0, 8) })
  if (act === 'grants-given')
    return words('access.given', { who, record, purpose: purposeText(purpose ?? '', words) })
  if (act === 'grants-published') return words('access.published', { who, record, seq: more })
  if (act !== 'link-opened' && act !== 'link-refused') return null
  const link = records.get(id) ?? words('access.link', { id: id.slice(0, 8) })
  return words(`access.${act}`, { recipient: more, link })
}

function whoIs(
  kid: string,
  session: Pick<Session, 'device' | 'pairs'>,
  roster: Roster | null,
  { t }: AccessTexts,
): string {
  if (kid === session.device.kid) return t('access.you')
  return nameOfDevice(kid, session, roster) ?? t('access.other', { kid: kid.slice(0, 8) })
}

function nameOfBox(
  box: string,
  { device, pairs }: Pick<Session, 'device' | 'pairs'>,
  { t }: AccessTexts,
): string {
  if (box === device.mailbox) return device.name
  return (
    pairs.value.find(({ peerBox }) => peerBox === box)?.peerName ??
    t('access.other', { kid: box.slice(0, 8) })
  )
}
