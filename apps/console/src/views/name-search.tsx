/** Finding somebody in a long list: more are found by their names than are read. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { peopleWordsOf } from '../text/people-words.js'
import type { Texts } from '../text/texts.js'
import { isNamed } from './names.js'

export const mostShown = 200
const fewNames = 8

interface NameSearch<One> {
  readonly found: readonly One[]
  /** Where to type; nothing while there are few. */
  readonly field: ComponentChildren
}

export function useNameSearch<One>(
  all: readonly One[],
  nameOf: (one: One) => string,
  { t }: Texts,
): NameSearch<One> {
  const search = useSignal('')
  const found = all.filter(one => isNamed(nameOf(one), search.value))
  // What narrows the list stays in view.
  if (all.length <= fewNames && search.value.trim() === '') return { found, field: null }
  const field = (
    <input
      type="search"
      aria-label={t('patients.search')}
      placeholder={t('patients.search')}
      value={search.value}
      onInput={({ currentTarget }) => (search.value = currentTarget.value)}
    />
  )
  return { found, field }
}

/** Below a list: that nobody fits, or that more do than are shown. */
export function HowMany({ count, texts }: { count: number; texts: Texts }) {
  if (count > 0 && count <= mostShown) return null
  return (
    <p class="help">
      {count === 0
        ? texts.t('patients.none')
        : peopleWordsOf(texts)('people.more', { shown: mostShown, count })}
    </p>
  )
}
