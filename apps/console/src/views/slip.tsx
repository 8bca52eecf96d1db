/** One prescription of a patient: its code for the counter, on the screen and on paper, and what was given out. */
import { fitsOneCode } from '@chartseal/clinic/prescriptions'
import { useRef } from 'preact/hooks'
import type { SlipView } from '../ledger/slips.js'
import { rxWordsOf } from '../text/prescription-words.js'
import type { ScreenProps } from './lazy.js'
import { OneMoment } from './parts.js'
import { doctorOf, SlipsFailure, stateOf, useSlips } from './prescriptions.js'
import { Qr } from './qr.js'
import type { RxProps } from './rx-parts.js'
import { unitsText } from './units-text.js'
import { untilText } from './until-text.js'

interface SlipProps extends RxProps {
  readonly slip: SlipView
}

export function Slip({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = rxWordsOf(texts)
  const screen = useSlips(session)
  const slip = screen.slips.value?.find(({ ref }) => ref === app.route.value.pairId)
  return (
    <section class="narrow">
      <a class="step" href="#/prescriptions">
        {words('rx.back')}
      </a>
      <h1>
        <bdi>{slip?.medicine ?? words('rx.one')}</bdi>
      </h1>
      <SlipsFailure {...{ screen, words, texts }} />
      {slip !== undefined ? (
        <Whole {...{ slip, session, words, texts }} />
      ) : screen.slips.value === null ? (
        <OneMoment timer={session} texts={texts} />
      ) : (
        <p class="note">{words('rx.gone')}</p>
      )}
    </section>
  )
}

function Whole(props: SlipProps) {
  const { slip, session, words, texts } = props
  const { when } = texts
  if (!slip.isOurs)
    return <p class="note">{words('patient.not-ours', { doctor: doctorOf(session, slip, words) })}</p>
  return (
    <>
      <p
        role="status"
        class={slip.seen?.kind === 'ready' ? 'good' : 'note'}
        data-state={slip.seen?.kind ?? 'none'}
      >
        {stateOf(slip, words)}
        {slip.seen === null ? '' : `, ${words('seen.age', { when: when(slip.seen.asOfMs) })}`}
      </p>
      {fitsOneCode(slip.text) ? <Code {...props} /> : <p class="note">{words('patient.long')}</p>}
      <details>
        <summary>{words('patient.text')}</summary>
        <p class="code" data-slip>
          {slip.text}
        </p>
      </details>
      <Given {...props} />
    </>
  )
}

/** On paper stands what a person needs to know which one it is. */
function Code({ slip, session, words, texts }: SlipProps) {
  const { date } = texts
  const dialog = useRef<HTMLDialogElement>(null)
  const label = words('patient.qr', { medicine: slip.medicine })
  return (
    <>
      <div class="row">
        <button type="button" onClick={() => dialog.current?.showModal()}>
          {words('patient.full')}
        </button>
        <button type="button" class="quiet" onClick={() => print()}>
          {words('patient.print')}
        </button>
      </div>
      <div class="sheets">
        <article class="sheet">
          <Qr text={slip.text} label={label} />
          <p>
            <bdi>{slip.medicine}</bdi>
          </p>
          <dl class="facts">
            <dt>{words('facts.dosage')}</dt>
            <dd class="text">{slip.dosage}</dd>
            <dt>{words('facts.units')}</dt>
            <dd>{unitsText(slip.quantity, slip.unit)}</dd>
            <dt>{words('facts.until')}</dt>
            <dd>{untilText(slip.until, slip.untilMs, texts)}</dd>
            <dt>{words('facts.signed')}</dt>
            <dd>
              {date(slip.authoredMs)} · <bdi>{doctorOf(session, slip, words)}</bdi>
            </dd>
          </dl>
        </article>
      </div>
      <dialog ref={dialog} class="full" aria-label={label}>
        <Qr text={slip.text} label={label} />
        <button type="button" onClick={() => dialog.current?.close()}>
          {words('patient.close')}
        </button>
      </dialog>
    </>
  )
}

function Given({ slip, words, texts: { when } }: SlipProps) {
  const changes = slip.seen?.changes ?? []
  return (
    <>
      <h2>{words('patient.given')}</h2>
      {changes.length === 0 ? <p class="help">{words('patient.given.none')}</p> : null}
      <ul class="list entries">
        {changes.map(({ kind, units, atMs, by }, i) => (
          <li key={i} class="entry">
            <p>
              {kind === 'dispense'
                ? words('change.dispense', { units: unitsText(units, slip.unit), when: when(atMs) })
                : words(kind === 'cancel' ? 'change.cancel' : 'change.replace', { when: when(atMs) })}
              {by === '' ? '' : ` · ${words('change.by', { name: by })}`}
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}
