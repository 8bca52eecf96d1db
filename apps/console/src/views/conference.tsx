/** Conferences: those of this device, and a new one. A doctor's own that is on has a screen of its own. */
import type { ConferenceSuite } from '@chartseal/elgamal-session'
import { type Signal, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { OwnConference } from '../conference/own-conference.js'
import type { OwnSeat } from '../conference/seat-row.js'
import type { App } from '../state/app.js'
import type { Conferences } from '../state/conference/conferences.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { type ConferenceWords, conferenceWordsOf } from '../text/conference-words.js'
import type { Texts } from '../text/texts.js'
import { useConferences } from './conference-parts.js'
import { Host } from './host.js'
import { chosenOf, Invitees, patientsToInvite } from './invitees.js'
import { Field, OneMoment, TaskFailure } from './parts.js'
import { spanText } from './span-text.js'

export interface ConferenceProps {
  readonly app: App
  readonly session: Session
  readonly conferences: Conferences
  readonly words: ConferenceWords
  readonly texts: Texts
}

export function Conference({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const words = conferenceWordsOf(texts)
  const conferences = useConferences(session)
  const { pairId: id } = app.route.value
  const props = { app, session, conferences, words, texts }
  return (
    <section class="wide">
      {id === '' ? (
        <All {...props} />
      ) : (
        <>
          <a class="step" href="#/conference">
            {words('conf.back')}
          </a>
          <Host key={id} {...props} id={id} />
        </>
      )}
    </section>
  )
}

function All(props: ConferenceProps) {
  const { session, conferences, words, texts } = props
  const [own, seats] = [conferences.own.value, conferences.seats.value]
  const isOn = own.some(({ state }) => state !== 'ended')
  if (!conferences.isRead.value)
    return (
      <>
        <h1>{words('conf.title')}</h1>
        <OneMoment timer={session} texts={texts} />
      </>
    )
  return (
    <>
      <h1>{words('conf.title')}</h1>
      {session.device.role === 'doctor' ? (
        <>
          <p>{words('conf.lead')}</p>
          {own.length === 0 ? null : <Own own={own} words={words} texts={texts} />}
          {isOn ? <p class="note">{words('conf.one-at-a-time')}</p> : <New {...props} />}
        </>
      ) : (
        <>
          <h2>{words('conf.seats')}</h2>
          {seats.length === 0 ? <p class="help">{words('conf.none')}</p> : null}
          <Seats seats={seats} {...props} />
        </>
      )}
    </>
  )
}

function Own({ own, words, texts }: { own: readonly OwnConference[]; words: ConferenceWords; texts: Texts }) {
  return (
    <>
      <h2>{words('conf.mine')}</h2>
      <ul class="list">
        {own.map(({ id, title, state, createdMs }) => (
          <li key={id}>
            <a class="line" href={`#/conference/${id}`}>
              <bdi class="line-name">{title}</bdi>
              <span class="badge" data-state={state}>
                {words(`conf.state.${state}`)}
              </span>
              <span class="line-last">{texts.when(createdMs)}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Seats({ seats, session, words, texts }: ConferenceProps & { seats: readonly OwnSeat[] }) {
  const nowMs = session.unlocked.clock.nowMs()
  return (
    <ul class="list">
      {seats.map(({ ref, title, state, untilMs, invitedMs }) => (
        <li key={ref}>
          <a class="line" href={`#/seat/${ref}`}>
            <bdi class="line-name">{title}</bdi>
            <span class="badge">{words(`conf.state.${untilMs <= nowMs ? 'over' : state}`)}</span>
            <span class="line-last">{texts.when(invitedMs)}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

const [hourMs, hourMinutes] = [3_600_000, 60]
/** The clinic takes none that lasts longer than seven days, by its own clock. */
const choices = [1, 4, 12, 24, 72, 120] as const
const suites = ['25519', 'ffdhe3072'] as const

function New({ app, session, conferences, words, texts }: ConferenceProps) {
  const task = useMemo(() => createTask(session, 'device'), [session])
  const [title, chosen] = [useSignal(''), useSignal<ReadonlySet<string>>(new Set())]
  const [hours, suite] = [useSignal<number>(24), useSignal<ConferenceSuite>('25519')]
  const people = patientsToInvite(session, none, texts)
  const invited = chosenOf(people, chosen)
  const begin = async (): Promise<void> => {
    const conference = { title: title.value, lastsMs: hours.value * hourMs, suite: suite.value }
    const begun = { id: '' }
    await task.run(async () => {
      begun.id = await conferences.begin(conference, invited)
    })
    session.poke()
    // Who could not be invited is invited from there.
    const on = begun.id === '' ? conferences.own.value.find(({ state }) => state === 'on')?.id : begun.id
    if (on !== undefined) app.route.value = { screen: 'conference', pairId: on }
  }
  const isReady = title.value.trim() !== '' && invited.length > 0
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void begin()
      }}
    >
      <h2>{words('conf.new')}</h2>
      <Field id="conference-title" label={words('conf.name')}>
        <input
          id="conference-title"
          required
          maxLength={80}
          autocomplete="off"
          value={title.value}
          onInput={({ currentTarget }) => (title.value = currentTarget.value)}
        />
      </Field>
      <Lasts hours={hours} words={words} texts={texts} />
      <Invitees
        {...{ people, chosen, texts }}
        help={words('conf.people.help')}
        nobody={words('conf.people.nobody')}
        isForMany
      />
      <Suites suite={suite} words={words} />
      <TaskFailure task={task} texts={texts} />
      <button type="submit" disabled={task.isBusy.value || !isReady}>
        {invited.length === 0 ? words('conf.go.none') : words('conf.go', { count: invited.length })}
      </button>
    </form>
  )
}

const none: ReadonlySet<string> = new Set()

interface LastsProps {
  readonly hours: Signal<number>
  readonly words: ConferenceWords
  readonly texts: Texts
}

function Lasts({ hours, words, texts: { language } }: LastsProps) {
  const id = 'conference-lasts'
  return (
    <Field id={id} label={words('conf.lasts')} help={words('conf.lasts.help')}>
      <select
        id={id}
        aria-describedby={`${id}-help`}
        value={hours.value}
        onChange={({ currentTarget }) => (hours.value = Number(currentTarget.value))}
      >
        {choices.map(one => (
          <option key={one} value={one}>
            {spanText(one * hourMinutes, language)}
          </option>
        ))}
      </select>
    </Field>
  )
}

function Suites({ suite, words }: { suite: Signal<ConferenceSuite>; words: ConferenceWords }) {
  return (
    <details>
      <summary>{words('conf.suite')}</summary>
      <fieldset class="choices">
        <legend class="hidden">{words('conf.suite')}</legend>
        {suites.map(one => (
          <div key={one}>
            <label class="check">
              <input
                type="radio"
                name="suite"
                checked={suite.value === one}
                aria-describedby={`suite-${one}`}
                onChange={() => (suite.value = one)}
              />
              {words(`conf.suite.${one}`)}
            </label>
            <p class="help" id={`suite-${one}`}>
              {words(`conf.suite.${one}.help`)}
            </p>
          </div>
        ))}
      </fieldset>
    </details>
  )
}
