/** The first screens: a device without keys, and a locked one. */
import { ChartsealError } from '@chartseal/core/errors'
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import { createTask } from '../state/task.js'
import { Ask } from './ask.js'
import { Failure, Field, isTwice, NewSecret, SecretField, TaskFailure, TaskForm } from './parts.js'

export function Start({ app }: { app: App }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(app.platform), [])
  const differ = useSignal(false)
  // Before the first contact its name is not known.
  const clinic = app.clinic.value?.name ?? app.platform.origin
  const invited = app.invitation.value !== ''
  const enrol = (value: (name: string) => string): void => {
    differ.value = !isTwice(value, 'passphrase')
    if (differ.value) return
    const invitation = invited ? app.invitation.value : value('invitation')
    void task.run(() =>
      app.enrol({ name: value('name').trim(), passphrase: value('passphrase'), invitation }),
    )
  }
  return (
    <section class="narrow">
      <h1>{t('start.title')}</h1>
      {app.isUntold.value ? <p class="note">{t('start.untold')}</p> : null}
      <p>{invited ? t('start.invited', { clinic }) : t('start.no-keys')}</p>
      <TaskForm task={task} texts={texts} go={t('start.go')} busy={t('start.working')} onSend={enrol}>
        {invited ? null : (
          <Field id="invitation" label={t('start.invitation')}>
            <input id="invitation" name="invitation" required autocomplete="off" spellcheck={false} />
          </Field>
        )}
        <Field id="name" label={t('start.name')}>
          <input id="name" name="name" required maxLength={64} autocomplete="name" />
        </Field>
        <NewSecret id="passphrase" label={t('start.passphrase')} differ={differ.value} texts={texts} />
      </TaskForm>
      {isOther(task.error.value) ? <BeginAnew app={app} /> : null}
      <p class="help">{t('start.kit')}</p>
      <a class="step" href="#/about">
        {t('nav.about')}
      </a>
    </section>
  )
}

/** Keys of an earlier try are here, which the clinic knows. */
const isOther = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === 'console/wrong-passphrase'

export function Unlock({ app }: { app: App }) {
  const texts = app.texts.value
  const { t, when } = texts
  const task = useMemo(() => createTask(app.platform, 'device'), [])
  const { value: lastMs } = app.lastUnlockMs
  const unlock = async (passphrase: string): Promise<void> => {
    if (await task.run(() => app.unlock(passphrase))) return
    // What was typed is typed again.
    const field = document.getElementById('passphrase')
    if (!(field instanceof HTMLInputElement)) return
    field.focus()
    field.select()
  }
  return (
    <section class="narrow">
      <h1>{t('unlock.title')}</h1>
      <p>{t('unlock.who', { name: app.device.value?.name ?? '', clinic: app.clinic.value?.name ?? '' })}</p>
      <p class="help">{lastMs === 0 ? t('unlock.never') : t('unlock.last', { when: when(lastMs) })}</p>
      {app.hasIdled.value ? <p class="note">{t('unlock.idle')}</p> : null}
      <Failure error={app.problem.value} texts={texts} />
      {app.invitation.value === '' ? null : <p class="note">{t('unlock.invited')}</p>}
      {app.hasPasskey.value ? (
        <>
          <button type="button" disabled={task.isBusy.value} onClick={() => task.run(app.unlockWithPasskey)}>
            {t('unlock.passkey')}
          </button>
          <p class="or">{t('unlock.or')}</p>
        </>
      ) : null}
      <TaskForm
        task={task}
        texts={texts}
        go={t('unlock.go')}
        busy={t('unlock.working')}
        isQuiet={app.hasPasskey.value}
        onSend={value => void unlock(value('passphrase'))}
      >
        <SecretField id="passphrase" label={t('unlock.passphrase')} />
      </TaskForm>
      <p class="help">{t('unlock.help')}</p>
      <BeginAnew app={app} />
      <div class="row">
        <a class="step" href="#/restore">
          {t('kit.title')}
        </a>
        <a class="step" href="#/about">
          {t('nav.about')}
        </a>
      </div>
    </section>
  )
}

/** The way back by the recovery kit, for whoever cannot unlock; the fragment stays, so that it goes on there. */
export function KitWay({ app }: { app: App }) {
  const { t } = app.texts.value
  return (
    <section class="narrow">
      <a class="step" href="#/home">
        {t('nav.back')}
      </a>
      <h1>{t('kit.restore')}</h1>
      <ol>
        <li>{t('kit.way.invitation')}</li>
        <li>{t('kit.way.anew')}</li>
        <li>{t('kit.way.sheets')}</li>
      </ol>
      <BeginAnew app={app} />
    </section>
  )
}

/** For whom nothing opens this device any more. */
function BeginAnew({ app }: { app: App }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(app.platform), [])
  return (
    <>
      <Ask
        look="link"
        open={t('unlock.anew')}
        ask={t('device.end.ask')}
        help={t('unlock.anew.help')}
        go={t('device.end.confirm')}
        cancel={t('device.end.cancel')}
        isBusy={task.isBusy.value}
        act={() => void task.run(app.beginAnew)}
      />
      <TaskFailure task={task} texts={texts} />
    </>
  )
}
