/** What cannot be taken back is asked for twice. */
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { useFocusAcross } from './focus-across.js'

interface AskProps {
  readonly open: string
  /** What is read aloud in its place, where it does not say of whom. */
  readonly label?: string
  /** Classes of the button that asks. */
  readonly look?: string
  readonly ask: string
  readonly help?: string
  readonly go: string
  readonly cancel: string
  readonly isBusy: boolean
  readonly isOff?: boolean
  readonly act: () => void
}

export function Ask(props: AskProps) {
  const { open, label, ask, help, go, cancel, isBusy, isOff = false, act } = props
  const { look = label === undefined ? 'quiet' : 'quiet small' } = props
  const isAsking = useSignal(false)
  const [opener, asked] = [useRef<HTMLButtonElement>(null), useRef<HTMLFieldSetElement>(null)]
  useFocusAcross(isAsking.value, asked, opener)
  const close = (): void => {
    isAsking.value = false
  }
  if (!isAsking.value)
    return (
      <button
        ref={opener}
        type="button"
        class={look}
        {...(label === undefined ? {} : { 'aria-label': label })}
        disabled={isOff}
        onClick={() => (isAsking.value = true)}
      >
        {open}
      </button>
    )
  return (
    <fieldset ref={asked} class="note ask" tabIndex={-1}>
      <legend class="hidden">{ask}</legend>
      <p>{ask}</p>
      {help === undefined ? null : <p>{help}</p>}
      <div class="row">
        <button
          type="button"
          class="danger"
          disabled={isBusy || isOff}
          onClick={() => {
            close()
            act()
          }}
        >
          {go}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {cancel}
        </button>
      </div>
    </fieldset>
  )
}
