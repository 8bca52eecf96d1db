/** What was said in a conference, on either end. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Word } from '../conference/word-row.js'
import type { ConferenceWords } from '../text/conference-words.js'
import type { Texts } from '../text/texts.js'

interface WordListProps {
  readonly all: readonly Word[]
  /** Who speaks to all. */
  readonly doctor: string
  readonly isOwn: boolean
  readonly words: ConferenceWords
  readonly texts: Texts
  readonly below?: (word: Word) => ComponentChildren
}

/** Read aloud as it comes, but for an emergency, which the frame reads at once. */
export function WordList({ all, doctor, isOwn, words, texts, below }: WordListProps) {
  const { box, lines } = useNewest(all, isOwn)
  return (
    <>
      <h2>{words('conf.words')}</h2>
      {all.length === 0 ? <p class="help">{words('conf.words.none')}</p> : null}
      <div ref={box} role="log" aria-label={words('conf.words')} class="words" tabIndex={0}>
        <div ref={lines} class="lines">
          {all.map(word => (
            <article
              key={word.key}
              class={isMine(word, isOwn) ? 'message own' : 'message'}
              data-kind={word.kind}
              data-state={word.state}
            >
              {word.kind === 'emergency' ? <p class="badge urgent">{words('conf.word.emergency')}</p> : null}
              <p class="text">
                {word.kind === 'missed' ? words('conf.word.missed', { count: word.sequence }) : word.text}
              </p>
              <p class="meta">
                <bdi>{speaker(word, doctor, isOwn, words)}</bdi> <time>{texts.when(word.atMs)}</time>
                {stateText(word, isOwn, words)}
              </p>
              {below?.(word)}
            </article>
          ))}
        </div>
      </div>
    </>
  )
}

const nearPixels = 60

/** Whoever is at the newest word stays there, whatever grows; for whoever reads further up nothing moves, but when they speak. */
function useNewest(all: readonly Word[], isOwn: boolean) {
  const [box, lines] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)]
  const isNear = useRef(true)
  const newest = all.at(-1)
  const stay = (isForced: boolean): void => {
    const { current: element } = box
    if (element !== null && (isForced || isNear.current)) element.scrollTop = element.scrollHeight
  }
  useEffect(() => {
    const { current: element } = box
    if (element === null || lines.current === null) return undefined
    const look = (): void => {
      const { scrollTop, clientHeight, scrollHeight } = element
      isNear.current = scrollTop + clientHeight > scrollHeight - nearPixels
    }
    const sizes = new ResizeObserver(() => stay(false))
    for (const one of [element, lines.current]) sizes.observe(one)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  useLayoutEffect(() => stay(newest !== undefined && isMine(newest, isOwn)), [newest?.key])
  return { box, lines }
}

const isMine = ({ kind }: Word, isOwn: boolean): boolean =>
  kind === 'to' || (isOwn && (kind === 'said' || kind === 'emergency'))

function speaker(word: Word, doctor: string, isOwn: boolean, words: ConferenceWords): string {
  const name = isOwn ? word.name : doctor
  if (word.kind === 'to') return words('conf.word.to', { name })
  if (word.kind === 'from') return words('conf.word.from', { name })
  if (word.kind === 'missed') return ''
  return isOwn ? words('conf.word.you') : words('conf.word.doctor', { name })
}

function stateText(word: Word, isOwn: boolean, words: ConferenceWords) {
  const { state } = word
  if (!isMine(word, isOwn) || state === 'new' || state === 'there') return null
  return <span class={`state word-${state}`}>{words(`conf.word.${state}`)}</span>
}
