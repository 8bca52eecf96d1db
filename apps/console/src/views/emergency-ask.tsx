/** A doctor asks for one record: what will be signed stands above the button. */
import { emergencyReasons } from '@chartseal/clinic/break-glass'
import { useSignal } from '@preact/signals'
import { isRostered, type SetView } from '../state/emergency/emergencies.js'
import { ActFailure, type EmergencyProps } from './emergency.js'
import { Field } from './parts.js'

const decideChoices = [5, 15, 30, 60, 240, 1_440] as const
const accessChoices = [30, 60, 240, 1_440, 4_320] as const
const minuteMs = 60_000
const hourMinutes = 60
/** Together, what may be signed: 500. */
const [maxWhoLength, maxTextLength] = [98, 400]

export function AskForm(props: EmergencyProps) {
  const { session, emergencies, found, words } = props
  const { kid } = session.device
  return (
    <>
      <h2>{words('emergency.ask')}</h2>
      {!isRostered(emergencies.roster, kid, 'doctor') ? (
        <p class="note">{words('emergency.ask.not-rostered', { kid: kid.slice(0, 8) })}</p>
      ) : found.sets.length === 0 ? (
        <p class="help">{words('emergency.ask.none')}</p>
      ) : (
        <Form {...props} />
      )}
    </>
  )
}

const keyOf = ({ set }: SetView): string => set.hash.join()

function Form(props: EmergencyProps) {
  const { app, session, emergencies, found, words } = props
  const chosen = useSignal('')
  const reason = useSignal<(typeof emergencyReasons)[number]>('ETREAT')
  const who = useSignal(session.device.name)
  const text = useSignal('')
  const [decide, access] = [useSignal(30), useSignal(240)]
  const view = found.sets.find(one => keyOf(one) === chosen.value)
  const most = view?.set.content.policy
  const decides = choices(decideChoices, most?.maxDecideMs)
  const accesses = choices(accessChoices, most?.maxAccessMs)
  const decideMinutes = decides.includes(decide.value) ? decide.value : (decides.at(-1) ?? 1)
  const accessMinutes = accesses.includes(access.value) ? access.value : (accesses.at(-1) ?? 1)
  // Rosters name devices: whoever decides reads here whom to call back.
  const signed = words('emergency.ask.signed', { who: who.value.trim(), text: text.value.trim() })
  const isReady = view !== undefined && who.value.trim() !== '' && text.value.trim() !== ''
  const ask = async (): Promise<void> => {
    if (!isReady) return
    const wishes = { reason: reason.value, text: signed, decideMinutes, accessMinutes }
    const id = await emergencies.ask(view, wishes)
    if (id === null) return
    text.value = ''
    app.route.value = { screen: 'emergency', pairId: id }
  }
  const spanOf = (minutes: number): string =>
    minutes < hourMinutes
      ? words('emergency.minutes', { n: minutes })
      : words('emergency.hours', { n: Math.floor(minutes / hourMinutes) })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void ask()
      }}
    >
      <Field id="glass-set" label={words('emergency.ask.set')}>
        <select
          id="glass-set"
          required
          value={chosen.value}
          onChange={({ currentTarget }) => (chosen.value = currentTarget.value)}
        >
          <option value="">{words('emergency.ask.choose')}</option>
          {found.sets.map(one => (
            <option key={keyOf(one)} value={keyOf(one)}>
              {nameOfSet(one, props)}
            </option>
          ))}
        </select>
      </Field>
      <Field id="glass-reason" label={words('emergency.ask.reason')}>
        <select
          id="glass-reason"
          value={reason.value}
          onChange={({ currentTarget }) => {
            reason.value = emergencyReasons.find(one => one === currentTarget.value) ?? 'ETREAT'
          }}
        >
          {emergencyReasons.map(one => (
            <option key={one} value={one}>
              {words(`emergency.reason.${one}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field id="glass-who" label={words('emergency.ask.who')}>
        <input
          id="glass-who"
          required
          maxLength={maxWhoLength}
          autocomplete="off"
          value={who.value}
          onInput={({ currentTarget }) => (who.value = currentTarget.value)}
        />
      </Field>
      <Field id="glass-text" label={words('emergency.ask.text')} help={words('emergency.ask.text.help')}>
        <textarea
          id="glass-text"
          rows={3}
          required
          maxLength={maxTextLength}
          aria-describedby="glass-text-help"
          value={text.value}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
      </Field>
      <Choice
        id="glass-decide"
        label={words('emergency.ask.decide')}
        all={decides}
        value={decideMinutes}
        spanOf={spanOf}
        choose={minutes => (decide.value = minutes)}
      />
      <Choice
        id="glass-access"
        label={words('emergency.ask.access')}
        all={accesses}
        value={accessMinutes}
        spanOf={spanOf}
        choose={minutes => (access.value = minutes)}
      />
      {isReady ? (
        <p class="note">
          {words('emergency.ask.sign', {
            text: signed,
            reason: words(`emergency.reason.${reason.value}`),
            about: view.set.content.about,
          })}
        </p>
      ) : null}
      <ActFailure {...props} task={emergencies.task} />
      <button type="submit" class="danger" disabled={!isReady || emergencies.task.isBusy.value}>
        {words('emergency.ask.go')}
      </button>
    </form>
  )
}

interface ChoiceProps {
  readonly id: string
  readonly label: string
  readonly all: readonly number[]
  readonly value: number
  readonly spanOf: (minutes: number) => string
  readonly choose: (minutes: number) => void
}

export function Choice({ id, label, all, value, spanOf, choose }: ChoiceProps) {
  return (
    <Field id={id} label={label}>
      <select
        id={id}
        value={`${value}`}
        onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
      >
        {all.map(one => (
          <option key={one} value={`${one}`}>
            {spanOf(one)}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** Those that the set allows, or the most that it does; all before one is chosen. */
function choices(all: readonly number[], mostMs = Number.MAX_SAFE_INTEGER): readonly number[] {
  const allowed = all.filter(minutes => minutes * minuteMs <= mostMs)
  return allowed.length > 0 ? allowed : [mostMs / minuteMs]
}

function nameOfSet({ set, isStale }: SetView, { words }: Pick<EmergencyProps, 'words'>): string {
  const { about, isDrill } = set.content
  const marks = [
    ...(isDrill ? [words('emergency.drill')] : []),
    ...(isStale === true ? [words('emergency.ask.stale')] : []),
  ]
  return marks.length === 0 ? about : `${about} (${marks.join(', ')})`
}
