/** What became of a dispensing, what to do now, and what was begun before. */
import { shortId } from '@chartseal/emr-ledger'
import { saveFile } from '../browser/files.js'
import type { CounterStage } from '../state/counter.js'
import { refusalText } from '../text/counter-errors.js'
import type { CounterProps } from './counter.js'
import { patientText } from './counter-slip.js'
import { proofText } from './finality-text.js'
import { unitsText } from './units-text.js'

export function Sent({
  screen,
  stage,
  words,
  texts,
}: CounterProps & { readonly stage: Extract<CounterStage, { kind: 'sent' }> }) {
  const { delivery, units, txid, looked } = stage
  const { kind } = delivery
  const isBusy = screen.task.isBusy.value
  const isOpen = kind === 'no-answer' || kind === 'waiting' || kind === 'refused'
  return (
    <>
      <div class={kind === 'final' ? 'good' : kind === 'waiting' ? 'note' : 'failure'} role="status">
        <p class="verdict" data-delivery={kind}>
          {words(`counter.done.${kind}`, { units: unitsText(units, looked?.view.words.unit ?? '') })}
        </p>
        <p>{whatText(stage, words)}</p>
        <p>{helpOf(stage, words)}</p>
        {delivery.kind !== 'final' ? null : <p data-proof>{proofText(delivery.checked, words, texts)}</p>}
      </div>
      <div class="row">
        {isOpen ? (
          <button type="button" disabled={isBusy} onClick={() => void screen.retry(txid)}>
            {words(kind === 'waiting' ? 'counter.look-now' : 'counter.send-again')}
          </button>
        ) : null}
        {isOpen || looked === null ? null : (
          <button type="button" class="quiet" disabled={isBusy} onClick={() => void screen.again()}>
            {words('counter.again')}
          </button>
        )}
        <button type="button" class={isOpen ? 'quiet' : ''} disabled={isBusy} onClick={() => screen.next()}>
          {words('counter.next')}
        </button>
      </div>
    </>
  )
}

/** Of the slip where it is at hand; the ledger itself knows an id alone. */
function whatText(
  { looked, prescription }: Extract<CounterStage, { kind: 'sent' }>,
  words: CounterProps['words'],
): string {
  if (looked === null) return `${words('counter.id')}: ${shortId(prescription)}`
  return words('counter.done.what', {
    medicine: looked.view.words.medicine,
    patient: patientText(looked),
  })
}

function helpOf(
  { delivery, looked }: Extract<CounterStage, { kind: 'sent' }>,
  words: CounterProps['words'],
): string {
  if (delivery.kind === 'refused') return refusalText(delivery.code, words)
  if (delivery.kind === 'final' && looked === null) return words('counter.done.late.help')
  return words(`counter.done.${delivery.kind}.help`)
}

/** Nothing of it reached the ledger. */
export function RefusedSlip({
  screen,
  stage,
  words,
  texts,
}: CounterProps & { readonly stage: Extract<CounterStage, { kind: 'refused' }> }) {
  const { refusal, looked } = stage
  const id = shortId(looked.view.slip.record.txid)
  const when = texts.date(refusal.atMs)
  const note = words('counter.refused.file', { id, when, reason: refusal.reason })
  return (
    <>
      <h2>{words('counter.refused.title')}</h2>
      <p class="note">{words('counter.refused.before', { when, reason: refusal.reason })}</p>
      <p class="help">{words('counter.refuse.help')}</p>
      <div class="row">
        <button type="button" onClick={() => screen.next()}>
          {words('counter.next')}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => saveFile(`chartseal-${id.replaceAll(' ', '')}.txt`, note, 'text/plain')}
        >
          {words('counter.refused.note')}
        </button>
      </div>
    </>
  )
}

/** Dispensings of this device of which nobody knows yet how they ended, but for the one on the screen. */
export function UnderWayList({ screen, words, texts }: CounterProps) {
  const { value: stage } = screen.stage
  const shown = stage.kind === 'sent' ? shortId(stage.txid) : ''
  const all = screen.underWay.value.filter(({ txid }) => shortId(txid) !== shown)
  if (all.length === 0) return null
  return (
    <>
      <h2>{words('counter.under-way')}</h2>
      <p class="help">{words('counter.under-way.help')}</p>
      <ul data-under-way>
        {all.map(({ txid, prescription, units, signedMs }) => {
          const id = shortId(prescription)
          const what = words('counter.under-way.one', { units, id, when: texts.date(signedMs) })
          return (
            <li key={shortId(txid)}>
              <p>{what}</p>
              <button
                type="button"
                class="quiet small"
                aria-label={`${words('counter.send-again')}: ${what}`}
                disabled={screen.task.isBusy.value}
                onClick={() => void screen.retry(txid)}
              >
                {words('counter.send-again')}
              </button>
            </li>
          )
        })}
      </ul>
    </>
  )
}
