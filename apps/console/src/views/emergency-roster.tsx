/** The clinic's list of staff as this device believes it, and what another one would change. */
import type { Roster } from '@chartseal/clinic/roster'
import { numPatients, type RosterLine, rosterChanges, rosterLines } from '../emergency/roster-lines.js'
import type { EmergencyProps } from './emergency-parts.js'

type ListProps = Pick<EmergencyProps, 'words' | 'texts'>

/** Whoever watches over emergencies sees who may ask, decide and judge. */
export function RosterList({ roster, ...props }: ListProps & { readonly roster: Roster }) {
  const { words } = props
  const { officers, threshold } = roster
  return (
    <details>
      <summary>{words('emergency.roster.list')}</summary>
      <ul class="list readers">
        {rosterLines(roster).map(line => (
          <Line key={line.kid} line={line} {...props} />
        ))}
      </ul>
      <p class="help">
        {words('emergency.roster.patients', { n: numPatients(roster) })}{' '}
        {words('emergency.roster.threshold', { n: threshold, of: officers.length })}
      </p>
    </details>
  )
}

/** What to read to each other when two compare lists. */
export function RosterChanges({
  before,
  next,
  ...props
}: ListProps & { readonly before: Roster; readonly next: Roster }) {
  const { words } = props
  const { added, removed } = rosterChanges(before, next)
  return (
    <>
      <Changed title={words('emergency.roster.added')} lines={added} {...props} />
      <Changed title={words('emergency.roster.removed')} lines={removed} {...props} />
      {before.threshold === next.threshold ? null : (
        <p>{words('emergency.roster.threshold', { n: next.threshold, of: next.officers.length })}</p>
      )}
    </>
  )
}

function Changed({
  title,
  lines,
  ...props
}: ListProps & { readonly title: string; readonly lines: readonly RosterLine[] }) {
  if (lines.length === 0) return null
  return (
    <details open>
      <summary>{title}</summary>
      <ul class="list readers">
        {lines.map(line => (
          <Line key={line.kid} line={line} {...props} />
        ))}
      </ul>
    </details>
  )
}

function Line({
  line: { kid, name, role, isOfficer },
  words,
  texts,
}: ListProps & { readonly line: RosterLine }) {
  const short = words('emergency.device', { kid: kid.slice(0, 8) })
  const what = [
    ...(name === '' ? [] : [short]),
    ...(role === null ? [] : [texts.t(`device.role.${role}`)]),
    ...(isOfficer ? [words('emergency.roster.officer')] : []),
  ]
  return (
    <li>
      <bdi class="line-name">{name === '' ? short : name}</bdi> <span>{what.join(', ')}</span>
    </li>
  )
}
