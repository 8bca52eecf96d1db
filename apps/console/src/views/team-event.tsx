/** One line of a care team: what somebody wrote, or who came and went. */
import type { Session } from '../state/session.js'
import type { OpenTeam } from '../state/team/open-team.js'
import type { Copy } from '../team/copies.js'
import { type TeamEventRow, teamFileOf } from '../team/event-row.js'
import type { TeamView } from '../team/team-view.js'
import type { TeamWords } from '../text/team-words.js'
import type { Texts } from '../text/texts.js'
import { Attachment } from './attachment.js'

interface TeamEventProps {
  readonly row: TeamEventRow
  readonly copies: readonly Copy[]
  readonly session: Session
  readonly team: TeamView
  readonly open: OpenTeam
  readonly words: TeamWords
  readonly texts: Texts
}

export function TeamEvent(props: TeamEventProps) {
  const { row, team, session, words, texts } = props
  if (row.kind === 'said') return <Said {...props} />
  const keeper = session.pairs.value.find(({ id }) => id === team.pairId)?.peerName ?? ''
  const name = row.name === '' ? keeper : row.name
  return (
    <p class={row.kind === 'refused' ? 'event bad' : 'event'} data-event={row.kind}>
      {words(row.kind === 'left' && team.isKeeper ? 'team.event.left.keeper' : `team.event.${row.kind}`, {
        name,
        names: row.names.join(', '),
        code: row.code,
      })}{' '}
      <time>{texts.when(row.atMs)}</time>
    </p>
  )
}

function Said(props: TeamEventProps) {
  const { row, copies, session, open, words, texts } = props
  const { own, name, names } = row
  const { kind, text } = sentText(props)
  return (
    <article
      class={own ? 'message own' : 'message'}
      data-state={kind}
      data-delivered={copies.filter(isThere).length}
    >
      {row.missing === 0 ? null : (
        <p class="meta">
          {words(row.missing === 1 ? 'team.missing.one' : 'team.missing.other', { count: row.missing, name })}{' '}
          {row.isEarlier ? words('team.missing.earlier') : ''}
        </p>
      )}
      {row.fileName === '' ? (
        <p class="text">{row.text}</p>
      ) : (
        <Attachment row={row} session={session} texts={texts} fileKey={teamFileOf(row.key)} />
      )}
      <p class="meta">
        <bdi>{own ? words('team.you') : name}</bdi> <time>{texts.when(row.atMs)}</time>
        {own ? <span class={`state state-${kind}`}>{text}</span> : null}
        {row.isLate ? <span>{words('team.late')}</span> : null}
        {kind === 'failed' ? (
          <button type="button" class="quiet small" onClick={() => void open.retry(copies)}>
            {words('team.retry')}
          </button>
        ) : null}
      </p>
      {names.length === 0 ? null : <p class="meta">{words('team.before', { names: names.join(', ') })}</p>}
    </article>
  )
}

const isThere = ({ state }: Copy): boolean => state === 'delivered' || state === 'opened'

interface Sent {
  readonly kind: 'read' | 'sealed' | 'stored' | 'delivered' | 'failed'
  readonly text: string
}

/** How far the copies of one's own are, by those that are behind. */
function sentText({ row, copies, words, texts }: TeamEventProps): Sent {
  if (!row.own) return { kind: 'read', text: '' }
  const of = row.to
  if (of === 0) return { kind: 'stored', text: words('team.nobody') }
  const failed = copies.filter(({ state }) => state === 'failed').map(({ name }) => name)
  if (failed.length > 0) return { kind: 'failed', text: words('team.failed', { names: failed.join(', ') }) }
  const waiting = copies.filter(({ state }) => state === 'sealed').length
  if (waiting > 0) return { kind: 'sealed', text: words('team.sealed', { count: waiting, of }) }
  const count = copies.filter(isThere).length
  if (count === 0) return { kind: 'stored', text: words('team.stored') }
  if (count < of) return { kind: 'stored', text: words('team.delivered', { count, of }) }
  const all = of === 1 ? texts.t('state.delivered') : words('team.delivered.all', { of })
  return { kind: 'delivered', text: all }
}
