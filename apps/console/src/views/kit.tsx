/** The recovery kit: made, printed, saved, and one sheet scanned back. */
import { useEffect, useMemo } from 'preact/hooks'
import { saveFile } from '../browser/files.js'
import type { FreshKit } from '../kit/kit.js'
import type { App } from '../state/app.js'
import { createKitScreen, type KitScreen } from '../state/kit.js'
import type { Session } from '../state/session.js'
import type { Texts } from '../text/texts.js'
import { Field, TaskFailure, TaskForm } from './parts.js'
import { Qr } from './qr.js'
import { Scanner } from './scanner.js'

export function Kit({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const { t } = texts
  const holders = [t('kit.holder.1'), t('kit.holder.2'), t('kit.holder.3')]
  const screen = useMemo(() => createKitScreen(session, holders), [session])
  useEffect(() => {
    void screen.checking.run(screen.load)
    return () => screen.leave()
  }, [screen])
  const { value: fresh } = screen.fresh
  const paired = session.pairs.value.filter(pair => pair.isPaired)
  return (
    <section class="narrow">
      <h1>{t('kit.title')}</h1>
      <p>{t('kit.why')}</p>
      {paired.length === 0 ? (
        <p class="note">{t('kit.none')}</p>
      ) : (
        <>
          <Standing {...{ screen, session, texts }} />
          <Holders screen={screen} texts={texts} />
        </>
      )}
      {fresh === null ? <Unfinished screen={screen} texts={texts} /> : null}
      {paired.length > 0 && fresh === null ? <Make screen={screen} texts={texts} /> : null}
      {fresh === null ? null : <Steps app={app} screen={screen} fresh={fresh} texts={texts} />}
      {fresh === null && screen.unfinished.value === null && paired.some(pair => pair.kitRoot !== '') ? (
        <details>
          <summary>{t('kit.drill')}</summary>
          <SheetCheck screen={screen} texts={texts} />
        </details>
      ) : null}
      <p class="help">{t('kit.records')}</p>
      <a class="step" href="#/restore">
        {t('kit.restore')}
      </a>
    </section>
  )
}

interface StandingProps {
  readonly screen: KitScreen
  readonly session: Session
  readonly texts: Texts
}

function Standing({ screen, session, texts: { t, n, when } }: StandingProps) {
  const paired = session.pairs.value.filter(pair => pair.isPaired)
  const open = paired.filter(pair => !pair.isCovered).length
  if (screen.lacksRecordKey.value) return <p class="note">{t('kit.record-key')}</p>
  if (open > 0) return <p class="note">{n('kit.uncovered', open)}</p>
  const checkedMs = Math.min(...paired.map(pair => pair.kitCheckedMs))
  return <p class="good">{t('kit.covered', { when: when(checkedMs) })}</p>
}

/** Who holds which share of the kit that counts. */
function Holders({ screen, texts: { t } }: { screen: KitScreen; texts: Texts }) {
  const { value: kit } = screen.covering
  if (kit === null || kit.holders.length === 0) return null
  return (
    <>
      <h2>{t('kit.holding')}</h2>
      <dl class="facts">
        {kit.holders.map((holder, i) => (
          <div key={i}>
            <dt>{t('kit.holder', { n: i + 1 })}</dt>
            <dd>
              <bdi>{holder}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** Printed and saved, and left before a sheet was checked. */
function Unfinished({ screen, texts }: { screen: KitScreen; texts: Texts }) {
  const { t, when } = texts
  const { value: kit } = screen.unfinished
  if (kit === null) return null
  return (
    <>
      <h2>{t('kit.step.scan')}</h2>
      <p class="note">{t('kit.unfinished', { when: when(kit.madeMs) })}</p>
      <SheetCheck screen={screen} texts={texts} />
    </>
  )
}

function Make({ screen, texts }: { screen: KitScreen; texts: Texts }) {
  const { t } = texts
  const rename = (index: number, name: string): void => {
    screen.holders.value = screen.holders.value.map((old, i) => (i === index ? name : old))
  }
  return (
    <TaskForm
      task={screen.making}
      texts={texts}
      go={t('kit.make')}
      busy={t('kit.making')}
      onSend={() => void screen.make()}
    >
      <fieldset>
        <legend>{t('kit.holders')}</legend>
        {screen.holders.value.map((holder, i) => (
          <Field key={i} id={`holder-${i}`} label={t('kit.holder', { n: i + 1 })}>
            <input
              id={`holder-${i}`}
              value={holder}
              maxLength={60}
              autocomplete="off"
              onInput={({ currentTarget }) => rename(i, currentTarget.value)}
            />
          </Field>
        ))}
      </fieldset>
    </TaskForm>
  )
}

interface StepsProps {
  readonly app: App
  readonly screen: KitScreen
  readonly fresh: FreshKit
  readonly texts: Texts
}

function Steps({ app, screen, fresh, texts }: StepsProps) {
  const { t } = texts
  const save = (): void => {
    const { name, bytes } = screen.save()
    saveFile(name, bytes)
  }
  return (
    <>
      <p class="note">{t('kit.gone')}</p>
      <h2>{t('kit.step.print')}</h2>
      <button type="button" onClick={() => print()}>
        {t('kit.print')}
      </button>
      <Sheets app={app} screen={screen} fresh={fresh} texts={texts} />
      <h2>{t('kit.step.file')}</h2>
      <button type="button" onClick={save}>
        {t('kit.save')}
      </button>
      {screen.isSaved.value ? <p class="help">{t('kit.saved')}</p> : null}
      <h2>{t('kit.step.scan')}</h2>
      {screen.isSaved.value ? <SheetCheck screen={screen} texts={texts} /> : <p>{t('kit.scan.first')}</p>}
    </>
  )
}

function SheetCheck({ screen, texts }: { screen: KitScreen; texts: Texts }) {
  const { t } = texts
  return (
    <>
      <p>{t('kit.scan.lead')}</p>
      <Scanner
        texts={texts}
        textLabel={t('kit.scan.text')}
        textGo={t('kit.scan.go')}
        onText={text => void screen.check(text)}
      />
      <TaskFailure task={screen.checking} texts={texts} />
      {screen.isChecked.value ? (
        <p role="status" class="good">
          {t('kit.checked')} <a href="#/home">{t('kit.next')}</a>
        </p>
      ) : null}
    </>
  )
}

function Sheets({ app, screen, fresh, texts }: StepsProps) {
  const { t, date } = texts
  const about = {
    name: app.device.value?.name ?? '',
    clinic: app.clinic.value?.name ?? '',
    when: date(fresh.madeMs),
  }
  return (
    <div class="sheets">
      {fresh.sheets.map((sheet, i) => (
        <article key={sheet} class="sheet" aria-label={t('kit.sheet', { n: i + 1 })}>
          <h3>{t('kit.sheet', { n: i + 1 })}</h3>
          <p>{t('kit.sheet.for', { holder: screen.holders.value[i] ?? '' })}</p>
          <Qr text={sheet.toUpperCase()} label={t('kit.sheet.alt', { n: i + 1 })} />
          <p class="help">{t('kit.sheet.of', about)}</p>
          <p class="help">{t('kit.sheet.how')}</p>
          <p class="help">{t('kit.sheet.text')}</p>
          <p class="code">{sheet.match(/.{1,4}/g)?.join(' ')}</p>
        </article>
      ))}
    </div>
  )
}
