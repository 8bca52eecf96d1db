/** The counter: a slip is scanned, what the ledger proves of it is said in one word, and units are dispensed. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { ScannedSlips } from '../counter/scanned.js'
import { deskOf } from '../ledger/desk.js'
import { CounterScreen, type CounterStage } from '../state/counter.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { counterErrorText } from '../text/counter-errors.js'
import { type CounterWords, counterWordsOf } from '../text/counter-words.js'
import type { Texts } from '../text/texts.js'
import { RefusedSlip, Sent, UnderWayList } from './counter-sent.js'
import { Reading, SlipView } from './counter-slip.js'
import type { ScreenProps } from './lazy.js'
import { Opening } from './opening.js'
import { Failure } from './parts.js'
import { Scanner } from './scanner.js'

export interface CounterProps {
  readonly screen: CounterScreen
  readonly words: CounterWords
  readonly texts: Texts
}

/** Until the device locks; whoever looks at another screen meanwhile finds them again. */
const scannedBy = new WeakMap<Session, ScannedSlips>()

function scannedIn(session: Session): ScannedSlips {
  const scanned = scannedBy.get(session) ?? new ScannedSlips()
  scannedBy.set(session, scanned)
  return scanned
}

export function Counter({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const words = counterWordsOf(texts)
  const opened = useSignal<CounterScreen | null>(null)
  const task = useMemo(() => createTask(session), [session])
  const open = (): Promise<boolean> =>
    task.run(async () => {
      const { unlocked, wait, signal } = session
      const desk = await deskOf(session)
      await desk.shelf.refresh()
      const scanned = scannedIn(session)
      opened.value = new CounterScreen({ desk, rows: unlocked.rows, scanned, wait, signal })
    })
  useEffect(() => {
    void open()
    return () => opened.peek()?.leave()
  }, [session])
  const { value: screen } = opened
  return (
    <section class="narrow counter">
      <h1>{words('counter.title')}</h1>
      {screen === null ? (
        <Opening {...{ task, session, texts, open }} retry={words('counter.retry')} />
      ) : (
        <Stages {...{ screen, words, texts }} />
      )}
    </section>
  )
}

function Stages(props: CounterProps) {
  const { screen } = props
  const { value: stage } = screen.stage
  const part = useRef<HTMLDivElement>(null)
  const before = useRef<CounterStage>(stage)
  useEffect(() => {
    // Whoever listens hears what has changed from its beginning.
    if (before.current.kind !== stage.kind) part.current?.focus()
    before.current = stage
  }, [stage])
  return (
    <>
      <div ref={part} tabIndex={-1} class="stage" data-stage={stage.kind}>
        <StageView {...props} stage={stage} />
      </div>
      <CounterFailure {...props} />
      {stage.kind === 'reading' ? null : <UnderWayList {...props} />}
    </>
  )
}

function StageView({ stage, ...props }: CounterProps & { readonly stage: CounterStage }) {
  if (stage.kind === 'looked') return <SlipView {...props} looked={stage.looked} />
  if (stage.kind === 'reading') return <Reading {...props} stage={stage} />
  if (stage.kind === 'sent') return <Sent {...props} stage={stage} />
  if (stage.kind === 'refused') return <RefusedSlip {...props} stage={stage} />
  return <Scan {...props} />
}

function Scan({ screen, words, texts }: CounterProps) {
  return (
    <>
      <p>{words('counter.lead')}</p>
      <Scanner
        texts={texts}
        textLabel={words('counter.paste')}
        textGo={words('counter.paste.go')}
        onText={text => void screen.take(text)}
      />
    </>
  )
}

/** Stays until the next step; what takes long is said in words. */
function CounterFailure({ screen: { task }, words, texts }: CounterProps) {
  const slow = task.isSlow.value ? texts.t('slow.clinic') : words('counter.looking')
  return (
    <>
      <Failure error={task.error.value} texts={texts} say={one => counterErrorText(one, words, texts)} />
      <div role="status">{task.isBusy.value ? <p class="waiting">{slow}</p> : null}</div>
    </>
  )
}
