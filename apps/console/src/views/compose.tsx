/** Where to write to the other side, or why that is not possible. */
import { useSignal } from '@preact/signals'
import type { Composer } from '../state/composer.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { Texts } from '../text/texts.js'
import { FileButton, TaskFailure } from './parts.js'

interface BelowProps {
  readonly session: Session
  readonly composer: Composer
  readonly pair: PairView
  readonly texts: Texts
}

export function Below({ session, composer, pair, texts }: BelowProps) {
  const { t, when } = texts
  const { peerName: peer, blockedMs } = pair
  if (blockedMs > 0)
    return (
      <div class="note">
        <p>{t('thread.blocked', { peer, when: when(blockedMs) })}</p>
        <TaskFailure task={composer.task} texts={texts} />
        <button type="button" class="quiet small" onClick={() => void composer.block(false)}>
          {t('thread.unblock')}
        </button>
      </div>
    )
  if (pair.isBlockedByPeer) return <p class="note">{t('thread.blocked.by-peer', { peer })}</p>
  const hasKit = session.pairs.value.some(({ isCovered }) => isCovered)
  if (!hasKit)
    return (
      <p class="note">
        {t('thread.kit-first')} <a href="#/kit">{t('step.make-kit')}</a>
      </p>
    )
  return (
    <>
      {pair.isCovered ? null : (
        <p class="note">
          {t('thread.not-in-kit', { peer })} <a href="#/kit">{t('kit.again')}</a>
        </p>
      )}
      <Compose composer={composer} pair={pair} texts={texts} />
    </>
  )
}

function Compose({ composer, pair, texts }: { composer: Composer; pair: PairView; texts: Texts }) {
  const { t } = texts
  const isAttaching = useSignal(false)
  const attach = async (file: File): Promise<void> => {
    isAttaching.value = true
    const bytes = new Uint8Array(await file.arrayBuffer())
    const mediaType = file.type === '' ? 'application/octet-stream' : file.type
    await composer.attach({ name: file.name, mediaType, bytes })
    isAttaching.value = false
  }
  return (
    <form
      class="compose"
      onSubmit={event => {
        event.preventDefault()
        void composer.send()
      }}
    >
      <TaskFailure task={composer.task} texts={texts} />
      <label for="compose">{t('thread.write', { peer: pair.peerName })}</label>
      <textarea
        id="compose"
        rows={2}
        value={composer.text.value}
        aria-describedby="compose-help"
        onInput={({ currentTarget }) => void composer.write(currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void composer.send()
        }}
      />
      <div class="row">
        <button type="submit" disabled={composer.task.isBusy.value}>
          {t('thread.send')}
        </button>
        <FileButton label={t('thread.attach')} onFile={file => void attach(file)} />
        <span class="help" id="compose-help">
          {t('thread.send.help')}
        </span>
      </div>
    </form>
  )
}
