/** Records: what others share with this device, what it shares, and the links that it made. */
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { createRecordsScreen, type RecordsScreen, type RecordView } from '../state/records.js'
import type { Session } from '../state/session.js'
import { type Words, wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { linkState } from './link-state.js'
import { Failure, OneMoment } from './parts.js'

interface ListProps {
  readonly screen: RecordsScreen
  readonly session: Session
  readonly words: Words
  readonly texts: Texts
}

export function Records({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const screen = useRecords(session)
  const props = { screen, session, words, texts }
  return (
    <section class="wide">
      <h1>{words('records.title')}</h1>
      <p>{words('records.lead')}</p>
      <div class="row">
        <a class="button" href="#/share">
          {words('records.share')}
        </a>
        <a class="button quiet" href="#/link">
          {words('records.link')}
        </a>
      </div>
      <Failure error={screen.error.value} texts={texts} />
      {screen.own.value === null ? (
        <Reading {...props} />
      ) : (
        <>
          <Received {...props} />
          <Own {...props} />
          <Links {...props} nowMs={app.platform.clock.nowMs()} />
          <p class="help">{words('records.device')}</p>
        </>
      )}
    </section>
  )
}

/** What stands where the records are to come: nothing beside what failed. */
function Reading({ screen, session, texts }: Omit<ListProps, 'words'>) {
  return screen.error.value === null ? <OneMoment timer={session} texts={texts} /> : null
}

/** A record that is not here: not read yet, or none of this device. */
export function Absent({ records, ...props }: Omit<ListProps, 'screen'> & { records: RecordsScreen }) {
  const { words, texts } = props
  const isRead = records.own.value !== null
  if (!isRead && records.error.value === null)
    return (
      <div data-loading>
        <Reading screen={records} {...props} />
      </div>
    )
  return (
    <>
      <h1>{words('records.one')}</h1>
      {isRead ? <p class="note">{texts.t('error.record-gone')}</p> : null}
    </>
  )
}

/** Read again whenever something changed here or came. */
export function useRecords(session: Session): RecordsScreen {
  const screen = useMemo(() => createRecordsScreen(session), [session])
  const [changes, pairs] = [session.recordChanges.value, session.pairs.value]
  useEffect(() => void screen.load(), [screen, changes, pairs])
  return screen
}

export function nameOfPair(session: Session, pairId: string, words: Words): string {
  const found = session.pairs.value.find(({ id }) => id === pairId)
  return found?.peerName ?? words('records.peer-gone')
}

function Received({ screen, session, words, texts }: ListProps) {
  const { value: all } = screen.received
  return (
    <>
      <h2>{words('records.received')}</h2>
      {all.length === 0 ? <p class="help">{words('records.received.none')}</p> : null}
      <ul class="list">
        {all.map(({ ref, name, pairId, receivedMs, openedMs }) => (
          <li key={ref}>
            <a class="line" href={`#/record/${ref}`}>
              <bdi class="line-name">{name}</bdi>
              {openedMs === 0 ? <span class="badge">{words('records.new')}</span> : null}
              <span class="line-last">
                {words('records.from', { peer: nameOfPair(session, pairId, words) })} ·{' '}
                {texts.when(receivedMs)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Own({ screen, words, texts }: ListProps) {
  const all = screen.own.value ?? []
  return (
    <>
      <h2>{words('records.own')}</h2>
      {all.length === 0 ? <p class="help">{words('records.own.none')}</p> : null}
      <ul class="list">
        {all.map(record => (
          <li key={record.id}>
            <a class="line" href={`#/own/${record.id}`}>
              <bdi class="line-name">{record.name}</bdi>
              <span class={record.state === 'refused' ? 'badge warn' : 'badge'} data-state={record.state}>
                {words(`state.${record.state}`)}
              </span>
              <span class="line-last">
                {readersOf(record, words)} · {texts.when(record.createdMs)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function readersOf({ readers }: RecordView, words: Words): string {
  if (readers.length === 0) return words('records.readers.none')
  return words('records.readers', { names: readers.map(({ name }) => name).join(', ') })
}

function Links({ screen, words, texts, nowMs }: ListProps & { nowMs: number }) {
  const { value: all } = screen.links
  if (all.length === 0) return null
  return (
    <>
      <h2>{words('records.links')}</h2>
      <ul class="list">
        {all.map(link => (
          <li key={link.id}>
            <a class="line" href={`#/link/${link.id}`}>
              <bdi class="line-name">{link.name}</bdi>
              <span class="badge">{words(`state.${linkState(link, nowMs)}`)}</span>
              <span class="line-last">{texts.when(link.madeMs)}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
