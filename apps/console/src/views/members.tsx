/** The live list of a conference: who is where, what they have heard, and who has the emergency message. */
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { Hosting } from '../state/conference/hosting.js'
import { isClosed } from '../state/conference/link.js'
import {
  emergencyCounts,
  fitsFilter,
  type MemberFilter,
  type MemberView,
  memberFilters,
} from '../state/conference/members.js'
import type { ConferenceWords } from '../text/conference-words.js'
import type { Texts } from '../text/texts.js'
import { secondsUntil, useNow } from './conference-parts.js'
import { HowMany, mostShown, useNameSearch } from './name-search.js'

interface MembersProps {
  readonly app: App
  readonly hosting: Hosting
  readonly words: ConferenceWords
  readonly texts: Texts
  /** The id of what says why nothing can be done here any more. */
  readonly why: string | undefined
}

export function Members(props: MembersProps) {
  const { hosting, words, texts } = props
  const filter = useSignal<MemberFilter>('all')
  const { value: all } = hosting.members
  const sorted = useMemo(() => byName(all, texts.language), [all, texts.language])
  const { found: named, field } = useNameSearch(sorted, ({ name }) => name, texts)
  const found = named.filter(one => fitsFilter(one, filter.value))
  return (
    <>
      <h2>{words('conf.who')}</h2>
      <EmergencyCount all={all} words={words} />
      <Filters all={all} filter={filter} words={words} />
      {field}
      <section class="members" aria-label={words('conf.who')} tabIndex={0}>
        <ul class="list">
          {found.slice(0, mostShown).map(member => (
            <Member key={member.pairId} {...props} member={member} />
          ))}
        </ul>
      </section>
      {all.length === 0 ? (
        <p class="help">{words('conf.who.none')}</p>
      ) : (
        <HowMany count={found.length} texts={texts} />
      )}
    </>
  )
}

function byName(all: readonly MemberView[], language: string): readonly MemberView[] {
  const { compare } = new Intl.Collator(language)
  return all.toSorted((a, b) => compare(a.name, b.name))
}

/** Of the newest emergency message; read aloud once all have it. */
function EmergencyCount({ all, words }: { all: readonly MemberView[]; words: ConferenceWords }) {
  const { have, count } = emergencyCounts(all)
  const hasAll = have === count
  return (
    <>
      {count === 0 || hasAll ? null : <p class="note">{words('conf.emergency.some', { have, count })}</p>}
      <div role="status" class={count > 0 && hasAll ? 'good' : 'failure-none'}>
        {count > 0 && hasAll ? <p>{words('conf.emergency.all', { count })}</p> : null}
      </div>
    </>
  )
}

interface FiltersProps {
  readonly all: readonly MemberView[]
  readonly filter: { value: MemberFilter }
  readonly words: ConferenceWords
}

function Filters({ all, filter, words }: FiltersProps) {
  return (
    <fieldset class="filters">
      <legend class="hidden">{words('conf.filter')}</legend>
      {memberFilters
        .map(name => ({ name, count: all.filter(one => fitsFilter(one, name)).length }))
        .filter(({ name, count }) => count > 0 || name === filter.value || name === 'all')
        .map(({ name, count }) => (
          <label key={name} class={filter.value === name ? 'chip chosen' : 'chip'}>
            <input
              type="radio"
              name="member-filter"
              checked={filter.value === name}
              onChange={() => (filter.value = name)}
            />
            {words(`conf.filter.${name}`, { count })}
          </label>
        ))}
    </fieldset>
  )
}

function Member({ member, app, hosting, words, why }: MembersProps & { readonly member: MemberView }) {
  const { name, state, emergency } = member
  const isIn = state === 'here' || state === 'behind' || state === 'away'
  return (
    <li class="member" data-member={name} data-state={state} data-emergency={emergency}>
      <bdi class="line-name">{name}</bdi>
      <p class="stands">
        <span class={state === 'blocked' || state === 'behind' ? 'badge warn' : 'badge'}>
          {words(`conf.is.${state}`)}
          {state === 'blocked' ? <BlockLeft app={app} untilMs={member.blockedUntilMs} words={words} /> : null}
        </span>
        {emergency === 'none' ? null : (
          <span class={emergency === 'received' ? 'badge fine' : 'badge urgent'}>
            {words(emergency === 'received' ? 'conf.has-emergency' : 'conf.no-emergency')}
          </span>
        )}
        {isIn ? <span class="heard">{heardText(member, hosting.sequence.value, words)}</span> : null}
      </p>
      <Acts {...{ member, hosting, words, why }} />
    </li>
  )
}

/** Counts down; without an end nothing. */
function BlockLeft({ app, untilMs, words }: { app: App; untilMs: number; words: ConferenceWords }) {
  const nowMs = useNow(app)
  return untilMs === 0 ? null : <> · {words('conf.block.left', { seconds: secondsUntil(untilMs, nowMs) })}</>
}

type ActsProps = Pick<MembersProps, 'hosting' | 'words' | 'why'> & { readonly member: MemberView }

function Acts({ member: { pairId, name, state }, hosting, words, why }: ActsProps) {
  const { value: link } = hosting.link
  const rest = { isOff: hosting.task.isBusy.value || isClosed(link), why }
  const isIn = state === 'here' || state === 'behind' || state === 'away'
  // While it is not live all are away: their devices are not gone for that.
  const isLost = state === 'away' ? link.kind === 'live' : mayNeedAnother.includes(state)
  return (
    <span class="acts">
      {isLost ? (
        <Act
          {...rest}
          go={words('conf.invite.again.short')}
          label={words('conf.invite.again', { name })}
          act={() => hosting.invite([pairId])}
        />
      ) : null}
      {isIn ? (
        <Act
          {...rest}
          go={words('conf.block.short')}
          label={words('conf.block', { name })}
          act={() => hosting.block(pairId)}
        />
      ) : null}
      {state === 'blocked' ? (
        <Act
          {...rest}
          go={words('conf.unblock.short')}
          label={words('conf.unblock', { name })}
          act={() => hosting.unblock(pairId)}
        />
      ) : null}
    </span>
  )
}

/** They may have lost the invitation, or the device that answered it. */
const mayNeedAnother: readonly MemberView['state'][] = ['invited', 'accepted', 'left']

interface ActProps {
  readonly isOff: boolean
  /** The id of what says why it is off. */
  readonly why: string | undefined
  readonly go: string
  /** What is read aloud: whom it is about, too. */
  readonly label: string
  readonly act: () => Promise<boolean>
}

function Act({ isOff, why, go, label, act }: ActProps) {
  return (
    <button
      type="button"
      class="quiet small"
      aria-label={label}
      aria-describedby={why}
      disabled={isOff}
      onClick={() => void act()}
    >
      {go}
    </button>
  )
}

function heardText({ acknowledged }: MemberView, of: number, words: ConferenceWords): string {
  return acknowledged >= of ? words('conf.heard.all') : words('conf.heard', { seq: acknowledged, of })
}
