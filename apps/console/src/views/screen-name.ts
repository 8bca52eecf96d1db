/** What a screen is called: in the title of the window, and read aloud when the screen changes. */
import { useEffect, useRef } from 'preact/hooks'

/** @param screen changes with the screen */
export function useScreenName(screen: string, language: string): void {
  const before = useRef(screen)
  useEffect(() => {
    const main = document.getElementById('main')
    if (main === null) return undefined
    // A screen that was opened with the page takes nobody's focus.
    const isNew = before.current !== screen
    before.current = screen
    if (tell(main, isNew)) return undefined
    const loading = new MutationObserver(() => {
      if (tell(main, isNew)) loading.disconnect()
    })
    loading.observe(main, { childList: true, subtree: true })
    return () => loading.disconnect()
  }, [screen, language])
}

/** `false` before there is a heading. */
function tell(main: HTMLElement, isNew: boolean): boolean {
  const title = [...main.querySelectorAll('h1')].at(-1)
  if (title === undefined) return false
  document.title = `${title.textContent} · Chartseal`
  title.tabIndex = -1
  if (isNew) title.focus()
  return true
}
