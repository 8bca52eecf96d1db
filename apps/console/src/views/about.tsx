/** What this page is, who gives it, what it cannot promise, and its keys. */
import type { App } from '../state/app.js'
import { type AboutKey, aboutWordsOf } from '../text/about-words.js'
import type { WordsOf } from '../text/words-in.js'
import { KeyInWords } from './key-in-words.js'

const keys: readonly (readonly [key: string, text: AboutKey])[] = [
  ['/', 'about.key.search'],
  ['j k', 'about.key.move'],
  ['Enter', 'about.key.open'],
  ['Esc', 'about.key.back'],
  ['Ctrl+Enter', 'about.key.send'],
]

const sees = [
  'messages',
  'record',
  'link',
  'team',
  'conference',
  'prescription',
  'emergency',
  'never',
] as const

export function About({ app }: { app: App }) {
  const { t } = app.texts.value
  const words = aboutWordsOf(app.texts.value)
  const { value: clinic } = app.clinic
  const page = app.session.value?.remote.value?.console
  return (
    <section class="wide">
      {app.session.value === null ? (
        <a class="step" href="#/home">
          {t('nav.back')}
        </a>
      ) : null}
      <h1>{words('about.title')}</h1>
      <p>{words('about.what')}</p>
      <p class="note">{words('about.audit')}</p>
      <h2>{words('about.sees')}</h2>
      <Sees words={words} />
      <h2>{words('about.code')}</h2>
      <p>{words('about.code.text')}</p>
      <p class="code">{words('about.code.command', { origin: clinic?.origin ?? app.platform.origin })}</p>
      {app.session.value?.remote.value ? (
        <>
          <p>{words('about.hash')}:</p>
          <p class="code">{page?.sha256 ?? words('about.hash.none')}</p>
        </>
      ) : null}
      {clinic === null ? null : (
        <>
          <h2>{words('about.clinic')}</h2>
          <dl class="facts">
            <dt>{words('about.clinic.name')}</dt>
            <dd>{clinic.name}</dd>
            <dt>{words('about.clinic.origin')}</dt>
            <dd>{clinic.origin}</dd>
            <dt>{words('about.clinic.log')}</dt>
            <dd class="code">{clinic.log.verifierKey}</dd>
          </dl>
          <KeyInWords label={t('start.clinic.words')} verifierKey={clinic.log.verifierKey} />
          <p class="help">{words('about.clinic.words.help')}</p>
          {app.session.value === null ? null : (
            <a class="step" href="#/ledger">
              {t('nav.ledger')}
            </a>
          )}
        </>
      )}
      <h2>{words('about.keys')}</h2>
      <dl class="facts">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Sees({ words }: { words: WordsOf<AboutKey> }) {
  return (
    <ul>
      {sees.map(one => (
        <li key={one}>{words(`about.sees.${one}`)}</li>
      ))}
    </ul>
  )
}
