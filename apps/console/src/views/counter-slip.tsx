/** A slip at the counter: whose it is, what it says, what is proven of it, and the text that is signed. */
import { type CounterView, canDispense, readBody, type Verdict } from '@chartseal/clinic/prescriptions'
import { shortId } from '@chartseal/emr-ledger'
import { useMemo } from 'preact/hooks'
import { maxReasonChars } from '../counter/refusals.js'
import type { Scanned } from '../counter/scanned.js'
import { dayIn } from '../ledger/form.js'
import { msOf } from '../ledger/seconds.js'
import type { CounterStage, Looked } from '../state/counter.js'
import type { CounterProps } from './counter.js'
import { proofText } from './finality-text.js'
import { Field, valuesOf } from './parts.js'
import { unitsText } from './units-text.js'
import { untilText } from './until-text.js'

interface SlipProps extends CounterProps {
  readonly looked: Looked
}

export function SlipView(props: SlipProps) {
  const { screen, looked, words, texts } = props
  const { view, refusals } = looked
  return (
    <>
      <h2 class="patient">{words('counter.patient', { patient: patientText(looked) })}</h2>
      <VerdictView {...props} />
      <OtherPatient {...props} />
      <Twice {...props} />
      {refusals.map(({ atMs, reason }) => (
        <p key={atMs} class="note">
          {words('counter.refused.before', { when: texts.date(atMs), reason })}
        </p>
      ))}
      <Facts {...props} />
      <GivenOut {...props} />
      {canDispense(view.verdict) ? <Choose {...props} left={view.verdict.left} /> : null}
      <div class="row">
        <button type="button" class="quiet" onClick={() => void screen.again()}>
          {words('counter.again')}
        </button>
        <button type="button" class="quiet" onClick={() => screen.next()}>
          {words('counter.next')}
        </button>
      </div>
      <Refuse {...props} />
    </>
  )
}

/** Their name, where the prescription has it and is theirs, and the id for which it is signed. */
export function patientText({ view, otherPatient }: Looked): string {
  const { patient } = view.words
  const { patientId } = view.slip
  return patient === '' || otherPatient !== null ? patientId : `${patient}, ${patientId}`
}

/** One word of it, and what to do. */
function VerdictView({ looked: { view }, words, texts }: SlipProps) {
  const { verdict, prescriber } = view
  const { kind } = verdict
  const when = kind === 'expired' ? untilText(dayIn(view.slip.body), msOf(verdict.since), texts) : ''
  const signed = prescriber === null ? 'counter.is.offline.unsigned' : 'counter.is.offline.signed'
  return (
    <div class={canDispense(verdict) ? 'good' : kind === 'not-final-yet' ? 'note' : 'failure'} role="status">
      <p class="verdict" data-verdict={kind}>
        {words(`counter.is.${kind}`)}
      </p>
      <p>{words(`counter.is.${kind}.help`, { when })}</p>
      {kind === 'offline' ? <p>{words(signed)}</p> : null}
      {kind === 'replaced' ? <p>{words('counter.is.replaced.by', { id: shortId(verdict.by) })}</p> : null}
      {(kind === 'cancelled' || kind === 'replaced') && verdict.at !== null ? (
        <p>{words('counter.ended-on', { when: texts.date(msOf(verdict.at)) })}</p>
      ) : null}
      {view.checked === null ? null : <p data-proof>{proofText(view.checked, words, texts)}</p>}
    </div>
  )
}

/** Said before anything is dispensed, and once more before it is signed. */
function OtherPatient({ looked: { otherPatient: name, view }, words }: SlipProps) {
  if (name === null) return null
  return (
    <div class="note" role="alert" data-other-patient>
      <p>
        <strong>{words('counter.other-patient', { name })}</strong>
      </p>
      <p>{words('counter.other-patient.help', { patient: view.slip.patientId })}</p>
    </div>
  )
}

/** The same. */
function Twice({ looked: { others }, words, texts }: SlipProps) {
  if (others.length === 0) return null
  const line = ({ view: { slip, verdict }, atMs }: Scanned): string => {
    const state = words(`counter.is.${verdict.kind}`)
    const common = { id: shortId(slip.record.txid), when: texts.time(atMs), state }
    if (!('left' in verdict)) return words('counter.twice.unknown', common)
    return words('counter.twice.one', { ...common, left: verdict.left, of: verdict.of })
  }
  return (
    <div class="note" role="alert">
      <p>
        <strong>{words('counter.twice')}</strong>
      </p>
      {others.map(other => (
        <p key={shortId(other.view.slip.record.txid)}>{line(other)}</p>
      ))}
      <p>{words('counter.twice.help')}</p>
    </div>
  )
}

