/** A doctor asks for one record: what will be signed stands above the button. */
import { type EmergencyReason, emergencyReasons } from '@chartseal/clinic/break-glass'
import { useSignal } from '@preact/signals'
import { isRostered, type SetView } from '../state/emergency/emergencies.js'
import { type Owner, type OwnerKind, ownerKinds, ownerOfSet } from '../state/emergency/owners.js'
import { ActFailure, type EmergencyProps, nameOfKid } from './emergency-parts.js'
import { Field } from './parts.js'
import { spanText } from './span-text.js'

const decideChoices = [5, 15, 30, 60, 240, 1_440] as const
const accessChoices = [30, 60, 240, 1_440, 4_320] as const
const minuteMs = 60_000
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

interface Draft {
  readonly set: string
  readonly reason: EmergencyReason
  readonly who: string
  readonly text: string
  readonly decide: number
  readonly access: number
}

interface DraftProps extends EmergencyProps {
  readonly draft: Draft
  readonly change: (part: Partial<Draft>) => void
}

function Form(props: EmergencyProps) {
  const { app, session, emergencies, found, words } = props
  const draft = useSignal<Draft>({
    ...{ set: '', reason: 'ETREAT', who: session.device.name, text: '', decide: 30, access: 240 },
  })
  const { set, reason, who, text, decide, access } = draft.value
  const view = found.sets.find(one => keyOf(one) === set)
  const most = view?.set.content.policy
  const decides = choices(decideChoices, most?.maxDecideMs)
  const accesses = choices(accessChoices, most?.maxAccessMs)
  // Rosters name devices: whoever decides reads here whom to call back.
  const signed = words('emergency.ask.signed', { who: who.trim(), text: text.trim() })
  const isReady = view !== undefined && who.trim() !== '' && text.trim() !== ''
  const change = (part: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...part }
  }
  const ask = async (): Promise<void> => {
    if (!isReady) return
    const [decideMinutes, accessMinutes] = [among(decides, decide), among(accesses, access)]
    const id = await emergencies.ask(view, { reason, text: signed, decideMinutes, accessMinutes })
    if (id === null) return
    change({ text: '' })
    app.route.value = { screen: 'emergency', pairId: id }
  }
  const each = { ...props, draft: draft.value, change }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void ask()
      }}
    >
      <What {...each} />
      <Why {...each} />
      <Times {...each} decides={decides} accesses={accesses} />
      {isReady ? (
        <p class="note">
          {words('emergency.ask.sign', {
            text: signed,
            reason: words(`emergency.reason.${reason}`),
            about: nameOfSet(view, props),
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

function What({ draft, change, ...props }: DraftProps) {
  const { found, words } = props
  const chosen = found.sets.find(one => keyOf(one) === draft.set)
  return (
    <>
      <Field id="glass-set" label={words('emergency.ask.set')}>
        <select
          id="glass-set"
          required
          value={draft.set}
          onChange={({ currentTarget }) => change({ set: currentTarget.value })}
        >
          <option value="">{words('emergency.ask.choose')}</option>
          {ownerKinds.map(kind => (
            <SetsOf key={kind} kind={kind} {...props} />
          ))}
        </select>
      </Field>
      {chosen !== undefined && ownerIn(chosen, props).kind === 'other' ? (
        <p class="note">{words('emergency.ask.other.note')}</p>
      ) : null}
      <Field id="glass-reason" label={words('emergency.ask.reason')}>
        <select
          id="glass-reason"
          value={draft.reason}
          onChange={({ currentTarget }) =>
            change({ reason: emergencyReasons.find(one => one === currentTarget.value) ?? 'ETREAT' })
          }
        >
          {emergencyReasons.map(one => (
            <option key={one} value={one}>
              {words(`emergency.reason.${one}`)}
            </option>
          ))}
        </select>
      </Field>
    </>
  )
}

/** Known owners first: anybody can make a set that says the same as theirs. */
function SetsOf({ kind, ...props }: EmergencyProps & { readonly kind: OwnerKind }) {
  const sets = props.found.sets.filter(one => ownerIn(one, props).kind === kind)
  if (sets.length === 0) return null
  return (
    <optgroup label={props.words(`emergency.ask.${kind}`)}>
      {sets.map(one => (
        <option key={keyOf(one)} value={keyOf(one)}>
          {nameOfSet(one, props)}
        </option>
      ))}
    </optgroup>
  )
}

const ownerIn = (one: SetView, { session, emergencies }: EmergencyProps): Owner =>
  ownerOfSet(one, session, emergencies.roster)

function Why({ draft, change, words }: DraftProps) {
  return (
    <>
      <Field id="glass-who" label={words('emergency.ask.who')}>
        <input
          id="glass-who"
          required
          maxLength={maxWhoLength}
          autocomplete="off"
          value={draft.who}
          onInput={({ currentTarget }) => change({ who: currentTarget.value })}
        />
      </Field>
      <Field id="glass-text" label={words('emergency.ask.text')} help={words('emergency.ask.text.help')}>
        <textarea
          id="glass-text"
          rows={3}
          required
          maxLength={maxTextLength}
          aria-describedby="glass-text-help"
          value={draft.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </Field>
    </>
  )
}

interface TimesProps extends DraftProps {
  readonly decides: readonly number[]
  readonly accesses: readonly number[]
}

function Times({ draft, change, decides, accesses, words, texts: { language } }: TimesProps) {
  const spanOf = (minutes: number): string => spanText(minutes, language)
  return (
    <>
      <Choice
        id="glass-decide"
        label={words('emergency.ask.decide')}
        all={decides}
        value={among(decides, draft.decide)}
        spanOf={spanOf}
        choose={decide => change({ decide })}
      />
      <Choice
        id="glass-access"
        label={words('emergency.ask.access')}
        all={accesses}
        value={among(accesses, draft.access)}
        spanOf={spanOf}
        choose={access => change({ access })}
      />
    </>
  )
}

/** What was chosen, where the set still allows it. */
const among = (all: readonly number[], chosen: number): number =>
  all.includes(chosen) ? chosen : (all.at(-1) ?? 1)

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

function nameOfSet(one: SetView, props: EmergencyProps): string {
  const { words, texts } = props
  const { set, isStale } = one
  const { isDrill } = set.content
  const { role } = ownerIn(one, props)
  const who = nameOfKid(set.by, props)
  const owner =
    role === null ? who : words('safeguard.custodian', { who, role: texts.t(`device.role.${role}`) })
  const about = words('emergency.ask.option', { about: set.content.about, owner })
  const marks = [
    ...(isDrill ? [words('emergency.drill')] : []),
    ...(isStale === true ? [words('emergency.ask.stale')] : []),
  ]
  return marks.length === 0 ? about : `${about} (${marks.join(', ')})`
}
