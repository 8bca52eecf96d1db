/** An owner prepares one of their records for emergencies: who together can open it, and on which terms. */
import type { EmergencyPolicy } from '@chartseal/clinic/break-glass'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { createSafeguard, type SafeguardScreen, suggested } from '../state/emergency/safeguard.js'
import { type EmergencyWords, emergencyWordsOf } from '../text/emergency-words.js'
import type { Texts } from '../text/texts.js'
import { Choice } from './emergency-ask.js'
import { ActFailure, type EmergencyProps, nameOfKid, Reading, useEmergencies } from './emergency-parts.js'
import type { ScreenProps } from './lazy.js'
import { Field, OneMoment } from './parts.js'
import { spanText } from './span-text.js'

const decideChoices = [15, 60, 240, 1_440] as const
const accessChoices = [60, 240, 1_440, 4_320, 10_080] as const
const waitChoices = [0, 5, 15, 60] as const
const minuteMs = 60_000
const maxAboutLength = 120

interface PartProps extends Omit<EmergencyProps, 'found' | 'nowMs'> {
  readonly screen: SafeguardScreen
}

export function Safeguard({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = emergencyWordsOf(texts)
  const { pairId: record } = app.route.value
  const emergencies = useEmergencies(session)
  const screen = useMemo(() => createSafeguard(session, emergencies, record), [session, record])
  const isRostered = emergencies.found.value?.roster != null
  useEffect(() => {
    if (isRostered) void screen.load()
  }, [screen, isRostered])
  const props = { app, session, emergencies, screen, words, texts }
  return (
    <section class="wide">
      <a class="step" href={`#/own/${record}`}>
        {words('safeguard.back')}
      </a>
      <h1>{words('safeguard.title')}</h1>
      <p>{words('safeguard.lead')}</p>
      {emergencies.found.value === null ? (
        <OneMoment timer={session} texts={texts} />
      ) : isRostered ? (
        <Body {...props} record={record} />
      ) : (
        <p class="note">{words('emergency.roster.none')}</p>
      )}
      <Reading {...props} />
    </section>
  )
}

function Body(props: PartProps & { readonly record: string }) {
  const { screen, session, texts, words } = props
  const { value: custodians } = screen.custodians
  return (
    <>
      <Have {...props} />
      {screen.isMade.value ? (
        <p role="status" class="good">
          {words('safeguard.made')}
        </p>
      ) : null}
      {custodians === null ? (
        <OneMoment timer={session} texts={texts} />
      ) : custodians.length < 2 ? (
        <p class="note">{words('safeguard.custodians.none')}</p>
      ) : (
        <Form {...props} />
      )}
      <ActFailure {...props} task={screen.task} />
    </>
  )
}

function Have({ emergencies, record, session, words, texts }: PartProps & { readonly record: string }) {
  const { kid } = session.device
  const have = (emergencies.found.value?.sets ?? []).filter(
    ({ set }) => set.by === kid && encodeBase64Url(set.content.record.packageId) === record,
  )
  if (have.length === 0) return null
  return (
    <>
      <h2>{words('safeguard.have')}</h2>
      <ul class="list">
        {have.map(({ set, isStale }) => (
          <li key={set.hash.join()}>
            <p>
              {words('safeguard.have.one', {
                about: set.content.about,
                threshold: set.content.policy.threshold,
                of: set.content.custodians.length,
                when: texts.date(set.content.createdMs),
              })}
            </p>
            {isStale === true ? <p class="note">{words('safeguard.have.stale')}</p> : null}
          </li>
        ))}
      </ul>
    </>
  )
}

function Form(props: PartProps) {
  const { screen, words } = props
  const about = useSignal('')
  const patient = useSignal('')
  const isDrill = useSignal(false)
  const terms = useSignal<Partial<EmergencyPolicy>>({})
  const numChosen = screen.chosen.value.size
  const policy = suggested(terms.value, numChosen, screen.mostWitnesses)
  const isReady = numChosen >= 2 && about.value.trim() !== ''
  const set = (change: Partial<EmergencyPolicy>): void => {
    terms.value = { ...terms.value, ...change }
  }
  const make = async (): Promise<void> => {
    if (!isReady) return
    const wishes = { about: about.value.trim(), patient: patient.value, isDrill: isDrill.value, policy }
    if (await screen.make(wishes)) about.value = ''
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void make()
      }}
    >
      <h2>{words('safeguard.own')}</h2>
      <Custodians {...props} />
      <Field id="glass-about" label={words('safeguard.about')} help={words('safeguard.about.help')}>
        <input
          id="glass-about"
          required
          maxLength={maxAboutLength}
          autocomplete="off"
          aria-describedby="glass-about-help"
          value={about.value}
          onInput={({ currentTarget }) => (about.value = currentTarget.value)}
        />
      </Field>
      <Patient {...props} value={patient.value} choose={kid => (patient.value = kid)} />
      <Terms {...props} policy={policy} numChosen={numChosen} set={set} />
      <label class="check">
        <input
          type="checkbox"
          checked={isDrill.value}
          onChange={({ currentTarget }) => (isDrill.value = currentTarget.checked)}
        />{' '}
        {words('safeguard.drill')}
      </label>
      {numChosen >= 2 ? (
        <p class="note">{words('safeguard.collude', { threshold: policy.threshold })}</p>
      ) : null}
      <button type="submit" disabled={!isReady || screen.task.isBusy.value}>
        {words('safeguard.go')}
      </button>
    </form>
  )
}

