/** How a list of messages scrolls. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

const nearPixels = 120

/**
 * Whoever is at the newest message stays there, whatever comes or grows; for whoever reads further up nothing moves, but
 * when they write themselves.
 */
export function useStaying(box: Box, lines: Box, messages: readonly Line[]): void {
  const place = useRef<Place>({ isNear: true, newest: '', anchor: null, top: 0 })
  const newest = messages.at(-1)
  useLayoutEffect(() => {
    const { current: element } = box
    if (element === null) return
    const { isNear, newest: before, anchor, top } = place.current
    const isAtEnd = isNear || (newest?.own === true && newest.key !== before)
    if (isAtEnd) element.scrollTop = element.scrollHeight
    else if (anchor?.isConnected === true) element.scrollTop += anchor.offsetTop - top
    const first = lines.current?.querySelector<HTMLElement>('.message') ?? null
    const next = { newest: newest?.key ?? '', anchor: first, top: first?.offsetTop ?? 0 }
    place.current = { ...next, isNear: isAtEnd }
  }, [messages])
  useEffect(() => {
    const { current: element } = box
    if (element === null || lines.current === null) return undefined
    const stay = new ResizeObserver(() => {
      if (place.current.isNear) element.scrollTop = element.scrollHeight
    })
    stay.observe(element)
    stay.observe(lines.current)
    const look = (): void => {
      const { scrollTop, clientHeight, scrollHeight } = element
      place.current.isNear = scrollTop + clientHeight > scrollHeight - nearPixels
    }
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      stay.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
}

/** One of those that are shown. */
interface Line {
  readonly key: string
  readonly own: boolean
}

type Box = { readonly current: HTMLDivElement | null }

interface Place {
  /** The newest message is in view, or nearly. */
  isNear: boolean
  newest: string
  /** What was the first message, and where: how far it moves is what came above it. */
  anchor: HTMLElement | null
  top: number
}
