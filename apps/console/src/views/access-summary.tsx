/** What can be said of all entries: nothing before each was checked. */
import type { CheckedEntry } from '../access/read.js'
import type { Cosigned, Witnesses } from '../access/witnesses.js'
import type { AccessScreen } from '../state/access.js'
import type { AccessTexts } from '../text/access-words.js'

export interface PartProps {
  readonly screen: AccessScreen
  readonly texts: AccessTexts
}

export function Summary({ screen, texts }: PartProps) {
  const { t, n } = texts
  const { checked, task, falseCount } = screen
  if (checked.value === null)
    return <p role="status">{task.error.value === null ? t('access.loading') : ''}</p>
  const { entries, due } = checked.value
  if (falseCount.value > 0) return <p role="alert">{n('access.false', falseCount.value)}</p>
  // No verdict on what was not looked at.
  if (!screen.isDone.value)
    return <p role="status">{t('access.checked-so-far', { count: entries.length, due })}</p>
  if (due === 0) return <p role="status">{t('access.empty')}</p>
  return <Verdicts screen={screen} entries={entries} texts={texts} />
}

/** On entries of which none is false. */
function Verdicts({ screen, entries, texts }: PartProps & { entries: readonly CheckedEntry[] }) {
  const { t, n, when } = texts
  const inLog = entries.flatMap(({ verdict }) => ('entry' in verdict ? [verdict] : []))
  const soon = screen.waitingCount.value > 0 ? <p>{n('access.soon', screen.waitingCount.value)}</p> : null
  if (inLog.length === 0) return <div role="status">{soon}</div>
  const newest = Math.max(0, ...inLog.map(({ atMs }) => atMs))
  const { value: few } = screen.unwitnessedCount
  return (
    <div role="status" class={few > 0 ? 'note' : 'good'}>
      <p>{t('access.complete', { count: inLog.length, when: when(newest) })}</p>
      {soon}
      {few > 0 ? <p>{n('access.unwitnessed', few)}</p> : null}
      <WitnessLines all={inLog.map(({ witnesses }) => witnesses)} texts={texts} />
    </div>
  )
}

/** The fewest that confirm any of them, under each policy. */
function WitnessLines({ all, texts: { t } }: { all: readonly Witnesses[]; texts: AccessTexts }) {
  const first = fewest(all.map(one => one.first))
  const today = fewest(all.map(one => one.today))
  if (first === null && today === null) return <p>{t('access.witnesses')}</p>
  return (
    <>
      {first === null ? null : (
        <p>{t(today === null ? 'access.witnessed' : 'access.witnessed.first', countsOf(first))}</p>
      )}
      {today === null ? null : <p>{t('access.witnessed.today', countsOf(today))}</p>}
    </>
  )
}

export const countsOf = ({ count, of }: Cosigned) => ({ count, of })

function fewest(all: readonly (Cosigned | null)[]): Cosigned | null {
  const known = all.filter(one => one !== null)
  return known.toSorted((a, b) => a.count - b.count)[0] ?? null
}