function Facts({ looked: { view }, words, texts }: SlipProps) {
  const { slip, verdict } = view
  const { medicine, dosage, unit } = view.words
  const counted =
    'left' in verdict
      ? words('counter.left.of', { left: verdict.left, of: unitsText(verdict.of, unit) })
      : null
  const body = useMemo(() => readBody(slip.body, texts.language), [slip, texts.language])
  return (
    <>
      <dl class="facts">
        <dt>{words('counter.medicine')}</dt>
        <dd class="medicine">{medicine}</dd>
        {dosage === '' ? null : (
          <>
            <dt>{words('counter.dosage')}</dt>
            <dd>{dosage}</dd>
          </>
        )}
        {counted === null ? null : (
          <>
            <dt>{words('counter.left')}</dt>
            <dd data-left>{counted}</dd>
          </>
        )}
        <dt>{words('counter.until')}</dt>
        <dd>{untilText(dayIn(slip.body), msOf(slip.claims.validUntil), texts)}</dd>
        <dt>{words('counter.prescriber')}</dt>
        <dd>{signerText(view, words)}</dd>
        <dt>{words('counter.signed-on')}</dt>
        <dd>{texts.date(msOf(slip.claims.authoredOn))}</dd>
        <dt>{words('counter.id')}</dt>
        <dd class="code">{shortId(slip.record.txid)}</dd>
      </dl>
      <details>
        <summary>{words('counter.text')}</summary>
        <pre class="signed-text">{body}</pre>
      </details>
    </>
  )
}

function signerText({ prescriber }: CounterView, words: CounterProps['words']): string {
  if (prescriber === null) return words('counter.prescriber.unknown')
  const { name, kid } = prescriber
  return name === '' ? words('counter.prescriber.key', { key: shortId(kid) }) : name
}

/** As many as its prescriber wants given out at a time, or one. */
function Choose({ screen, looked, words, left }: SlipProps & { readonly left: number }) {
  const { each, unit } = looked.view.words
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void screen.choose(Number(valuesOf(event.currentTarget)('units')))
      }}
    >
      <Field id="units" label={words('counter.units', { left: unitsText(left, unit) })}>
        <input
          id="units"
          name="units"
          type="number"
          required
          min={1}
          max={left}
          step={1}
          defaultValue={`${Math.min(Math.max(each, 1), left)}`}
        />
      </Field>
      <button type="submit" disabled={screen.task.isBusy.value}>
        {words('counter.read')}
      </button>
    </form>
  )
}

function Refuse({ screen, words }: SlipProps) {
  return (
    <details>
      <summary>{words('counter.refuse')}</summary>
      <form
        onSubmit={event => {
          event.preventDefault()
          void screen.refuse(valuesOf(event.currentTarget)('reason'))
        }}
      >
        <Field id="reason" label={words('counter.refuse.reason')} help={words('counter.refuse.help')}>
          <textarea id="reason" name="reason" rows={3} required maxLength={maxReasonChars} />
        </Field>
        <button type="submit" class="quiet" disabled={screen.task.isBusy.value}>
          {words('counter.refuse.go')}
        </button>
      </form>
    </details>
  )
}

/** When and how much; by this device, and otherwise not by whom. */
function GivenOut({ looked: { view }, screen, words, texts }: SlipProps) {
  const { checked, verdict } = view
  if (checked === null || !isCounted(verdict) || verdict.given.length === 0) return null
  return (
    <>
      <h2>{words('counter.given')}</h2>
      <ul>
        {(checked.prescription?.changes ?? []).map(({ txid, claims }) =>
          claims.kind === 'dispense' ? (
            <li key={shortId(txid)}>
              {words(screen.signedHere(txid) ? 'counter.given.here' : 'counter.given.one', {
                units: unitsText(claims.quantity, view.words.unit),
                when: texts.date(msOf(claims.authoredOn)),
              })}
            </li>
          ) : null,
        )}
      </ul>
    </>
  )
}

const isCounted = (verdict: Verdict): verdict is Extract<Verdict, { readonly given: unknown }> =>
  'given' in verdict

/** The text that will be signed stands alone. */
export function Reading(
  props: CounterProps & { readonly stage: Extract<CounterStage, { kind: 'reading' }> },
) {
  const { screen, stage, words, texts } = props
  const { looked, units, prepared } = stage
  const { verdict } = looked.view
  const { medicine, unit } = looked.view.words
  const count = unitsText(units, unit)
  const left = 'left' in verdict ? verdict.left : units
  const isBusy = screen.task.isBusy.value
  return (
    <>
      <h2>{words('counter.sign.title')}</h2>
      <p>{words('counter.sign.what', { units: count, left, medicine, patient: patientText(looked) })}</p>
      <OtherPatient {...props} looked={looked} />
      <Twice {...props} looked={looked} />
      <pre class="signed-text" data-signed>
        {prepared.prepared.text[texts.language]}
      </pre>
      <div class="row">
        <button type="button" disabled={isBusy} onClick={() => void screen.sign()}>
          {isBusy ? words('counter.sign.busy') : words('counter.sign', { units: count })}
        </button>
        <button type="button" class="quiet" disabled={isBusy} onClick={() => screen.back()}>
          {words('counter.sign.back')}
        </button>
      </div>
    </>
  )
}
