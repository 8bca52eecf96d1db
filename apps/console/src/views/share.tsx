/** Sharing a record: a file, who can read it, until when, what for. The button names everybody who gets it. */
import { useEffect, useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import {
  type Candidate,
  createShareScreen,
  levels,
  periods,
  purposes,
  type ShareScreen,
  topics,
} from '../state/share.js'
import { type Words, wordsOf } from '../text/record-words.js'
import type { Texts } from '../text/texts.js'
import { DropFile } from './drop.js'
import { Field, TaskFailure } from './parts.js'

interface PartProps {
  readonly screen: ShareScreen
  readonly words: Words
  readonly texts: Texts
}

export function Share({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = wordsOf(texts)
  const screen = useMemo(() => createShareScreen(session, app.route.peek().pairId), [session])
  useEffect(() => screen.leave, [screen])
  const share = async (): Promise<void> => {
    const id = await screen.share()
    // Whoever went elsewhere meanwhile stays there.
    if (id !== null && app.route.peek().screen === 'share') app.route.value = { screen: 'own', pairId: id }
  }
  const isBusy = screen.task.isBusy.value
  const props = { screen, words, texts }
  return (
    <section class="wide">
      <a class="step" href="#/records">
        {words('records.back')}
      </a>
      <h1>{words('share.title')}</h1>
      <form
        onSubmit={event => {
          event.preventDefault()
          void share()
        }}
      >
        <DropFile
          {...{ words, texts, isBusy, file: screen.file.value, onFile: screen.take }}
          legend="share.file"
          help="share.drop"
        />
        <People {...props} />
        <Terms {...props} />
        <Labels {...props} />
        <TaskFailure task={screen.task} texts={texts} />
        <button type="submit" disabled={isBusy || !screen.isReady.value}>
          {goText(screen, words)}
        </button>
        <Progress {...props} />
        <p class="help">{words('share.help')}</p>
      </form>
    </section>
  )
}

const namesIn = ({ chosen }: ShareScreen): string => chosen.value.map(({ name }) => name).join(', ')

const goText = (screen: ShareScreen, words: Words): string =>
  screen.isReady.value ? words('share.go', { names: namesIn(screen) }) : words('share.go.none')

function Progress({ screen, words }: PartProps) {
  const { value: sealed } = screen.sealed
  if (sealed === null) return <p role="status" />
  const [done, of] = sealed
  const percent = of === 0 ? 100 : Math.floor((100 * done) / of)
  return (
    <div role="status">
      <p class="waiting">
        {percent < 100
          ? words('share.sealing', { percent })
          : words('share.closing', { names: namesIn(screen) })}
      </p>
    </div>
  )
}

function People({ screen, words }: PartProps) {
  const { value: people } = screen.people
  return (
    <fieldset disabled={screen.task.isBusy.value}>
      <legend>{words('share.people')}</legend>
      {people.length === 0 ? (
        <p class="note">
          {words('share.people.none')} <a href="#/pair">{words('share.pair')}</a>
        </p>
      ) : null}
      <ul class="list choices">
        {people.map(candidate => (
          <Person key={candidate.pair.id} candidate={candidate} screen={screen} words={words} />
        ))}
      </ul>
    </fieldset>
  )
}

function Person({
  candidate: { pair, obstacle, isChosen },
  screen,
  words,
}: {
  candidate: Candidate
  screen: ShareScreen
  words: Words
}) {
  const help = `why-${pair.id}`
  return (
    <li>
      <label class="check">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={obstacle !== ''}
          {...(obstacle === '' ? {} : { 'aria-describedby': help })}
          onChange={() => screen.toggle(pair.id)}
        />
        <bdi>{pair.peerName}</bdi>
      </label>
      {obstacle === '' ? null : (
        <p class="help" id={help}>
          {words(`share.${obstacle}`, { peer: pair.peerName })}{' '}
          {obstacle === 'kit' ? <a href="#/kit">{words('share.make-kit')}</a> : null}
        </p>
      )}
    </li>
  )
}

/** The same set with one more, or without it. */
function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set)
  if (!next.delete(item)) next.add(item)
  return next
}

function Terms({ screen, words }: PartProps) {
  return (
    <>
      <Until days={screen.days} words={words} />
      <fieldset disabled={screen.task.isBusy.value}>
        <legend>{words('share.purposes')}</legend>
        <div class="checks">
          {purposes.map(purpose => (
            <label key={purpose} class="check">
              <input
                type="checkbox"
                checked={screen.purposes.value.has(purpose)}
                onChange={() => (screen.purposes.value = toggled(screen.purposes.value, purpose))}
              />
              {words(`purpose.${purpose}`)}
            </label>
          ))}
        </div>
        <p class="help">{words('share.purposes.help')}</p>
      </fieldset>
    </>
  )
}

export function Until({ days, words }: { days: { value: number }; words: Words }) {
  return (
    <Field id="until" label={words('share.until')}>
      <select
        id="until"
        value={`${days.value}`}
        onChange={({ currentTarget }) => (days.value = Number(currentTarget.value))}
      >
        {periods.map(period => (
          <option key={period} value={`${period}`}>
            {words(`share.until.${period}`)}
          </option>
        ))}
      </select>
    </Field>
  )
}

function Labels({ screen, words }: PartProps) {
  return (
    <details>
      <summary>{words('share.labels')}</summary>
      <p class="help">{words('share.labels.help')}</p>
      <Field id="level" label={words('share.level')}>
        <select
          id="level"
          value={screen.level.value}
          onChange={({ currentTarget }) => {
            screen.level.value = levels.find(level => level === currentTarget.value) ?? 'N'
          }}
        >
          {levels.map(level => (
            <option key={level} value={level}>
              {words(`label.${level}`)}
            </option>
          ))}
        </select>
      </Field>
      <fieldset disabled={screen.task.isBusy.value}>
        <legend>{words('share.topics')}</legend>
        <div class="checks">
          {topics.map(topic => (
            <label key={topic} class="check">
              <input
                type="checkbox"
                checked={screen.topics.value.has(topic)}
                onChange={() => (screen.topics.value = toggled(screen.topics.value, topic))}
              />
              {words(`label.${topic}`)}
            </label>
          ))}
        </div>
      </fieldset>
    </details>
  )
}
