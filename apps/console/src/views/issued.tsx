/** One prescription that this doctor signed: how far it is, what was given out, and its end. */
import { refusalReason } from '@chartseal/clinic/prescriptions'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { RxForm } from '../ledger/form.js'
import type { IssuedView } from '../ledger/issued.js'
import { txidIn } from '../ledger/issued.js'
import type { App } from '../state/app.js'
import { createIssuedOne, type IssuedOne } from '../state/ledger/issued.js'
import { createPrescribing } from '../state/ledger/prescribing.js'
import { rxWordsOf } from '../text/prescription-words.js'
import { Ask } from './ask.js'
import type { ScreenProps } from './lazy.js'
import { OneMoment } from './parts.js'
import { WriteAndSign } from './prescribe.js'
import { nameOfPatient, ReadAndSign, RxFailure, type RxProps } from './rx-parts.js'
import { unitsText } from './units-text.js'
import { untilText } from './until-text.js'

interface OneProps extends RxProps {
  readonly app: App
  readonly one: IssuedOne
  readonly view: IssuedView
}

export function Issued({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = rxWordsOf(texts)
  const { pairId: id } = app.route.value
  const one = useMemo(() => createIssuedOne(session, id), [session, id])
  const changes = session.recordChanges.value
  useEffect(() => void one.load(), [one, changes])
  const round = useSignal(0)
  useEffect(() => follow(one, session), [one, round.value])
  const { value: view } = one.view
  if (view !== null)
    return <Whole {...{ app, session, one, view, words, texts }} onEnded={() => round.value++} />
  if (!one.isRead.value && one.task.error.value === null)
    return (
      <section class="narrow" data-loading>
        <OneMoment timer={session} texts={texts} />
      </section>
    )
  return (
    <section class="narrow">
      <h1>{words('rx.one')}</h1>
      <RxFailure task={one.task} words={words} texts={texts} />
      {one.isRead.value ? <p class="note">{words('rx.gone')}</p> : null}
    </section>
  )
}

const followMs = 1_500
const followTimes = 20

/** Until it is final a person sees each step; from then on they ask. */
function follow(one: IssuedOne, { wait, signal }: ScreenProps['session']): () => void {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const isOpen = (): boolean => {
    const { value: view } = one.view
    return (
      view === null ||
      view.stage === 'signed' ||
      view.stage === 'taken' ||
      view.end === 'under-way' ||
      (view.stage === 'final' && !view.hasSlip)
    )
  }
  const run = async (): Promise<void> => {
    for (let left = followTimes; left > 0 && !ended.aborted; left--) {
      await one.look()
      if (!isOpen()) return
      await wait(followMs, ended)
    }
  }
  void run()
  return () => over.abort()
}

function Whole(props: OneProps & { onEnded: () => void }) {
  const { one, view, words, session, texts } = props
  const replacing = useSignal<RxForm | null>(null)
  const patient = nameOfPatient(session, view.patientId, words)
  if (one.ending.reading.value !== null)
    return (
      <ReadAndSign
        {...{ session, words, texts }}
        signing={one.ending}
        title="read.title.cancel"
        go={words('read.sign.cancel')}
        onSign={() => void one.ending.sign().then(props.onEnded)}
      />
    )
  if (replacing.value !== null) return <Replace {...props} form={replacing.value} />
  return (
    <section class="narrow">
      <a class="step" href="#/prescriptions">
        {words('rx.back')}
      </a>
      <h1>
        <bdi>{view.medicine === '' ? words('rx.one') : view.medicine}</bdi>
      </h1>
      <Standing {...props} />
      <RxFailure task={one.task} words={words} texts={texts} />
      <RxFailure task={one.ending.task} words={words} texts={texts} />
      <Facts {...props} />
      <Acts {...props} onReplace={form => (replacing.value = form)} />
      <Thread {...{ session, view, words, patient }} />
      {mayShred(view) ? <Shred one={one} view={view} words={words} /> : null}
    </section>
  )
}

function Standing({ view, words, session }: OneProps) {
  const { stage, end, code, hasSlip, patientId } = view
  const patient = nameOfPatient(session, patientId, words)
  if (end !== 'none')
    return (
      <p role="status" class="note" data-state={end}>
        {words(`end.${end}`)}
      </p>
    )
  return (
    <div role="status" class={stage === 'final' ? 'good' : 'note'} data-state={stage}>
      <p>{words(`issued.${stage}`, { why: words(`why.${refusalReason(code)}`, { code }) })}</p>
      {stage === 'final' ? <p>{words(hasSlip ? 'issued.slip' : 'issued.no-slip', { patient })}</p> : null}
    </div>
  )
}

function Facts({ one, view, words, session, texts }: OneProps) {
  const { when } = texts
  const { value: proven } = one.proven
  const left = proven !== null && 'left' in proven.verdict ? proven.verdict.left : view.quantity
  return (
    <dl class="facts">
      <dt>{words('facts.patient')}</dt>
      <dd>
        <bdi>{nameOfPatient(session, view.patientId, words)}</bdi>
      </dd>
      <dt>{words('facts.dosage')}</dt>
      <dd class="text">{view.isShredded ? words('issued.shredded') : view.dosage}</dd>
      <dt>{words('facts.units')}</dt>
      <dd>{unitsText(view.quantity, view.unit)}</dd>
      <dt>{words('facts.until')}</dt>
      <dd>{untilText(view.until, view.untilMs, texts)}</dd>
      <dt>{words('facts.signed')}</dt>
      <dd>{when(view.authoredMs)}</dd>
      {proven === null ? null : (
        <>
          <dt>{words('facts.state')}</dt>
          <dd data-proven={proven.verdict.kind}>
            {words(`seen.${proven.verdict.kind}`, { left })},{' '}
            {words('seen.age', { when: when(proven.asOfMs) })}
          </dd>
        </>
      )}
    </dl>
  )
}

function Acts({ one, view, words, onReplace }: OneProps & { onReplace: (form: RxForm) => void }) {
  const isBusy = one.task.isBusy.value || one.ending.task.isBusy.value
  const isOpen = view.stage === 'final' && view.end === 'none'
  const replace = async (): Promise<void> => {
    const form = await one.form()
    if (form !== null) onReplace(form)
  }
  return (
    <div class="row">
      <button type="button" class="quiet small" disabled={isBusy} onClick={() => void one.look()}>
        {words('issued.look')}
      </button>
      {isOpen ? (
        <>
          {view.isShredded ? null : (
            <button type="button" class="quiet small" disabled={isBusy} onClick={() => void replace()}>
              {words('issued.replace')}
            </button>
          )}
          <button type="button" class="danger small" disabled={isBusy} onClick={() => void one.cancel()}>
            {words('issued.cancel')}
          </button>
        </>
      ) : null}
    </div>
  )
}

/** Not while its patient has no slip of it and can still get one, nor while nobody knows what becomes of it. */
function mayShred({ isShredded, stage, end, hasSlip }: IssuedView): boolean {
  if (isShredded || end === 'under-way') return false
  return stage === 'not-sent' || (stage === 'final' && (hasSlip || end !== 'none'))
}

/** What stays is read before it is asked for a second time. */
function Shred({ one, view, words }: Pick<OneProps, 'one' | 'view' | 'words'>) {
  return (
    <Ask
      look="quiet small"
      open={words('shred.ask')}
      ask={words('shred.what', { medicine: view.medicine })}
      help={words('shred.stays')}
      go={words('shred.go')}
      cancel={words('shred.back')}
      isBusy={one.task.isBusy.value}
      act={() => void one.shred()}
    />
  )
}

function Thread({
  session,
  view,
  words,
  patient,
}: Pick<OneProps, 'session' | 'view' | 'words'> & { patient: string }) {
  const pair = session.pairs.value.find(({ patientId }) => patientId === view.patientId)
  if (pair === undefined) return null
  return (
    <p>
      <a class="step" href={`#/thread/${pair.id}`}>
        {words('issued.thread', { patient })}
      </a>
    </p>
  )
}

/** For the patient of the one that it replaces, and for nobody else. */
function Replace({ app, session, view, words, texts, form }: OneProps & { form: RxForm }) {
  const pair = session.pairs.value.find(({ patientId }) => patientId === view.patientId)
  const screen = useMemo(
    () => (pair === undefined ? null : createPrescribing(session, pair, { txid: txidIn(view.id), form })),
    [session, view.id],
  )
  if (screen === null) return <p class="note">{words('form.nobody')}</p>
  return <WriteAndSign {...{ app, session, screen, words, texts }} title="form.replace" />
}
