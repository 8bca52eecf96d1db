/** Where the focus goes when a part of a screen opens in the place of another one. */
import { useEffect, useRef } from 'preact/hooks'
import { isFocusFree } from './screen-name.js'

type Focusable = { readonly current: HTMLElement | null }

/** What had the focus goes when something opens in its place, and when that closes: then the other one has it. */
export function useFocusAcross(isOpen: boolean, inside: Focusable, outside: Focusable): void {
  const wasOpen = useRef(isOpen)
  useEffect(() => {
    const isNew = wasOpen.current !== isOpen
    wasOpen.current = isOpen
    if (!isNew || !isFocusFree(document, null)) return
    const { current } = isOpen ? inside : outside
    current?.focus()
    // All of a question is to be seen, also where it stands in a box that scrolls.
    if (isOpen) current?.scrollIntoView({ block: 'nearest' })
  }, [isOpen])
}

/**
 * When a screen becomes another one, its name has the focus of whoever had it in what is gone.
 * @param state empty before it was read
 */
export function useNameOf(state: string) {
  const name = useRef<HTMLHeadingElement>(null)
  const before = useRef(state)
  useEffect(() => {
    const isNew = before.current !== '' && before.current !== state
    before.current = state
    if (isNew && isFocusFree(document, null)) name.current?.focus()
  }, [state])
  return name
}
