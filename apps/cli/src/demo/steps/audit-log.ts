/** Step: what happened is read back from the audit log. */
import { openEntry, readAll } from '@chartseal/audit/v1'
import { decodeBase64, encodeBase64 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Stage } from '../story.js'
import { count, flipped } from '../words.js'
import type { World } from '../world.js'
import type { Clinic } from './keys.js'

export async function listAuditLog(stage: Stage, world: World, { trail }: Clinic): Promise<void> {
  const results = await trail.readAll()
  const same = results.every((result, i) => 'entry' in result && isEvent(result.entry, trail.events[i]))
  for (const result of results) {
    if ('entry' in result) stage.note(`${result.entry.ts}  ${result.entry.actor}: ${result.entry.action}`)
  }
  stage.check(
    `${count(results.length, 'entry', 'entries')} read back from the disk, each as it was written`,
    same && results.length === trail.events.length,
  )
  const [first = '', ...others] = trail.records
  const damaged = encodeBase64(flipped(decodeBase64(first)))
  const read = [...readAll(trail.key, [damaged, ...others])]
  stage.check(
    'one damaged entry does not hide the others',
    read.filter(result => 'entry' in result).length === others.length,
  )
  await stage.attack('one flipped bit in an entry', 'open/failed', () => openEntry(trail.key, damaged))
  await stage.attack('the key of another log', 'open/failed', () =>
    openEntry(AeadKey.generate(world.io.random), first),
  )
  await stage.attack('an entry that was cut short', 'audit/too-short', () =>
    openEntry(trail.key, first.slice(0, 24)),
  )
}

interface Told {
  readonly actor: string
  readonly action: string
  readonly patientId: string
}

function isEvent(entry: Told, event: Told | undefined): boolean {
  return entry.actor === event?.actor && entry.action === event.action && entry.patientId === event.patientId
}
