/** For a device that the clinic does not know any more: the same keys, by another invitation. */
import { useMemo } from 'preact/hooks'
import { isUnknownHere } from '../api/refusals.js'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import { Field, TaskForm } from './parts.js'

export function EnrolAgain({ app, session }: { app: App; session: Session }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(session), [session])
  if (!isUnknownHere(session.problem.value) && !task.isBusy.value && task.error.value === null) return null
  const enrol = (invitation: string): Promise<boolean> =>
    task.run(async () => {
      await session.enrolAgain(invitation)
      app.invitation.value = ''
    })
  return (
    <section class="note" aria-labelledby="again-title">
      <h2 id="again-title">{t('device.again')}</h2>
      <p>{t('device.again.help')}</p>
      <TaskForm
        task={task}
        texts={texts}
        go={t('device.again.go')}
        onSend={value => void enrol(value('again-invitation'))}
      >
        <Field id="again-invitation" label={t('start.invitation')}>
          <input
            id="again-invitation"
            name="again-invitation"
            required
            autocomplete="off"
            spellcheck={false}
            defaultValue={app.invitation.value}
          />
        </Field>
      </TaskForm>
    </section>
  )
}