function Custodians(props: PartProps) {
  const { screen, words, texts } = props
  return (
    <fieldset>
      <legend>{words('safeguard.custodians')}</legend>
      {(screen.custodians.value ?? []).map(({ key, role }) => (
        <label key={key.by} class="check">
          <input
            type="checkbox"
            checked={screen.chosen.value.has(key.by)}
            onChange={() => screen.toggle(key.by)}
          />{' '}
          {words('safeguard.custodian', {
            who: nameOfKid(key.by, props),
            role: texts.t(`device.role.${role}`),
          })}
        </label>
      ))}
    </fieldset>
  )
}

interface PatientProps extends PartProps {
  readonly value: string
  readonly choose: (kid: string) => void
}

/** Of those whom this device is paired with; a patient who shares an own record is the owner, who is told anyway. */
function Patient({ session, words, value, choose }: PatientProps) {
  const patients = session.pairs.value.filter(({ isPaired, isColleague }) => isPaired && !isColleague)
  const own = session.device.role === 'patient'
  if (own) return null
  return (
    <Field id="glass-patient" label={words('safeguard.patient')}>
      <select id="glass-patient" value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{words('safeguard.patient.none')}</option>
        {patients.map(({ id, peerKid, peerName }) => (
          <option key={id} value={peerKid}>
            {peerName}
          </option>
        ))}
      </select>
    </Field>
  )
}

interface TermsProps {
  readonly words: EmergencyWords
  readonly texts: Texts
  readonly screen: SafeguardScreen
  readonly policy: EmergencyPolicy
  readonly numChosen: number
  readonly set: (change: Partial<EmergencyPolicy>) => void
}

function Terms({ words, texts, screen, policy, numChosen, set }: TermsProps) {
  const plain = (number: number): string => `${number}`
  const most = Math.max(2, numChosen)
  return (
    <>
      <Choice
        id="glass-threshold"
        label={words('safeguard.threshold')}
        all={upTo(2, most)}
        value={policy.threshold}
        spanOf={plain}
        choose={threshold => set({ threshold })}
      />
      <Choice
        id="glass-denials"
        label={words('safeguard.denials')}
        all={upTo(1, most - policy.threshold + 1)}
        value={policy.denials}
        spanOf={plain}
        choose={denials => set({ denials })}
      />
      <Choice
        id="glass-witnesses"
        label={words('safeguard.witnesses')}
        all={upTo(1, Math.max(1, screen.mostWitnesses))}
        value={policy.witnesses}
        spanOf={plain}
        choose={witnesses => set({ witnesses })}
      />
      <Spans {...{ words, texts, policy, set }} />
    </>
  )
}

function Spans({ words, texts, policy, set }: Omit<TermsProps, 'screen' | 'numChosen'>) {
  const spanOf = (minutes: number): string =>
    minutes === 0 ? words('safeguard.wait.0') : spanText(minutes, texts.language)
  return (
    <>
      <Choice
        id="glass-wait"
        label={words('safeguard.wait')}
        all={waitChoices}
        value={policy.waitMs / minuteMs}
        spanOf={spanOf}
        choose={minutes => set({ waitMs: minutes * minuteMs })}
      />
      <Choice
        id="glass-most-decide"
        label={words('safeguard.decide')}
        all={decideChoices}
        value={policy.maxDecideMs / minuteMs}
        spanOf={spanOf}
        choose={minutes => set({ maxDecideMs: minutes * minuteMs })}
      />
      <Choice
        id="glass-most-access"
        label={words('safeguard.access')}
        all={accessChoices}
        value={policy.maxAccessMs / minuteMs}
        spanOf={spanOf}
        choose={minutes => set({ maxAccessMs: minutes * minuteMs })}
      />
    </>
  )
}

const upTo = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(1, to - from + 1) }, (_, i) => from + i)
