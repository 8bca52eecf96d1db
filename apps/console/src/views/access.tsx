/** Who opened what: each entry with the receipt that this browser has checked. */
import { useEffect, useMemo } from 'preact/hooks'
import type { CheckedEntry } from '../access/read.js'
import { saveFile } from '../browser/files.js'
import { type AccessScreen, createAccessScreen } from '../state/access.js'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { TaskFailure } from './parts.js'
import { purposeText } from './purpose-text.js'

export function Access({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const { t } = texts
  const screen = useMemo(() => createAccessScreen(session), [session])
  useEffect(() => void screen.load(), [screen])
  useSoon(screen)
  const { value: entries } = screen.entries
  return (
    <section class="wide">
      <h1>{t('access.title')}</h1>
      <p>{t('access.lead')}</p>
      <Summary screen={screen} texts={texts} />
      <TaskFailure task={screen.task} texts={texts} />
      {entries === null || entries.length === 0 ? null : (
        <>
          <Choice screen={screen} texts={texts} />
          <ul class="list entries">
            {screen.shown.value.map(entry => (
              <Entry
                key={entry.index}
                entry={entry}
                session={session}
                records={screen.records.value}
                texts={texts}
              />
            ))}
          </ul>
          {screen.shown.value.length === 0 && screen.waitingCount.value === 0 ? (
            <p class="help">{t('access.no-others')}</p>
          ) : null}
        </>
      )}
      <button
        type="button"
        class="quiet"
        disabled={screen.task.isBusy.value}
        onClick={() => void screen.load()}
      >
        {t('access.again')}
      </button>
      <p class="help">{t('access.limits')}</p>
    </section>
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

function Choice({ screen: { showsOwn }, texts: { t } }: { screen: AccessScreen; texts: Texts }) {
  return (
    <fieldset class="filters">
      <legend class="hidden">{t('access.filter')}</legend>
      {[false, true].map(own => (
        <label key={`${own}`} class={showsOwn.value === own ? 'chip chosen' : 'chip'}>
          <input
            type="radio"
            name="own"
            checked={showsOwn.value === own}
            onChange={() => (showsOwn.value = own)}
          />
          {t(own ? 'access.all' : 'access.others')}
        </label>
      ))}
    </fieldset>
  )
}

function Summary({ screen, texts }: { screen: AccessScreen; texts: Texts }) {
  const { t, n, when } = texts
  const { value: entries } = screen.entries
  if (entries === null)
    return <p role="status">{screen.task.error.value === null ? t('access.loading') : ''}</p>
  if (entries.length === 0) return <p role="status">{t('access.empty')}</p>
  const { value: count } = screen.falseCount
  if (count > 0) return <p role="alert">{n('access.false', count)}</p>
  const proven = entries.flatMap(({ verdict }) => (verdict.kind === 'proven' ? [verdict] : []))
  if (proven.length === 0) return <p role="status">{n('access.soon', screen.waitingCount.value)}</p>
  const newest = Math.max(0, ...proven.map(({ atMs }) => atMs))
  const witnesses = Math.min(...proven.map(one => one.witnesses))
  return (
    <div role="status" class="good">
      <p>{t('access.complete', { count: proven.length, when: when(newest) })}</p>
      {screen.waitingCount.value > 0 ? <p>{n('access.soon', screen.waitingCount.value)}</p> : null}
      <p>{witnesses > 0 ? t('access.witnessed', { count: witnesses }) : t('access.witnesses')}</p>
    </div>
  )
}

interface EntryProps {
  readonly entry: CheckedEntry
  readonly session: Session
  readonly records: ReadonlyMap<string, string>
  readonly texts: Texts
}

function Entry({ entry, session, records, texts }: EntryProps) {
  const { t, when } = texts
  const { verdict, receipt, index } = entry
  return (
    <li class={`entry entry-${verdict.kind}`}>
      {verdict.kind === 'proven' ? (
        <p>
          <time>{when(verdict.atMs)}</time> · {sentence(verdict.entry, session, records, texts)}
        </p>
      ) : null}
      <p class="meta">
        #{index} {verdict.kind === 'false' ? t('access.false', { code: verdict.code }) : t('access.proven')}
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
      </p>
    </li>
  )
}

type AccessEntry = Extract<CheckedEntry['verdict'], { kind: 'proven' }>['entry']

function sentence(
  entry: AccessEntry,
  session: Session,
  records: ReadonlyMap<string, string>,
  texts: Texts,
): string {
  const { act, by, box, ids } = entry
  const { t, n } = texts
  const ofRecord = recordSentence(entry, session, records, texts)
  if (ofRecord !== null) return ofRecord
  const who = nameOfDevice(by, session, texts)
  const owner = nameOfBox(box, session, texts)
  if (act === 'messages-given') return `${who} ${n('act.messages-given', ids.length, { box: owner })}`
  return `${who} ${t(`act.${act}`, { box: owner })}`
}

/** Of a record it is said which, and what it was opened for; `null` for any other entry. */
function recordSentence(
  { act, by, ids: [id = '', more = ''], purpose }: AccessEntry,
  session: Session,
  records: ReadonlyMap<string, string>,
  texts: Texts,
): string | null {
  const words = wordsOf(texts)
  const who = nameOfDevice(by, session, texts)
  const record = records.get(id) ?? words('access.record', { id: id.slice(0, 8) })
  if (act === 'grants-given')
    return words('access.given', { who, record, purpose: purposeText(purpose ?? '', words) })
  if (act === 'grants-published') return words('access.published', { who, record, seq: more })
  if (act === 'link-opened') return words('access.link-opened', { recipient: more })
  return act === 'link-refused' ? words('access.link-refused', { recipient: more }) : null
}

function nameOfDevice(kid: string, { device, pairs }: Session, { t }: Texts): string {
  if (kid === '') return t('access.somebody')
  if (kid === device.kid) return t('access.you')
  const peer = pairs.value.find(({ peerKid }) => peerKid === kid)
  return peer?.peerName ?? t('access.other', { kid: kid.slice(0, 8) })
}

function nameOfBox(box: string, { device, pairs }: Session, { t }: Texts): string {
  if (box === device.mailbox) return device.name
  return (
    pairs.value.find(({ peerBox }) => peerBox === box)?.peerName ??
    t('access.other', { kid: box.slice(0, 8) })
  )
}
