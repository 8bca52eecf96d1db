/** Blocking the other side: asked twice, as it is told to them. */
import type { Composer } from '../state/composer.js'
import type { Texts } from '../text/texts.js'
import { Ask } from './ask.js'

export function Block({ composer, peer, texts: { t } }: { composer: Composer; peer: string; texts: Texts }) {
  return (
    <Ask
      look="link block"
      open={t('thread.block')}
      ask={t('thread.block.ask', { peer })}
      help={t('thread.block.help', { peer })}
      go={t('thread.block.go', { peer })}
      cancel={t('thread.block.cancel')}
      isBusy={composer.task.isBusy.value}
      act={() => void composer.block(true)}
    />
  )
}
