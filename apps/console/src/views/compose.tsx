/** Where to write to the other side, or why that is not possible. */
import type { Composer } from '../state/composer.js'
import type { Session } from '../state/session.js'
import type { PairView } from '../state/views.js'
import type { Texts } from '../text/texts.js'
import { ComposeForm } from './compose-form.js'
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
    <ComposeForm
      id="compose"
      label={t('thread.write', { peer: pair.peerName })}
      go={t('thread.send')}
      help={t('thread.send.help')}
      text={composer.text.value}
      write={composer.write}
      send={composer.send}
      isOff={composer.task.isBusy.value}
    >
      <FileButton label={t('thread.attach')} onFile={file => void composer.attach(file)} />
    </ComposeForm>
  )
}
