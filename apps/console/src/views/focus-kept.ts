/** What a person pressed is off while its work goes on, which takes the focus from it: it comes back when that is over. */
import { isFocusFree } from './screen-name.js'

export function keepFocus(page: HTMLElement): void {
  let last: Element | null = null
  page.addEventListener('focusin', ({ target }) => {
    last = target instanceof Element ? target : null
  })
  const changes = new MutationObserver(all => {
    const isBack = last?.isConnected === true && !last.matches(':disabled')
    if (!isBack || !all.some(({ target }) => target === last) || !isFocusFree(document, null)) return
    if (last instanceof HTMLElement) last.focus({ preventScroll: true })
  })
  changes.observe(page, { subtree: true, attributes: true, attributeFilter: ['disabled'] })
}
