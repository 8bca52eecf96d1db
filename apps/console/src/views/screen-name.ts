/** What a screen is called: in the title of the window, and read aloud when the screen changes. */
import { useEffect, useMemo, useRef } from 'preact/hooks'

/** @param screen changes with the screen @param mark stands before its name in the title of the window */
export function useScreenName(screen: string, language: string, mark: string): void {
  const before = useRef(screen)
  const from = useMemo(() => document.activeElement, [screen])
  useEffect(() => {
    const main = document.getElementById('main')
    if (main === null) return undefined
    // A screen that was opened with the page takes nobody's focus.
    const isNew = before.current !== screen
    before.current = screen
    const tell = (): boolean => tellName(main, mark, isNew && isFocusFree(document, from))
    if (tell()) return undefined
    const loading = new MutationObserver(() => {
      if (tell()) loading.disconnect()
    })
    loading.observe(main, { childList: true, subtree: true })
    return () => loading.disconnect()
  }, [screen, language, mark])
}

/** Whether nobody has moved the focus since the screen changed: a screen that comes late takes it from nobody who went on. */
export function isFocusFree({ activeElement, body }: Focus, from: Element | null): boolean {
  return activeElement === null || activeElement === body || activeElement === from
}

type Focus = Pick<Document, 'activeElement' | 'body'>

/** `false` before there is a heading, and while a part of the screen is loaded whose heading is to come. */
function tellName(main: HTMLElement, mark: string, takesFocus: boolean): boolean {
  const title = [...main.querySelectorAll('h1')].at(-1)
  if (title === undefined || main.querySelector('[data-loading]') !== null) return false
  document.title = `${mark}${title.textContent} · Chartseal`
  title.tabIndex = -1
  if (takesFocus) title.focus()
  return true
}
