/** The clinic shows another log: both keys in words, to be compared with the clinic in person before anything goes on. */
import { keyWords } from '@chartseal/clinic'
import { useMemo } from 'preact/hooks'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import type { Texts } from '../text/texts.js'
import { TaskFailure } from './parts.js'

export function OtherLog({ session, texts }: { session: Session; texts: Texts }) {
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

export function KeyInWords({ label, verifierKey }: { label: string; verifierKey: string }) {
  return (
    <p class="key-words">
      {label} <strong translate={false}>{keyWords(verifierKey)}</strong>
    </p>
  )
}
