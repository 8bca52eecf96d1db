/** What a hospital's own audit repository is told: records that `@chartseal/audit/fhir` writes as AuditEvent of R4 or R5. */
import type { AuditRecord } from '@chartseal/audit'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { type EmergencyState, phaseAt } from './state.js'

export interface AuditNames {
  /** Who a device is, such as `Practitioner/dr-weiss`; its kid unless given. */
  readonly nameOf?: (kid: string) => string
  /** Up to when; what ends by itself later than that is not told yet. */
  readonly nowMs: number
}

/**
 * Start, stop and each review of an access in an emergency, in their order. A request that was denied, or that expired, is a
 * start that failed.
 */
export function breakGlassAudit(
  state: EmergencyState,
  { nowMs, nameOf = kid => kid }: AuditNames,
): readonly AuditRecord[] {
  const { request, set, openedMs } = state
  const { patient, record, about } = set.content
  const common = {
    patient: patient === '' ? null : nameOf(patient),
    source: request.content.origin,
  }
  const detail = (text: string) => ({
    resource: encodeBase64Url(record.packageId),
    ...(text === '' ? {} : { text }),
    digests: [{ name: 'request', sha256: request.hash }],
  })
  const purposeOfUse = [...new Set([request.content.reason, 'BTG'] as const)]
  const broken = { ...common, purposeOfUse }
  const start = (at: number, outcome: 'success' | 'minor-failure'): AuditRecord => ({
    ...{ ...broken, at, actor: nameOf(request.by), action: 'break-glass-start', outcome },
    detail: detail(`${about}: ${request.content.text}`),
  })
  const failedMs = failureOf(state, nowMs)
  const begun = openedMs === null ? [] : [start(openedMs, 'success')]
  const failed = failedMs === null ? [] : [start(failedMs, 'minor-failure')]
  const ended = endOf(state, nowMs).map(
    ({ at, by, text }): AuditRecord => ({
      ...{ ...broken, at, actor: nameOf(by), action: 'break-glass-end', outcome: 'success' },
      detail: detail(text),
    }),
  )
  const reviews = state.events.flatMap(({ event: { by, content }, atMs }): readonly AuditRecord[] =>
    content.kind === 'reviewed'
      ? [
          {
            ...{ ...common, at: atMs, actor: nameOf(by), action: 'break-glass-review', outcome: 'success' },
            purposeOfUse: ['HCOMPL'],
            detail: detail(`${content.verdict}: ${content.text}`),
          },
        ]
      : [],
  )
  return [...begun, ...failed, ...ended, ...reviews]
}

/** When a request came to nothing; `null` where it did not. */
function failureOf(state: EmergencyState, nowMs: number): number | null {
  const { deniedMs, openedMs, releases, set, request } = state
  if (openedMs !== null) return null
  if (deniedMs !== null) return deniedMs
  const { decideByMs, accessUntilMs } = request.content
  const isLate = releases.length >= set.content.policy.threshold
  return phaseAt({ ...state, reviews: [] }, nowMs) === 'expired'
    ? isLate
      ? accessUntilMs
      : decideByMs
    : null
}

/** The end of an access: by somebody, or by its time. */
function endOf(
  state: EmergencyState,
  nowMs: number,
): readonly { readonly at: number; readonly by: string; readonly text: string }[] {
  const { openedMs, closedMs, request, events } = state
  if (openedMs === null) return []
  const closing = events.find(({ event }) => event.content.kind === 'closed')
  if (closing !== undefined) {
    const { content } = closing.event
    return [{ at: closing.atMs, by: closing.event.by, text: content.kind === 'closed' ? content.text : '' }]
  }
  const { accessUntilMs } = request.content
  return closedMs === null && nowMs >= accessUntilMs
    ? [{ at: accessUntilMs, by: request.by, text: 'the time of access is over' }]
    : []
}
