/** Pairing: one side shows, the other reads, both compare. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { saveFile } from '../browser/files.js'
import type { App } from '../state/app.js'
import { PairingScreen, type Stage } from '../state/pairing.js'
import type { Session } from '../state/session.js'
import type { Texts } from '../text/texts.js'
import { Failure } from './parts.js'
import { Qr } from './qr.js'
import { Scanner } from './scanner.js'

export function Pair({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const screen = useMemo(() => screenOf(session), [session])
  useEffect(() => () => void screen.leave(), [screen])
  const title = useRef<HTMLHeadingElement>(null)
  const { kind } = screen.stage.value
  const before = useRef(kind)
  useEffect(() => {
    if (before.current !== kind) title.current?.focus()
    before.current = kind
  }, [kind])
  return (
    <section class="narrow">
      <h1 ref={title} tabIndex={-1}>
        {texts.t('pair.title')}
      </h1>
      <Failure error={screen.error.value} texts={texts} />
      <div role="status">{screen.isOffline.value ? <p class="note">{texts.t('pair.offline')}</p> : null}</div>
      <div aria-live="polite">
        <StageView app={app} screen={screen} stage={screen.stage.value} texts={texts} />
      </div>
      {['choose', 'done'].includes(kind) ? null : (
        <button type="button" class="quiet" onClick={() => void screen.stop()}>
          {texts.t('pair.cancel')}
        </button>
      )}
    </section>
  )
}

/** One that goes on, or a new one. */
function screenOf(session: Session): PairingScreen {
  const screen = session.pairing.peek() ?? new PairingScreen(session)
  session.pairing.value = screen
  return screen
}

interface StageProps {
  readonly app: App
  readonly screen: PairingScreen
  readonly stage: Stage
  readonly texts: Texts
}

function StageView({ app, screen, stage, texts }: StageProps) {
  const { t } = texts
  if (stage.kind === 'choose') return <Choose screen={screen} texts={texts} />
  if (stage.kind === 'showing') return <Showing stage={stage} texts={texts} />
  if (stage.kind === 'comparing') return <Comparing screen={screen} stage={stage} texts={texts} />
  if (stage.kind === 'reading')
    return (
      <Scanner
        texts={texts}
        textLabel={t('pair.text')}
        textGo={t('pair.text.go')}
        onText={text => void screen.take(text)}
      />
    )
  if (stage.kind === 'done')
    return (
      <>
        <p class="good">{t('pair.done', { peer: stage.peer })}</p>
        <button type="button" onClick={() => (app.route.value = { screen: 'kit', pairId: '' })}>
          {t('pair.next-kit')}
        </button>
      </>
    )
  return <p class="waiting">{t(stage.kind === 'finishing' ? 'pair.finishing' : 'pair.waiting')}</p>
}

function Choose({ screen, texts: { t } }: { screen: PairingScreen; texts: Texts }) {
  return (
    <>
      <p>{t('pair.lead')}</p>
      <div class="row">
        <button type="button" onClick={() => void screen.show()}>
          {t('pair.show')}
        </button>
        <button type="button" onClick={() => screen.read()}>
          {t('pair.read')}
        </button>
      </div>
    </>
  )
}

function Showing({ stage, texts }: { stage: Extract<Stage, { kind: 'showing' }>; texts: Texts }) {
  const { t, time } = texts
  const copied = useSignal<'not yet' | 'yes' | 'refused'>('not yet')
  // Refused, as in some frames, the text above can be marked by hand.
  const copy = (): void => {
    navigator.clipboard.writeText(stage.code).then(
      () => (copied.value = 'yes'),
      () => (copied.value = 'refused'),
    )
  }
  return (
    <>
      <h2>{t('pair.show.title')}</h2>
      <Qr text={stage.code} label={t('pair.show.alt')} />
      <p class="help">{t('pair.show.until', { when: time(stage.notAfterMs) })}</p>
      <details>
        <summary>{t('pair.show.text')}</summary>
        <p class="code" data-code>
          {stage.code}
        </p>
        {copied.value !== 'refused' ? null : <p role="alert">{t('pair.copy.failed')}</p>}
        <div class="row">
          <button type="button" class="quiet" onClick={copy}>
            {t(copied.value === 'yes' ? 'pair.copied' : 'pair.copy')}
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => saveFile('chartseal-pairing.txt', `${stage.code}\n`, 'text/plain')}
          >
            {t('pair.save')}
          </button>
        </div>
      </details>
      <p class="waiting">{t('pair.waiting')}</p>
    </>
  )
}

function Comparing({
  screen,
  stage,
  texts: { t },
}: {
  screen: PairingScreen
  stage: Extract<Stage, { kind: 'comparing' }>
  texts: Texts
}) {
  return (
    <>
      <h2>{t('pair.compare', { peer: stage.peer })}</h2>
      <p>{t('pair.compare.lead')}</p>
      {stage.isColleague ? <p class="note">{t('pair.compare.colleague', { peer: stage.peer })}</p> : null}
      <p class="digits">{stage.digits}</p>
      <div class="row">
        <button type="button" onClick={() => void screen.match()}>
          {t('pair.match')}
        </button>
        <button type="button" class="danger" onClick={() => void screen.differ()}>
          {t('pair.differ')}
        </button>
      </div>
    </>
  )
}
