/** Small parts that the screens share. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Platform } from '../state/platform.js'
import { slowMs, type Task } from '../state/task.js'
import { errorText } from '../text/error-text.js'
import type { Texts } from '../text/texts.js'
import { leastPassphrase } from '../vault/vault.js'

interface FailureProps {
  readonly error: unknown
  readonly texts: Texts
  /** In the words of a screen that has its own. */
  readonly say?: (error: unknown, texts: Texts) => string
}

/** Stays until the next try: no error is shown for a moment only. */
export function Failure({ error, texts, say = errorText }: FailureProps) {
  return (
    <div role="alert" class={error === null ? 'failure-none' : 'failure'}>
      {error === null ? null : <p>{say(error, texts)}</p>}
    </div>
  )
}

/** What failed, or what a task that takes long waits for. */
export function TaskFailure({ task, ...props }: Omit<FailureProps, 'error'> & { readonly task: Task }) {
  const { texts } = props
  return (
    <>
      <Failure error={task.error.value} {...props} />
      <div role="status" class={task.isSlow.value ? 'slow' : 'failure-none'}>
        {task.isSlow.value ? <p>{texts.t(`slow.${task.waitsFor}`)}</p> : null}
      </div>
    </>
  )
}

/** While something is read here: a word at once, and more of them when it takes long. */
export function OneMoment({ timer, texts: { t } }: { timer: Pick<Platform, 'wait'>; texts: Texts }) {
  const isSlow = useSignal(false)
  useEffect(() => {
    const over = new AbortController()
    void timer.wait(slowMs, over.signal).then(() => {
      if (!over.signal.aborted) isSlow.value = true
    })
    return () => over.abort()
  }, [])
  return (
    <p class="waiting" role="status">
      {t(isSlow.value ? 'slow.device' : 'app.loading')}
    </p>
  )
}

/** A label above its field, with help below. */
export function Field({
  id,
  label,
  help,
  children,
}: {
  id: string
  label: string
  help?: string
  children: ComponentChildren
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {help === undefined ? null : (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}

interface SecretProps {
  readonly id: string
  readonly label: string
  readonly help?: string
  readonly isNew?: boolean
}

/** For a passphrase; its name is its id. */
export function SecretField({ id, isNew = false, ...rest }: SecretProps) {
  const described = rest.help === undefined ? {} : { 'aria-describedby': `${id}-help` }
  const autocomplete = isNew ? 'new-password' : 'current-password'
  return (
    <Field id={id} {...rest}>
      <input id={id} name={id} type="password" required autocomplete={autocomplete} {...described} />
    </Field>
  )
}

interface NewSecretProps {
  readonly id: string
  readonly label: string
  /** The two were not the same. */
  readonly differ: boolean
  readonly texts: Texts
}

/** A new passphrase, twice: what is mistyped locks out whoever typed it. */
export function NewSecret({ id, label, differ, texts: { t } }: NewSecretProps) {
  return (
    <>
      <SecretField
        id={id}
        label={label}
        help={t('start.passphrase.help', { least: leastPassphrase })}
        isNew
      />
      <SecretField id={`${id}-again`} label={t('start.passphrase.again')} isNew />
      {differ ? (
        <p role="alert" class="failure">
          {t('error.passphrases-differ')}
        </p>
      ) : null}
    </>
  )
}

/** Whether what {@link NewSecret} asks for was typed the same way twice. */
export const isTwice = (value: (name: string) => string, id: string): boolean =>
  value(id) === value(`${id}-again`)

interface TaskFormProps {
  readonly task: Task
  readonly texts: Texts
  /** What its button says, and while it is under way. */
  readonly go: string
  readonly busy?: string
  /** The button is not what most people want here. */
  readonly isQuiet?: boolean
  readonly onSend: (value: (name: string) => string) => void
  readonly children: ComponentChildren
}

/** A form whose button starts a task; what failed stands above the button. */
export function TaskForm({ task, texts, go, busy = go, isQuiet = false, onSend, children }: TaskFormProps) {
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        onSend(valuesOf(event.currentTarget))
      }}
    >
      {children}
      <TaskFailure task={task} texts={texts} />
      <button type="submit" class={isQuiet ? 'quiet' : ''} disabled={task.isBusy.value}>
        {task.isBusy.value ? busy : go}
      </button>
    </form>
  )
}

/** A button that opens the browser's choice of a file. */
export function FileButton({
  label,
  accept,
  onFile,
}: {
  label: string
  accept?: string
  onFile: (file: File) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" class="quiet" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        {...(accept === undefined ? {} : { accept })}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          if (file !== undefined) onFile(file)
          currentTarget.value = ''
        }}
      />
    </>
  )
}

/** What a form's fields hold, by name. */
export function valuesOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form)
  return name => {
    const value = data.get(name)
    return typeof value === 'string' ? value : ''
  }
}
