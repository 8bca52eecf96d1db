/** A screen whose data is read first: what it waits for, or what failed, with a way to try once more. */
import type { Session } from '../state/session.js'
import type { Task } from '../state/task.js'
import type { Texts } from '../text/texts.js'
import { OneMoment, TaskFailure } from './parts.js'

interface OpeningProps {
  readonly task: Task
  readonly session: Session
  readonly texts: Texts
  /** Words of the button. */
  readonly retry: string
  readonly open: () => Promise<boolean>
}

export function Opening({ task, session, texts, retry, open }: OpeningProps) {
  const hasFailed = task.error.value !== null
  return (
    <>
      {hasFailed ? null : <OneMoment timer={session} texts={texts} />}
      <TaskFailure task={task} texts={texts} />
      {hasFailed ? (
        <button type="button" onClick={() => void open()}>
          {retry}
        </button>
      ) : null}
    </>
  )
}
