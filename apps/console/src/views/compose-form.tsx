/** Where to write; Ctrl+Enter sends. */
import type { ComponentChildren } from 'preact'

interface ComposeFormProps {
  readonly id: string
  readonly label: string
  readonly go: string
  /** What the keys do. */
  readonly help?: string | undefined
  readonly text: string
  readonly write: (text: string) => unknown
  readonly send: () => unknown
  readonly isOff: boolean
  /** The id of what says why it is off. */
  readonly why?: string | undefined
  readonly field?: { current: HTMLTextAreaElement | null } | null
  /** Beside the button. */
  readonly children?: ComponentChildren
}

export function ComposeForm(props: ComposeFormProps) {
  const { id, label, go, help, text, write, send, isOff, why, field = null, children } = props
  return (
    <form
      class="compose"
      onSubmit={event => {
        event.preventDefault()
        send()
      }}
    >
      <label for={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        autocomplete="off"
        value={text}
        {...(help === undefined ? {} : { 'aria-describedby': `${id}-help` })}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
        }}
      />
      <div class="row">
        <button type="submit" disabled={isOff} aria-describedby={why}>
          {go}
        </button>
        {help === undefined ? null : (
          <span class="help keys" id={`${id}-help`}>
            {help}
          </span>
        )}
        {children}
      </div>
    </form>
  )
}
