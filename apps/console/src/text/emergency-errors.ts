/** What a person is told when something of break-glass is refused, here or by the clinic. */
import { ChartsealError } from '@chartseal/core/errors'
import { refusalOf } from '../api/refusals.js'
import type { EmergencyKey, EmergencyWords } from './emergency-words.js'
import { errorText } from './error-text.js'
import type { Texts } from './texts.js'

const known: Readonly<Record<string, EmergencyKey>> = {
  'break-glass/no-witness': 'emergency.error.no-witness',
  'break-glass/no-receipt': 'emergency.error.no-receipt',
  'break-glass/broken-history': 'emergency.error.broken',
  'break-glass/bad-signature': 'emergency.error.broken',
  'break-glass/invalid': 'emergency.error.broken',
  'break-glass/other-clinic': 'emergency.error.broken',
  'break-glass/other-request': 'emergency.error.broken',
  'break-glass/not-rostered': 'emergency.error.not-rostered',
  'break-glass/not-custodian': 'emergency.error.not-rostered',
  'break-glass/not-requester': 'emergency.error.elsewhere',
  'break-glass/self': 'emergency.error.self',
  'break-glass/waiting': 'emergency.error.waiting',
  'break-glass/undecided': 'emergency.error.undecided',
  'break-glass/denied': 'emergency.error.denied',
  'break-glass/expired': 'emergency.error.expired',
  'break-glass/over': 'emergency.error.over',
  'break-glass/not-over': 'emergency.error.not-over',
  'break-glass/opened': 'emergency.error.opened',
  'break-glass/not-opened': 'emergency.error.stale',
  'break-glass/conflict': 'emergency.error.conflict',
  'break-glass/stale': 'emergency.error.stale',
  'break-glass/no-share': 'emergency.error.no-share',
  'break-glass/other-share': 'emergency.error.other-share',
  'break-glass/other-record': 'emergency.error.other-record',
  'break-glass/deadline': 'emergency.error.deadline',
  'break-glass/policy': 'emergency.error.policy',
  'emergency/broken': 'emergency.error.damaged',
  'console/damaged-there': 'emergency.error.damaged',
  'console/emergency-cut': 'emergency.error.cut',
  'console/emergency-elsewhere': 'emergency.error.elsewhere',
  'console/no-roster': 'emergency.error.no-roster',
  'emergency/full': 'emergency.error.full',
  'emergency/missing': 'emergency.error.missing',
}

export function emergencyErrorText(error: unknown, words: EmergencyWords, texts: Texts): string {
  const code = refusalOf(error) ?? (error instanceof ChartsealError ? error.code : '')
  const key = known[code]
  return key === undefined ? errorText(error, texts) : words(key)
}
