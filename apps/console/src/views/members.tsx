/** The live list of a conference: who is where, what they have heard, and who has the emergency message. */
import { useSignal } from '@preact/signals'
import type { App } from '../state/app.js'
import type { Hosting } from '../state/conference/hosting.js'
import { fitsFilter, type MemberFilter, type MemberView, memberFilters } from '../state/conference/members.js'
import type { ConferenceWords } from '../text/conference-words.js'
import { secondsUntil, useNow } from './conference-parts.js'

interface MembersProps {
  readonly app: App
  readonly hosting: Hosting
  readonly words: ConferenceWords
}

/** More are found by their names. */
const mostShown = 200

export function Members({ app, hosting, words }: MembersProps) {
  const filter = useSignal<MemberFilter>('all')
  const search = useSignal('')
  const nowMs = useNow(app)
  const all = hosting.members.value
  const named = search.value.trim().toLocaleLowerCase()
  const found = all
    .filter(one => fitsFilter(one, filter.value))
    .filter(({ name }) => name.toLocaleLowerCase().includes(named))
  return (
    <>
      <h2>{words('conf.who')}</h2>
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
      {all.length <= fewMembers ? null : (
        <input
          type="search"
          aria-label={words('conf.people.search')}
          placeholder={words('conf.people.search')}
          value={search.value}
          onInput={({ currentTarget }) => (search.value = currentTarget.value)}
        />
      )}
      <ul class="list members">
        {found.slice(0, mostShown).map(member => (
          <Member key={member.pairId} {...{ member, hosting, words, nowMs }} />
        ))}
      </ul>
      {found.length > mostShown ? (
        <p class="help">{words('conf.more', { shown: mostShown, count: found.length })}</p>
      ) : null}
    </>
  )
}

const fewMembers = 8

interface MemberProps {
  readonly member: MemberView
  readonly hosting: Hosting
  readonly words: ConferenceWords
  readonly nowMs: number
}

function Member({ member, hosting, words, nowMs }: MemberProps) {
  const { name, state, pairId, blockedUntilMs } = member
  const isBusy = hosting.task.isBusy.value
  const isIn = state === 'here' || state === 'behind' || state === 'away'
  return (
    <li class="member" data-member={name} data-state={state} data-emergency={member.emergency}>
      <bdi class="line-name">{name}</bdi>
      <span class={state === 'blocked' || state === 'behind' ? 'badge warn' : 'badge'}>
        {words(`conf.is.${state}`)}
        {state === 'blocked' && blockedUntilMs > 0
          ? ` · ${words('conf.block.left', { seconds: secondsUntil(blockedUntilMs, nowMs) })}`
          : ''}
      </span>
      {member.emergency === 'none' ? null : (
        <span class={member.emergency === 'received' ? 'badge fine' : 'badge urgent'}>
          {words(member.emergency === 'received' ? 'conf.has-emergency' : 'conf.no-emergency')}
        </span>
      )}
      <span class="heard">{isIn ? heardText(member, hosting.sequence.value, words) : ''}</span>
      <span class="acts">
        {mayNeedAnother.includes(state) ? (
          <Act
            {...{ isBusy }}
            go={words('conf.invite.again.short')}
            label={words('conf.invite.again', { name })}
            act={() => hosting.invite([pairId])}
          />
        ) : null}
        {isIn ? (
          <Act
            {...{ isBusy }}
            go={words('conf.block.short')}
            label={words('conf.block', { name })}
            act={() => hosting.block(pairId)}
          />
        ) : null}
        {state === 'blocked' ? (
          <Act
            {...{ isBusy }}
            go={words('conf.unblock.short')}
            label={words('conf.unblock', { name })}
            act={() => hosting.unblock(pairId)}
          />
        ) : null}
      </span>
    </li>
  )
}

/** They may have lost the invitation, or the device that answered it. */
const mayNeedAnother: readonly MemberView['state'][] = ['invited', 'accepted', 'left', 'away']

interface ActProps {
  readonly isBusy: boolean
  readonly go: string
  /** What is read aloud: whom it is about, too. */
  readonly label: string
  readonly act: () => Promise<boolean>
}

function Act({ isBusy, go, label, act }: ActProps) {
  return (
    <button type="button" class="quiet small" aria-label={label} disabled={isBusy} onClick={() => void act()}>
      {go}
    </button>
  )
}

function heardText({ acknowledged }: MemberView, of: number, words: ConferenceWords): string {
  return acknowledged >= of ? words('conf.heard.all') : words('conf.heard', { seq: acknowledged, of })
}
