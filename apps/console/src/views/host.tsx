/** The doctor's own conference: what is said, who is there, and how it ends. */

import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { OwnConference } from '../conference/own-conference.js'
import type { Word } from '../conference/word-row.js'
import type { Hosting } from '../state/conference/hosting.js'
import { isClosed, type LinkView } from '../state/conference/link.js'
import { createTask } from '../state/task.js'
import { telling } from '../state/telling.js'
import { Answer } from './answer.js'
import { Ask } from './ask.js'
import type { ConferenceProps } from './conference.js'
import { Forget, LinkLine, Speak, Unknown } from './conference-parts.js'
import { Figures } from './figures.js'
import { useNameOf } from './focus-across.js'
import { chosenOf, Invitees, patientsToInvite } from './invitees.js'
import { Members } from './members.js'
import { TaskFailure } from './parts.js'
import { isFocusFree } from './screen-name.js'
import { WordList } from './word-list.js'

type HostProps = ConferenceProps & { readonly id: string }

export function Host(props: HostProps) {
  const { app, session, conferences, words, texts, id } = props
  useEffect(() => void conferences.readWords(id).catch(telling(session)), [conferences, id])
  const own = conferences.own.value.find(one => one.id === id)
  const name = useNameOf(own?.state ?? '')
  const { value: held } = conferences.hosting
  const hosting = held?.own.id === id ? held : null
  const all = conferences.words.value.get(id)?.all.value ?? []
  if (own === undefined) return <Unknown {...props} />
  const link = hosting?.link.value ?? linkWithout(conferences, id)
  return (
    <>
      <h1 ref={name} tabIndex={-1}>
        <bdi>{own.title}</bdi>
      </h1>
      {own.state === 'on' ? (
        <LinkLine
          {...{ app, link, words, texts }}
          tryAgain={() => conferences.tryAgain(id).catch(telling(session))}
        />
      ) : null}
      {own.state === 'ending' ? <p class="note">{words('conf.ending')}</p> : null}
      {own.state === 'ended' ? <Ended own={own} {...props} /> : null}
      {hosting !== null && own.state === 'on' ? (
        <On {...props} hosting={hosting} all={all} />
      ) : (
        <WordList {...{ all, doctor: '', isOwn: true, words, texts }} />
      )}
      {own.state === 'on' && link.kind !== 'elsewhere' ? <End {...props} session={session} /> : null}
    </>
  )
}

/** Of what does not run in this tab. */
function linkWithout({ elsewhere, failures }: ConferenceProps['conferences'], id: string): LinkView {
  if (failures.value.has(id)) return { kind: 'failed', error: failures.value.get(id) }
  return { kind: elsewhere.value.has(id) ? 'elsewhere' : 'begins' }
}

function Ended({ own, session, ...props }: HostProps & { own: OwnConference }) {
  const { words, texts } = props
  const task = useMemo(() => createTask(session, 'device'), [session])
  return (
    <>
      <p role="status" class="good" data-state="ended">
        {words('conf.ended', { when: texts.when(own.endedMs) })}
      </p>
      <Forget {...props} at={own.id} task={task} />
      <TaskFailure task={task} texts={texts} />
    </>
  )
}

function End({ session, conferences, words, texts, id }: HostProps) {
  const task = useMemo(() => createTask(session), [session])
  return (
    <div class="row">
      <Ask
        open={words('conf.end')}
        ask={words('conf.end.ask')}
        help={words('conf.end.help')}
        go={words('conf.end.go')}
        cancel={words('conf.end.cancel')}
        isBusy={task.isBusy.value}
        act={() => void task.run(() => conferences.end(id))}
      />
      <TaskFailure task={task} texts={texts} />
    </div>
  )
}

type OnProps = HostProps & {
  readonly hosting: Hosting
  readonly all: readonly Word[]
  /** The id of what says why nothing can be done here any more. */
  readonly why?: string | undefined
}

const whyId = 'closed-why'

function On(props: OnProps) {
  const { app, hosting, all, words, texts } = props
  const answering = useSignal('')
  const { value: link } = hosting.link
  const { value: lostUpTo } = hosting.lostUpTo
  const why = isClosed(link) ? whyId : undefined
  return (
    <>
      {why === undefined ? (
        <p class="help">
          {words('conf.until', { when: texts.when(hosting.untilMs) })} {words('conf.locks')}
        </p>
      ) : (
        <p id={whyId} class="note">
          {words('conf.closed')}
        </p>
      )}
      <div role="status" class={lostUpTo === 0 ? 'failure-none' : 'failure'}>
        {lostUpTo === 0 ? null : <p>{words('conf.lost', { seq: lostUpTo })}</p>}
      </div>
      <TaskFailure task={hosting.task} texts={texts} />
      <div class="host">
        <div>
          <ToAll {...props} why={why} />
          <WordList
            {...{ all, doctor: '', isOwn: true, words, texts }}
            below={word => <Answer {...{ word, answering, hosting, words, why }} />}
          />
        </div>
        <div>
          <Members {...{ app, hosting, words, texts, why }} />
          <Others {...props} why={why} />
        </div>
      </div>
      <Figures {...{ app, words, texts }} run={hosting} />
    </>
  )
}

function ToAll({ hosting, words, why }: OnProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const { task, draft } = hosting
  // What would wait until the clinic was there once is not said before.
  const isOff = !hosting.hasBeenLive.value || why !== undefined
  const sayUrgently = async (): Promise<void> => {
    const { value: text } = draft
    if ((await hosting.say(text, true)) && draft.value === text) draft.value = ''
    // The button that has the focus cannot be used while there is nothing to say.
    const isHere = field.current?.form?.contains(document.activeElement) === true
    if (isHere || isFocusFree(document, null)) field.current?.focus()
  }
  return (
    <Speak
      id="say"
      label={words('conf.say')}
      go={words('conf.say.go')}
      help={words('conf.say.help')}
      {...{ task, isOff, why, draft, field }}
      say={text => hosting.say(text, false)}
    >
      <Ask
        open={words('conf.emergency')}
        ask={words('conf.emergency.ask')}
        help={words('conf.emergency.help')}
        go={words('conf.emergency.go')}
        cancel={words('conf.emergency.cancel')}
        isBusy={task.isBusy.value}
        isOff={isOff || draft.value.trim() === ''}
        act={() => void sayUrgently()}
      />
    </Speak>
  )
}

/** Who is not in it yet. */
function Others({ session, hosting, words, texts, why }: OnProps) {
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const inside = new Set(hosting.members.value.map(({ pairId }) => pairId))
  const people = patientsToInvite(session, inside, texts)
  const invited = chosenOf(people, chosen)
  const invite = async (): Promise<void> => {
    if (await hosting.invite(invited)) chosen.value = new Set()
  }
  return (
    <details>
      <summary>{words('conf.invite')}</summary>
      <Invitees
        {...{ people, chosen, texts }}
        help={words('conf.people.help')}
        nobody={words(inside.size === 0 ? 'conf.people.nobody' : 'conf.people.no-others')}
        isForMany
        isOff={why !== undefined}
      />
      {invited.length === 0 ? null : (
        <button
          type="button"
          disabled={hosting.task.isBusy.value || why !== undefined}
          aria-describedby={why}
          onClick={() => void invite()}
        >
          {words('conf.invite.go', { count: invited.length })}
        </button>
      )}
    </details>
  )
}
