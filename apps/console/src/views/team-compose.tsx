/** Writing to all who are in a care team. */
import type { TeamView } from '../team/team-view.js'
import type { TeamWords } from '../text/team-words.js'
import { ComposeForm } from './compose-form.js'
import { Failure, FileButton, TaskFailure } from './parts.js'
import type { TeamProps } from './team.js'

export function TeamCompose({ team, open, words, texts }: TeamProps) {
  const others = team.people.filter(({ isSelf }) => !isSelf)
  const unreached = others.filter(({ box }) => box === '').map(({ name }) => name)
  const isShut = team.isBehind || others.length === 0
  return (
    <>
      <Failure error={open.unkept.value} texts={texts} />
      <TaskFailure task={open.task} texts={texts} />
      {unreached.length === 0 ? null : (
        <p class="note">{words('team.unreached', { names: unreached.join(', ') })}</p>
      )}
      <ComposeForm
        id="team-write"
        label={toWhom(others, words)}
        go={words('team.send')}
        help={words('team.send.help')}
        text={open.text.value}
        write={open.write}
        send={() => (isShut ? undefined : open.send())}
        isOff={isShut || open.task.isBusy.value}
      >
        {isShut ? null : <FileButton label={words('team.attach')} onFile={file => void open.attach(file)} />}
      </ComposeForm>
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
