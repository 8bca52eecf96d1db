import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import { formatTimestamp, isTimestamp } from './timestamp.js'

/** What happened. Any text, also empty. */
export interface AuditEvent {
  readonly actor: string
  readonly action: string
  readonly patientId: string
}

/** What happened, and when by the writer's clock. */
export interface AuditEntry extends AuditEvent {
  /** UTC with microseconds or whole seconds: `2026-04-05T16:23:50.000001+00:00`, `2026-04-05T16:23:51+00:00`. */
  readonly ts: string
}

/** The event with the time of the clock. @throws RangeError outside the years 1 to 9999 */
export function entryAt(event: AuditEvent, clock: Clock): AuditEntry {
  const { actor, action, patientId } = event
  return { ts: formatTimestamp(clock.nowMs()), actor, action, patientId }
}

/**
 * The text that is sealed: JSON with the separators and escapes of Python's `json.dumps(ensure_ascii=False)`,
 * which for well-formed texts escapes as ECMA-262 25.5.2 does.
 * @throws RangeError for a `ts` of another shape; ChartsealError `encoding/invalid` for a lone surrogate
 */
export function encodeBody(entry: AuditEntry): Uint8Array {
  if (!isTimestamp(entry.ts)) throw new RangeError('a ts is a UTC time as isoformat() writes it')
  return encodeUtf8(formatBody(entry))
}

function formatBody({ ts, actor, action, patientId }: AuditEntry): string {
  const fields = Object.entries({ ts, actor, action, patient_id: patientId })
  return `{${fields.map(([name, value]) => `"${name}": ${quote(value)}`).join(', ')}}`
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw coreError('encoding/invalid', { encoding: 'Unicode text' })
  return JSON.stringify(text)
}

/**
 * The entry of a sealed text. Strictly, the text must be the one spelling of that entry; leniently any JSON
 * object with the four texts will do.
 * @throws ChartsealError of whatever kind: the caller must not tell one from another
 */
export function decodeBody(bytes: Uint8Array, lenient: boolean): AuditEntry {
  const text = decodeUtf8(bytes)
  const json = JsonObject.parse(text)
  const entry: AuditEntry = {
    ts: json.text('ts'),
    actor: json.text('actor'),
    action: json.text('action'),
    patientId: json.text('patient_id'),
  }
  const canonical = lenient || (isTimestamp(entry.ts) && formatBody(entry) === text)
  if (!canonical) throw coreError('encoding/invalid', { encoding: 'audit entry' })
  return entry
}
