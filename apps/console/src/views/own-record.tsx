/** One record that this device shares: how far it is, who reads it, and how it is taken back. */
import { useMemo } from 'preact/hooks'
import type { Reader } from '../records/own-row.js'
import type { App } from '../state/app.js'
import {
  createOwnRecordScreen,
  type OwnRecordScreen,
  type RecordsScreen,
  type RecordView,
} from '../state/records.js'
import type { Session } from '../state/session.js'
import { candidatesOf, chosenOf } from '../state/share.js'
import type { PairView } from '../state/views.js'
import { type Words, wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { labelText } from './label-text.js'
import { Ladder, TakeBackStep } from './ladder.js'
import { Failure, TaskFailure } from './parts.js'
import { purposeText } from './purpose-text.js'
import { Absent, useRecords } from './records.js'

export interface OwnProps {
  readonly record: RecordView
  readonly screen: OwnRecordScreen
  readonly session: Session
  readonly words: Words
  readonly texts: Texts
}

export function OwnRecord({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const { pairId: id } = app.route.value
  const records = useRecords(session)
  const screen = useMemo(() => createOwnRecordScreen(session, id), [session, id])
  const record = records.own.value?.find(one => one.id === id)
  return (
    <section class="wide">
      <a class="step" href="#/records">
        {words('records.back')}
      </a>
      <Failure error={records.error.value} texts={texts} />
      {record === undefined ? (
        <Gone {...{ records, screen, session, words, texts }} />
      ) : (
        <Whole {...{ record, screen, session, words, texts }} />
      )}
    </section>
  )
}

function Gone({ screen, words, ...props }: Omit<OwnProps, 'record'> & { records: RecordsScreen }) {
  if (!screen.isForgotten.value) return <Absent words={words} {...props} />
  return (
    <>
      <h1>{words('records.one')}</h1>
      <p class="note">{words('own.forgotten')}</p>
    </>
  )
}

function Whole(props: OwnProps) {
  const { record, screen, words, texts } = props
  const isOver = record.state === 'shredded'
  return (
    <>
      <h1>
        <bdi>{record.name}</bdi>
      </h1>
      <State {...props} />
      <TaskFailure task={screen.task} texts={texts} />
      {screen.left.value.length === 0 ? null : (
        <p class="note" role="status">
          {words('own.left', { names: screen.left.value.join(', ') })}
        </p>
      )}
      <h2>{words('own.readers')}</h2>
      {record.readers.length === 0 ? <p class="help">{words('own.readers.none')}</p> : null}
      <ul class="list readers">
        {record.readers.map(reader => (
          <ReaderLine key={reader.kid} reader={reader} {...props} />
        ))}
      </ul>
      {isOver || record.storedSeq === 0 ? null : <Others {...props} />}
      <Facts {...props} />
      {isOver || record.storedSeq === 0 ? null : (
        <p>
          <a href={`#/safeguard/${record.id}`}>{words('own.safeguard')}</a>
        </p>
      )}
      {isOver || record.storedSeq === 0 ? null : <Ladder {...props} />}
    </>
  )
}

function State({ record, screen, session, words }: OwnProps) {
  const { state, why, askedSeq, id, isPending } = record
  const sending = session.sending.value.get(id)
  const isBusy = screen.task.isBusy.value
  if (state === 'shared' || state === 'stopped' || state === 'shredded')
    return (
      <p role="status" class={state === 'shared' ? 'good' : 'note'} data-state={state}>
        {words(`own.${state}`)}
      </p>
    )
  return (
    <div class="note" role="status" data-state={state}>
      <p>
        {state === 'refused'
          ? words('own.refused', { code: why })
          : sending === undefined
            ? words('own.waiting')
            : words('own.sending', { done: sending[0], of: sending[1] })}
      </p>
      {isPending ? <p>{words('own.pending')}</p> : null}
      <div class="row">
        <button type="button" class="small" disabled={isBusy} onClick={() => void screen.tryAgain()}>
          {words('own.try-again')}
        </button>
        {askedSeq > 0 ? null : (
          <button type="button" class="quiet small" disabled={isBusy} onClick={() => void screen.forget()}>
            {words('own.forget')}
          </button>
        )}
      </div>
    </div>
  )
}

function ReaderLine({ reader, ...props }: OwnProps & { reader: Reader }) {
  const { session, words, texts } = props
  const { name, untilMs, purposes, pairId, kid } = reader
  const isMoved = session.pairs.value.some(({ id, peerKid }) => id === pairId && peerKid !== kid)
  const until =
    untilMs === 0 ? words('own.reader.always') : words('own.reader.until', { when: texts.when(untilMs) })
  return (
    <li>
      <bdi class="line-name">{name}</bdi>
      <span>
        {until} · {purposes.map(code => purposeText(code, words)).join(', ')} ·{' '}
        {isMoved ? words('own.reader.moved') : toldText(reader, words)}
      </span>
      {props.record.storedSeq === 0 ? null : <TakeBackStep reader={reader} {...props} />}
    </li>
  )
}

function toldText({ isTold, why }: Reader, words: Words): string {
  if (why !== '') return words('own.reader.untold', { code: why })
  return words(isTold ? 'own.reader.told' : 'own.reader.waiting')
}

/** Who does not read it with the device that they have now, and could. */
function Others({ record, screen, session, words }: OwnProps) {
  const reads = (pair: PairView): boolean => record.readers.some(({ kid }) => kid === pair.peerKid)
  const others = candidatesOf(session).filter(({ pair, obstacle }) => obstacle === '' && !reads(pair))
  if (others.length === 0) return null
  return (
    <details>
      <summary>{words('own.others')}</summary>
      <div class="row">
        {others.map(({ pair }) => (
          <button
            key={pair.id}
            type="button"
            class="quiet small"
            disabled={screen.task.isBusy.value}
            onClick={() => void screen.giveTo(chosenOf(pair))}
          >
            {words('own.give-to', { name: pair.peerName })}
          </button>
        ))}
      </div>
    </details>
  )
}

function Facts({ record, words, texts }: OwnProps) {
  const { mediaType, sizeBytes, createdMs, labels, version } = record
  const facts = [
    [words('own.size'), texts.size(sizeBytes)],
    [words('own.type'), mediaType],
    [words('own.sealed'), texts.date(createdMs)],
    [words('own.labels'), labels.map(label => labelText(label, words)).join(', ')],
    [words('own.version'), words('own.version.n', { n: version })],
  ] as const
  return (
    <>
      <h2>{words('own.facts')}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
