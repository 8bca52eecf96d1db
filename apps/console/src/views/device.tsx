/** Device and keys: how they are, what to do next, and how to lock. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { type Health, keyHealth } from '../device/key-health.js'
import { writesTo } from '../device/role.js'
import type { App } from '../state/app.js'
import type { Session } from '../state/session.js'
import { createTask } from '../state/task.js'
import type { Texts } from '../text/texts.js'
import { addPasskey, changePassphrase, removePasskey } from '../vault/vault.js'
import { EnrolAgain } from './again.js'
import { Ask } from './ask.js'
import { isTwice, NewSecret, SecretField, TaskFailure, TaskForm } from './parts.js'

export function DeviceScreen({ app, session }: { app: App; session: Session }) {
  const { t } = app.texts.value
  return (
    <section class="wide">
      <h1>{t('device.title')}</h1>
      <EnrolAgain app={app} session={session} />
      <HealthList app={app} session={session} />
      {writesTo(session.device.role) ? (
        <a class="step" href="#/pair">
          {t('pair.again')}
        </a>
      ) : null}
      <Facts app={app} session={session} />
      <h2>{t('nav.lock')}</h2>
      <p>{t(session.device.role === 'pharmacist' ? 'device.lock.help.counter' : 'device.lock.help')}</p>
      <button type="button" onClick={app.lock}>
        {t('device.lock')}
      </button>
      <Ways app={app} />
      <End app={app} />
    </section>
  )
}

function HealthList({ app, session }: { app: App; session: Session }) {
  const { t } = app.texts.value
  const isPersistent = useSignal(false)
  useEffect(() => {
    app.platform.storage.isPersistent().then(
      is => (isPersistent.value = is),
      () => undefined,
    )
  }, [])
  const paired = session.pairs.value.filter(pair => pair.isPaired)
  const health = keyHealth({
    writes: writesTo(session.device.role),
    pairs: paired.length,
    uncovered: paired.filter(pair => !pair.isCovered).length,
    hasPasskey: app.hasPasskey.value,
    canHavePasskey: app.platform.passkeys.available,
    isPersistent: isPersistent.value,
    isInstalled: app.platform.isInstalled(),
    strays: session.strays.value,
  })
  const ask = async (): Promise<void> => {
    isPersistent.value = await app.platform.storage.ask().catch(() => false)
  }
  return (
    <>
      <h2>{t('device.health')}</h2>
      <ul class="list health">
        {health.map(one => (
          <HealthLine key={one.item} health={one} texts={app.texts.value} ask={() => void ask()} />
        ))}
      </ul>
    </>
  )
}

function HealthLine({ health, texts: { t }, ask }: { health: Health; texts: Texts; ask: () => void }) {
  const { item, state, step } = health
  return (
    <li class={`health-${state}`}>
      <span class="badge">{t(`health.${state}`)}</span>
      <span>{t(`health.${item}.${state === 'good' ? 'good' : 'bad'}`)}</span>
      {step === 'pair' ? <a href="#/pair">{t('step.pair')}</a> : null}
      {step === 'make-kit' ? <a href="#/kit">{t('step.make-kit')}</a> : null}
      {step === 'restore' ? <a href="#/restore">{t('step.restore')}</a> : null}
      {step === 'add-passkey' ? (
        <button type="button" class="link" onClick={() => document.getElementById('passkey-now')?.focus()}>
          {t('step.add-passkey')}
        </button>
      ) : null}
      {step === 'ask-storage' ? (
        <button type="button" class="quiet small" onClick={ask}>
          {t('step.ask-storage')}
        </button>
      ) : null}
    </li>
  )
}

function Facts({ app, session }: { app: App; session: Session }) {
  const { t, when, month } = app.texts.value
  const { name, role, kid, enrolledMs } = session.device
  const months = [...new Set(session.pairs.value.map(({ epoch }) => epoch))].filter(epoch => epoch !== '')
  return (
    <>
      <h2>{t('device.facts')}</h2>
      <dl class="facts">
        <dt>{t('device.name')}</dt>
        <dd>{name}</dd>
        <dt>{t('device.role')}</dt>
        <dd>{t(`device.role.${role}`)}</dd>
        <dt>{t('device.enrolled')}</dt>
        <dd>{when(enrolledMs)}</dd>
        {months.length === 0 ? null : (
          <>
            <dt>{t('device.month')}</dt>
            <dd>{months.map(month).join(', ')}</dd>
          </>
        )}
        <dt>{t('device.kid')}</dt>
        <dd class="code">{kid}</dd>
      </dl>
    </>
  )
}

function Ways({ app }: { app: App }) {
  const { t } = app.texts.value
  const { available } = app.platform.passkeys
  const has = app.hasPasskey.value
  return (
    <>
      <h2>{t('device.ways')}</h2>
      <p>{t(has ? 'device.passkey.has' : available ? 'device.passkey.none' : 'device.passkey.unable')}</p>
      {available ? <PasskeyForm app={app} /> : null}
      <details>
        <summary>{t('device.passphrase.change')}</summary>
        <PassphraseForm app={app} />
      </details>
    </>
  )
}

function PasskeyForm({ app }: { app: App }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(app.platform, 'device'), [])
  const change = (work: () => Promise<void>): Promise<boolean> =>
    task.run(async () => {
      await work()
      await app.refreshWays()
    })
  if (app.hasPasskey.value)
    return (
      <>
        <TaskFailure task={task} texts={texts} />
        <button type="button" class="quiet" onClick={() => void change(() => removePasskey(app.vault))}>
          {t('device.passkey.remove')}
        </button>
      </>
    )
  const add = (now: string): Promise<boolean> =>
    change(() => addPasskey(app.vault, now, app.device.value?.name ?? ''))
  return (
    <TaskForm
      task={task}
      texts={texts}
      go={t('device.passkey.add')}
      onSend={value => void add(value('passkey-now'))}
    >
      <SecretField id="passkey-now" label={t('device.passphrase.now')} />
    </TaskForm>
  )
}

function PassphraseForm({ app }: { app: App }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(app.platform, 'device'), [])
  const [differ, isDone] = [useSignal(false), useSignal(false)]
  const change = async (value: (name: string) => string): Promise<void> => {
    isDone.value = false
    differ.value = !isTwice(value, 'change-next')
    if (differ.value) return
    isDone.value = await task.run(() =>
      changePassphrase(app.vault, value('change-now'), value('change-next')),
    )
  }
  return (
    <>
      <TaskForm
        task={task}
        texts={texts}
        go={t('device.passphrase.change')}
        onSend={value => void change(value)}
      >
        <SecretField id="change-now" label={t('device.passphrase.now')} />
        <NewSecret id="change-next" label={t('device.passphrase.new')} differ={differ.value} texts={texts} />
      </TaskForm>
      {isDone.value ? <p role="status">{t('device.changed')}</p> : null}
    </>
  )
}

function End({ app }: { app: App }) {
  const texts = app.texts.value
  const { t } = texts
  const task = useMemo(() => createTask(app.platform), [])
  return (
    <>
      <h2>{t('device.end')}</h2>
      <p>{t('device.end.help')}</p>
      <TaskFailure task={task} texts={texts} />
      <Ask
        open={t('device.end')}
        ask={t('device.end.ask')}
        go={t('device.end.confirm')}
        cancel={t('device.end.cancel')}
        isBusy={task.isBusy.value}
        act={() => void task.run(app.endDevice)}
      />
    </>
  )
}
