/** Writing to all who are in a care team. */
import type { TeamView } from '../team/team-view.js'
import type { TeamWords } from '../text/team-words.js'
import { Failure, FileButton, TaskFailure } from './parts.js'
import type { TeamProps } from './team.js'

export function TeamCompose({ team, open, words, texts }: TeamProps) {
  const others = team.people.filter(({ isSelf }) => !isSelf)
  const isOff = open.task.isBusy.value || team.isBehind || others.length === 0
  return (
    <>
      <Failure error={open.unkept.value} texts={texts} />
      <TaskFailure task={open.task} texts={texts} />
      <form
        class="compose"
        onSubmit={event => {
          event.preventDefault()
          if (!isOff) void open.send()
        }}
      >
        <label for="team-write">{toWhom(others, words)}</label>
        <textarea
          id="team-write"
          rows={2}
          autocomplete="off"
          value={open.text.value}
          aria-describedby="team-write-help"
          onInput={({ currentTarget }) => void open.write(currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !isOff) void open.send()
          }}
        />
        <div class="row">
          <button type="submit" disabled={isOff}>
            {words('team.send')}
          </button>
          {isOff ? null : <FileButton label={words('team.attach')} onFile={file => void open.attach(file)} />}
          <span class="help" id="team-write-help">
            {words('team.send.help')}
          </span>
        </div>
      </form>
    </>
  )
}

function toWhom(others: TeamView['people'], words: TeamWords): string {
  const [first] = others
  if (first === undefined) return words('team.write.nobody')
  return others.length === 1
    ? words('team.write.one', { name: first.name })
    : words('team.write', { count: others.length })
}
