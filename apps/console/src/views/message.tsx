/** One message of a thread. */
import { invitationType, seatRefOf } from '../conference/due.js'
import { recordType } from '../records/notice.js'
import { receivedRefOf } from '../records/received-row.js'
import type { Composer } from '../state/composer.js'
import type { Session } from '../state/session.js'
import { memberRefOf, teamInvitationType } from '../team/due.js'
import type { TextKey, Texts } from '../text/texts.js'
import { askedFor, type MessageRow, pairIdIn } from '../thread/message-row.js'
import { missingKey } from '../thread/unopenable.js'
import { Attachment } from './attachment.js'

interface MessageProps {
  readonly row: MessageRow
  readonly session: Session
  readonly composer: Composer
  readonly peerName: string
  readonly texts: Texts
}

export function Message({ row, session, composer, peerName, texts }: MessageProps) {
  const { t, when } = texts
  const isShut = row.state === 'unopenable' || row.state === 'asked'
  return (
    <article class={row.own ? 'message own' : 'message'} data-state={row.state}>
      {isShut ? (
        <p>{t('thread.unopenable', { why: whyUnopenable(row, texts) })}</p>
      ) : row.fileName === '' ? (
        <p class="text">{row.text}</p>
      ) : row.mediaType === recordType && row.text !== '' ? (
        <Shared row={row} texts={texts} />
      ) : row.mediaType === invitationType && row.text !== '' ? (
        <Invited row={row} texts={texts} />
      ) : row.mediaType === teamInvitationType && row.text !== '' ? (
        <ToTeam row={row} texts={texts} />
      ) : (
        <Attachment row={row} session={session} texts={texts} />
      )}
      <p class="meta">
        <bdi>{row.own ? t('thread.own') : peerName}</bdi> <time>{when(row.sentMs)}</time>
        {row.own ? <span class={`state state-${row.state}`}>{stateText(row, texts)}</span> : null}
        {row.state === 'failed' ? (
          <Act composer={composer} isQuiet go={t('thread.retry')} act={() => composer.retry(row.key)} />
        ) : null}
      </p>
      {isShut ? <AskAgain row={row} composer={composer} peerName={peerName} texts={texts} /> : null}
      {row.why === askedFor ? (
        <Asked row={row} composer={composer} peerName={peerName} texts={texts} />
      ) : null}
    </article>
  )
}

/** A record that one side shares with the other: it is opened, or taken back, on its own screen. */
function Shared({ row, texts: { t } }: { row: MessageRow; texts: Texts }) {
  const { own, text: id, fileName: name } = row
  const screen = own ? `own/${id}` : `record/${receivedRefOf(pairIdIn(row.key), id)}`
  return (
    <div class="attachment">
      <p class="text">{t('thread.record', { name })}</p>
      <a class="button quiet small" href={`#/${screen}`}>
        {t(own ? 'thread.record.own' : 'thread.record.open')}
      </a>
    </div>
  )
}

/** A conference to which one side invites the other: it is on its own screen. */
function Invited({ row, texts: { t } }: { row: MessageRow; texts: Texts }) {
  const { own, text: id, fileName: name } = row
  const screen = own ? `conference/${id}` : `seat/${seatRefOf(pairIdIn(row.key), id)}`
  return (
    <div class="attachment">
      <p class="text">{t('thread.conference', { name })}</p>
      <a class="button quiet small" href={`#/${screen}`}>
        {t('thread.conference.open')}
      </a>
    </div>
  )
}

/** A care team to which one side invites the other. */
function ToTeam({ row, texts: { t } }: { row: MessageRow; texts: Texts }) {
  const { own, text: id, fileName: name } = row
  return (
    <div class="attachment">
      <p class="text">{t('thread.team', { name })}</p>
      <a class="button quiet small" href={`#/team/${own ? id : memberRefOf(pairIdIn(row.key), id)}`}>
        {t('thread.team.open')}
      </a>
    </div>
  )
}

type AgainProps = Omit<MessageProps, 'session'>

/** The key is gone for good: what can be had is the same content under another one. */
function AskAgain({ row, composer, peerName: peer, texts: { t } }: AgainProps) {
  if (row.state === 'asked') return <p class="meta">{t('thread.again.asked', { peer })}</p>
  if (row.ref === '') return null
  return (
    <Act
      composer={composer}
      isQuiet
      go={t('thread.again.ask', { peer })}
      act={() => composer.askAgain(row.key)}
    />
  )
}

/** The other side cannot open it. */
function Asked({ row, composer, peerName: peer, texts: { t } }: AgainProps) {
  // Who is to come to a conference or a care team is invited there once more.
  if (row.mediaType === invitationType || row.mediaType === teamInvitationType)
    return <p class="meta">{t('thread.again.wanted', { peer })}</p>
  return (
    <div class="asked">
      <p>{t('thread.again.wanted', { peer })}</p>
      <Act composer={composer} go={t('thread.again.send')} act={() => composer.sendAgain(row)} />
    </div>
  )
}

function stateText({ state, why }: MessageRow, { t }: Texts): string {
  if (state === 'sealed' && why !== '' && why !== askedFor)
    return t('state.sealed.why', { why: t(waitsFor[why] ?? 'wait.other', { code: why }) })
  if (state !== 'failed') return t(`state.${state}`)
  if (why === 'mailbox/missing' || why === 'mailbox/ended')
    return t('state.failed.why', { why: t(`why.${why}`) })
  return t('state.failed.why', { why: t('why.other', { code: why }) })
}

const waitsFor: Readonly<Record<string, TextKey>> = {
  'mailbox/full': 'wait.mailbox/full',
  'server/full': 'wait.server/full',
  'signature/unknown-key': 'wait.unknown-device',
  'keyring/clock-jump': 'wait.clock',
  'keyring/ahead-of-clock': 'wait.clock',
}

function whyUnopenable({ why, text: month }: MessageRow, { t, month: named }: Texts): string {
  if (why === missingKey)
    return month === '' ? t('thread.unopenable.key') : t('thread.unopenable.month', { month: named(month) })
  return why === 'open/failed' ? t('thread.unopenable.changed') : t('thread.unopenable.other', { code: why })
}

interface ActProps {
  readonly composer: Composer
  readonly go: string
  readonly act: () => Promise<void>
  readonly isQuiet?: boolean
}

/** One at a time: while another is under way it cannot be pressed. */
export function Act({ composer, go, act, isQuiet = false }: ActProps) {
  return (
    <button
      type="button"
      class={isQuiet ? 'quiet small' : 'small'}
      disabled={composer.task.isBusy.value}
      onClick={() => void act()}
    >
      {go}
    </button>
  )
}
