/** What this page is, who gives it, what it cannot promise, and its keys. */
import type { App } from '../state/app.js'
import type { TextKey } from '../text/texts.js'
import { KeyInWords } from './key-in-words.js'

const keys: readonly (readonly [key: string, text: TextKey])[] = [
  ['/', 'about.key.search'],
  ['j k', 'about.key.move'],
  ['Enter', 'about.key.open'],
  ['Esc', 'about.key.back'],
  ['Ctrl+Enter', 'about.key.send'],
]

export function About({ app }: { app: App }) {
  const { t } = app.texts.value
  const { value: clinic } = app.clinic
  const page = app.session.value?.remote.value?.console
  return (
    <section class="wide">
      {app.session.value === null ? (
        <a class="step" href="#/home">
          {t('nav.back')}
        </a>
      ) : null}
      <h1>{t('about.title')}</h1>
      <p>{t('about.what')}</p>
      <p class="note">{t('about.audit')}</p>
      <h2>{t('about.sees')}</h2>
      <p>{t('about.sees.text')}</p>
      <h2>{t('about.code')}</h2>
      <p>{t('about.code.text')}</p>
      <p class="code">{t('about.code.command', { origin: clinic?.origin ?? app.platform.origin })}</p>
      {app.session.value?.remote.value ? (
        <>
          <p>{t('about.hash')}:</p>
          <p class="code">{page?.sha256 ?? t('about.hash.none')}</p>
        </>
      ) : null}
      {clinic === null ? null : (
        <>
          <h2>{t('about.clinic')}</h2>
          <dl class="facts">
            <dt>{t('about.clinic.name')}</dt>
            <dd>{clinic.name}</dd>
            <dt>{t('about.clinic.origin')}</dt>
            <dd>{clinic.origin}</dd>
            <dt>{t('about.clinic.log')}</dt>
            <dd class="code">{clinic.log.verifierKey}</dd>
          </dl>
          <KeyInWords label={t('about.clinic.words')} verifierKey={clinic.log.verifierKey} />
          <p class="help">{t('about.clinic.words.help')}</p>
        </>
      )}
      <h2>{t('about.keys')}</h2>
      <dl class="facts">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
