/** The clinic shows another log: both keys in words, to be compared with the clinic in person before anything goes on. */
import { useMemo } from 'preact/hooks'
import { createTask } from '../state/task.js'
import { KeyInWords } from './key-in-words.js'
import type { ScreenProps } from './lazy.js'
import { TaskFailure } from './parts.js'

export function OtherLog({ app, session }: ScreenProps) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(session), [session])
  const { value: log } = session.otherLog
  if (log === null) return null
  return (
    <div class="compare">
      <KeyInWords label={t('log.before')} verifierKey={session.clinic.log.verifierKey} />
      <KeyInWords label={t('log.now')} verifierKey={log.verifierKey} />
      <p>{t('log.accept.help')}</p>
      <TaskFailure task={task} texts={texts} />
      <button
        type="button"
        class="small"
        disabled={task.isBusy.value}
        onClick={() => void task.run(session.acceptLog)}
      >
        {t('log.accept')}
      </button>
    </div>
  )
}
