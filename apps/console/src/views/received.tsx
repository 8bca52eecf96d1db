/** A record that somebody shares with this device: opened when a person says what for. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { OpenedRecord } from '../records/received.js'
import type { ReceivedRecord } from '../records/received-row.js'
import type { App } from '../state/app.js'
import { createReceivedScreen, type ReceivedScreen } from '../state/records.js'
import type { Session } from '../state/session.js'
import { type Purpose, purposes } from '../state/share.js'
import { type Words, wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { labelText } from './label-text.js'
import { OpenedFile } from './opened-file.js'
import { Failure, Field, TaskFailure } from './parts.js'
import { Absent, nameOfPair, useRecords } from './records.js'

export function Received({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const { pairId: ref } = app.route.value
  const records = useRecords(session)
  const row = records.received.value.find(one => one.ref === ref)
  return (
    <section class="wide">
      <a class="step" href="#/records">
        {words('records.back')}
      </a>
      <Failure error={records.error.value} texts={texts} />
      {row === undefined ? (
        <Absent {...{ records, session, words, texts }} />
      ) : (
        <Whole key={ref} {...{ row, session, words, texts }} />
      )}
    </section>
  )
}

interface WholeProps {
  readonly row: ReceivedRecord
  readonly session: Session
  readonly words: Words
  readonly texts: Texts
}

function Whole({ row, session, words, texts }: WholeProps) {
  const screen = useMemo(() => createReceivedScreen(session, row.ref), [session, row.ref])
  useEffect(() => screen.leave, [screen])
  const peer = nameOfPair(session, row.pairId, words)
  const { value: record } = screen.opened
  return (
    <>
      <h1>
        <bdi>{row.name}</bdi>
      </h1>
      <p>{words('received.from', { peer, when: texts.date(row.receivedMs) })}</p>
      <p class="help">{words('received.owner', { peer })}</p>
      {row.openedMs === 0 ? null : (
        <p class="help">{words('received.last', { when: texts.date(row.openedMs) })}</p>
      )}
      {record === null ? (
        <Open screen={screen} words={words} texts={texts} />
      ) : (
        <Opened record={record} words={words} texts={texts} />
      )}
    </>
  )
}

function Open({ screen, words, texts }: { screen: ReceivedScreen; words: Words; texts: Texts }) {
  const purpose = useSignal<Purpose>('TREAT')
  const isBusy = screen.isOpening.value
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void screen.open(purpose.value)
      }}
    >
      <Field id="purpose" label={words('received.purpose')} help={words('received.help')}>
        <select
          id="purpose"
          value={purpose.value}
          aria-describedby="purpose-help"
          disabled={isBusy}
          onChange={({ currentTarget }) => {
            purpose.value = purposes.find(one => one === currentTarget.value) ?? 'TREAT'
          }}
        >
          {purposes.map(one => (
            <option key={one} value={one}>
              {words(`purpose.${one}`)}
            </option>
          ))}
        </select>
      </Field>
      <TaskFailure task={screen.task} texts={texts} />
      <button type="submit" disabled={isBusy}>
        {words('received.open')}
      </button>
      <p role="status">{isBusy ? words('received.opening', { count: screen.blocks.value + 1 }) : ''}</p>
    </form>
  )
}

function Opened({ record, words, texts }: { record: OpenedRecord; words: Words; texts: Texts }) {
  const { name, mediaType, labels, content } = record
  return (
    <div class="attachment">
      <p role="status" class="good">
        {words('received.opened')}
      </p>
      <p>
        <bdi>{name}</bdi>, {texts.size(content.length)}
        {labels.length === 0 ? null : ` · ${labels.map(label => labelText(label, words)).join(', ')}`}
      </p>
      <OpenedFile
        name={name}
        mediaType={mediaType}
        alt={words('received.alt', { name })}
        show={words('received.show')}
        save={words('received.save')}
        use={take => take(content)}
      />
      <p class="help">{words('received.saved.help')}</p>
    </div>
  )
}
