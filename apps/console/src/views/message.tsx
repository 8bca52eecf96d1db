/** One message of a thread. */
import { invitationType } from '@chartseal/clinic/conference'
import { teamInvitationType } from '@chartseal/clinic/team'
import { slipType } from '../ledger/slip-notice.js'
import { recordType } from '../records/notice.js'
import type { Composer } from '../state/composer.js'
import type { Session } from '../state/session.js'
import type { TextKey, Texts } from '../text/texts.js'
import { peerRefOf } from '../thread/invited.js'
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
  const led = row.text === '' ? undefined : leads.get(row.mediaType)
  return (
    <article class={row.own ? 'message own' : 'message'} data-state={row.state}>
      {isShut ? (
        <p>{t('thread.unopenable', { why: whyUnopenable(row, texts) })}</p>
      ) : row.fileName === '' ? (
        <p class="text">{row.text}</p>
      ) : led !== undefined ? (
        <Led row={row} to={led} texts={texts} />
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

interface Lead {
  readonly say: TextKey
  /** To one's own, and to that of the other side. */
  readonly screens: readonly [own: string, theirs: string]
  readonly go: readonly [own: TextKey, theirs: TextKey]
}

/** What has a screen of its own: a record that one side shares, a conference or a care team to which it invites. */
const leads: ReadonlyMap<string, Lead> = new Map([
  [
    recordType,
    { say: 'thread.record', screens: ['own', 'record'], go: ['thread.record.own', 'thread.record.open'] },
  ],
  [
    slipType,
    {
      say: 'thread.prescription',
      screens: ['prescription', 'prescription'],
      go: ['thread.prescription.open', 'thread.prescription.open'],
    },
  ],
  [
    invitationType,
    {
      say: 'thread.conference',
      screens: ['conference', 'seat'],
      go: ['thread.conference.open', 'thread.conference.open'],
    },
  ],
  [
    teamInvitationType,
    { say: 'thread.team', screens: ['team', 'team'], go: ['thread.team.open', 'thread.team.open'] },
  ],
])

function Led({ row, to, texts: { t } }: { row: MessageRow; to: Lead; texts: Texts }) {
  const { own, text: id, fileName: name, key } = row
  const { say, screens, go } = to
  const [at, screen, text] = own ? [id, screens[0], go[0]] : [peerRefOf(pairIdIn(key), id), screens[1], go[1]]
  return (
    <div class="attachment">
      <p class="text">{t(say, { name })}</p>
      <a class="button quiet small" href={`#/${screen}/${at}`}>
        {t(text)}
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
