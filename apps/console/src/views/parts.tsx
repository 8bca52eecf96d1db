/** Small parts that the screens share. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { Task } from '../state/task.js'
import { errorText } from '../text/error-text.js'
import type { Texts } from '../text/texts.js'

/** Stays until the next try: no error is shown for a moment only. */
export function Failure({ error, texts }: { error: unknown; texts: Texts }) {
  return (
    <div role="alert" class={error === null ? 'failure-none' : 'failure'}>
      {error === null ? null : <p>{errorText(error, texts)}</p>}
    </div>
  )
}

export function TaskFailure({ task, texts }: { task: Task; texts: Texts }) {
  return <Failure error={task.error.value} texts={texts} />
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
