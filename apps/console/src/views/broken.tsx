/** In place of the page when it cannot work: in each language, as the one that was chosen may not be known. */
import { errorText } from '../text/error-text.js'
import { languages, textsOf } from '../text/texts.js'

export function Broken({ reason }: { reason: unknown }) {
  return (
    <main id="main">
      <h1 class="narrow">Chartseal</h1>
      {languages.map(language => {
        const texts = textsOf(language, () => 0)
        return (
          <section key={language} class="narrow" lang={language} role="alert">
            <p class="failure">{errorText(reason, texts) || String(reason)}</p>
            <button type="button" onClick={() => location.reload()}>
              {texts.t('app.reload') || '↻'}
            </button>
          </section>
        )
      })}
    </main>
  )
}
