/** Prescribing: the form, then what will be signed. Whom it is for is settled when it is opened. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { FormField } from '../ledger/form.js'
import type { App } from '../state/app.js'
import { createPrescribing, type Prescribing } from '../state/ledger/prescribing.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import { type RxKey, rxWordsOf } from '../text/prescription-words.js'
import type { ScreenProps } from './lazy.js'
import { Field, OneMoment } from './parts.js'
import { ReadAndSign, RxFailure, type RxProps } from './rx-parts.js'

export function Prescribe({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = rxWordsOf(texts)
  const { pairId } = app.route.value
  const pair = session.pairs.value.find(one => one.id === pairId && one.isPaired)
  const stop = pair === undefined ? 'form.nobody' : stopOf(session, pair)
  if (pair === undefined || stop !== null)
    return (
      <section class="narrow">
        <h1>{words('rx.title')}</h1>
        <p class="note">{words(stop ?? 'form.nobody')}</p>
        {stop === 'form.kit' ? <a href="#/kit">{texts.t('kit.again')}</a> : null}
      </section>
    )
  return <ForPatient {...{ app, session, pair, words, texts }} />
}

/** Why nothing can be prescribed for them; `null` when it can. */
function stopOf({ device, pairs }: Session, pair: PairView): RxKey | null {
  if (device.role !== 'doctor' || pair.isColleague) return 'form.not-yours'
  if (pair.blockedMs > 0 || pair.isBlockedByPeer) return 'form.blocked'
  return pairs.value.some(({ isCovered }) => isCovered) ? null : 'form.kit'
}

function ForPatient({ app, session, pair, ...rest }: RxProps & { app: App; pair: PairView }) {
  // As it was at open: what changes on the way changes nobody.
  const screen = useMemo(() => createPrescribing(session, pair), [session, pair.id])
  useEffect(() => void screen.load(), [screen])
  return <WriteAndSign {...{ app, session, screen, ...rest }} title="form.title" />
}

interface WriteProps extends RxProps {
  readonly app: App
  readonly screen: Prescribing
  readonly title: RxKey
}

/** Form and text, one after the other. */
export function WriteAndSign({ app, screen, title, ...props }: WriteProps) {
  const { words } = props
  const { peerName: patient } = screen.patient
  const sign = async (): Promise<void> => {
    const id = await screen.sign()
    if (id !== null) app.route.value = { screen: 'prescription', pairId: id }
  }
  if (screen.signing.reading.value !== null)
    return (
      <ReadAndSign
        {...props}
        signing={screen.signing}
        title="read.title"
        go={words('read.sign', { patient })}
        onSign={() => void sign()}
      />
    )
  return <Form {...props} screen={screen} title={title} />
}

function Form({ screen, title, session, words, texts }: Omit<WriteProps, 'app'>) {
  const { peerName: patient, patientId: id } = screen.patient
  const { task } = screen.signing
  const asked = useSignal(0)
  return (
    <section class="narrow">
      <h1>{words(title, { patient })}</h1>
      <Missing screen={screen} words={words} asked={asked.value} />
      <p>{words('form.lead', { patient, id })}</p>
      <form
        onSubmit={event => {
          event.preventDefault()
          void screen.goOn()
          asked.value++
        }}
      >
        <Text screen={screen} words={words} field="medicine" max={120} />
        <Text screen={screen} words={words} field="dosage" max={500} isLong />
        <Text screen={screen} words={words} field="quantity" max={10} mode="numeric" />
        <Text screen={screen} words={words} field="unit" max={40} />
        <Text screen={screen} words={words} field="repeats" max={3} mode="numeric" />
        <Text screen={screen} words={words} field="until" max={10} type="date" />
        <Text screen={screen} words={words} field="note" max={500} isLong />
        <p class="help">{words(screen.unkept.value === null ? 'form.draft' : 'form.unkept')}</p>
        <RxFailure task={task} words={words} texts={texts} isDraft />
        <button type="submit" disabled={task.isBusy.value}>
          {words(task.isBusy.value ? 'form.busy' : 'form.go')}
        </button>
      </form>
      {task.isBusy.value ? <OneMoment timer={session} texts={texts} /> : null}
    </section>
  )
}

/** What a field takes that not everything fits. */
const wanted: Partial<Readonly<Record<FormField, RxKey>>> = {
  quantity: 'lacks.quantity',
  repeats: 'lacks.repeats',
  until: 'lacks.until',
}

const idOf = (field: FormField): string => `rx-${field}`

/** What lacks, on top; each leads to its field. */
function Missing({ screen, words, asked }: Pick<WriteProps, 'screen' | 'words'> & { asked: number }) {
  const { value: missing } = screen.missing
  const box = useRef<HTMLDivElement>(null)
  // Each time that a person asked to go on, not while they mend it.
  useEffect(() => {
    if (asked > 0 && missing.length > 0) box.current?.focus()
  }, [asked])
  return (
    <div ref={box} role="alert" tabIndex={-1} class={missing.length === 0 ? 'failure-none' : 'failure'}>
      {missing.length === 0 ? null : (
        <>
          <p>{words('form.lacks')}</p>
          <ul>
            {missing.map(field => (
              <li key={field}>
                <button
                  type="button"
                  class="link"
                  onClick={() => document.getElementById(idOf(field))?.focus()}
                >
                  {words(`field.${field}`)}
                </button>
                {wanted[field] === undefined ? null : `: ${words(wanted[field])}`}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

interface TextProps extends Pick<WriteProps, 'screen' | 'words'> {
  readonly field: FormField
  readonly max: number
  readonly isLong?: boolean
  readonly mode?: 'numeric'
  readonly type?: 'date'
}

function Text({ screen, words, field, max, isLong = false, mode, type }: TextProps) {
  const shared = {
    id: idOf(field),
    name: idOf(field),
    value: screen.form.value[field],
    maxLength: max,
    autocomplete: 'off' as const,
    'aria-invalid': screen.missing.value.includes(field),
  }
  const write = (text: string): void => void screen.write(field, text)
  return (
    <Field id={idOf(field)} label={words(`field.${field}`)}>
      {isLong ? (
        <textarea {...shared} rows={3} onInput={({ currentTarget }) => write(currentTarget.value)} />
      ) : (
        <input
          {...shared}
          {...(type === undefined ? {} : { type })}
          {...(mode === undefined ? {} : { inputMode: mode })}
          onInput={({ currentTarget }) => write(currentTarget.value)}
        />
      )}
    </Field>
  )
}
