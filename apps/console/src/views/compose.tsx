/** Where to write to the other side, or why that is not possible. */
import type { Composer } from '../state/composer.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { Texts } from '../text/texts.js'
import { Act } from './message.js'
import { Failure, FileButton, TaskFailure } from './parts.js'

interface BelowProps {
  readonly session: Session
  readonly composer: Composer
  readonly pair: PairView
  readonly texts: Texts
}

export function Below(props: BelowProps) {
  return (
    <div class="below">
      <Failure error={props.composer.unkept.value} texts={props.texts} />
      <TaskFailure task={props.composer.task} texts={props.texts} />
      <WhatIsPossible {...props} />
    </div>
  )
}

function WhatIsPossible({ session, composer, pair, texts }: BelowProps) {
  const { t, when } = texts
  const { peerName: peer, blockedMs } = pair
  if (blockedMs > 0)
    return (
      <div class="note">
        <p>{t('thread.blocked', { peer, when: when(blockedMs) })}</p>
        <Act composer={composer} isQuiet go={t('thread.unblock')} act={() => composer.block(false)} />
      </div>
    )
  if (pair.isBlockedByPeer) return <p class="note">{t('thread.blocked.by-peer', { peer })}</p>
  const hasKit = session.pairs.value.some(({ kitRoot }) => kitRoot !== '')
  if (!hasKit) return <KitNote say={t('thread.kit-first')} go={t('step.make-kit')} />
  return (
    <>
      {pair.isCovered ? null : <KitNote say={t('thread.not-in-kit', { peer })} go={t('kit.again')} />}
      <Compose composer={composer} pair={pair} texts={texts} />
    </>
  )
}

function KitNote({ say, go }: { say: string; go: string }) {
  return (
    <p class="note">
      {say} <a href="#/kit">{go}</a>
    </p>
  )
}

function Compose({ composer, pair, texts }: { composer: Composer; pair: PairView; texts: Texts }) {
  const { t } = texts
  return (
    <form
      class="compose"
      onSubmit={event => {
        event.preventDefault()
        void composer.send()
      }}
    >
      <label for="compose">{t('thread.write', { peer: pair.peerName })}</label>
      <textarea
        id="compose"
        rows={2}
        autocomplete="off"
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
        <FileButton label={t('thread.attach')} onFile={file => void composer.attach(file)} />
        <span class="help" id="compose-help">
          {t('thread.send.help')}
        </span>
      </div>
    </form>
  )
}
