/** Blocking the other side: asked twice, as it is told to them. */
import { useSignal } from '@preact/signals'
import type { Composer } from '../state/composer.js'
import type { Texts } from '../text/texts.js'

export function Block({ composer, peer, texts: { t } }: { composer: Composer; peer: string; texts: Texts }) {
  const isAsking = useSignal(false)
  if (!isAsking.value)
    return (
      <button type="button" class="link block" onClick={() => (isAsking.value = true)}>
        {t('thread.block')}
      </button>
    )
  return (
    <fieldset class="note">
      <legend class="hidden">{t('thread.block.ask', { peer })}</legend>
      <p>{t('thread.block.help', { peer })}</p>
      <div class="row">
        <button
          type="button"
          class="danger small"
          disabled={composer.task.isBusy.value}
          onClick={() => void composer.block(true)}
        >
          {t('thread.block.go', { peer })}
        </button>
        <button type="button" class="quiet small" onClick={() => (isAsking.value = false)}>
          {t('thread.block.cancel')}
        </button>
      </div>
    </fieldset>
  )
}
