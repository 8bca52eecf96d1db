/** What a person is told when something failed: what it is, and what to do. */
import { ChartsealError } from '@chartseal/core/errors'
import { refusalOf } from '../api/refusals.js'
import { clockJumped } from '../errors.js'
import type { TextKey, Texts } from './texts.js'

const known: Readonly<Record<string, TextKey>> = {
  'console/wrong-passphrase': 'error.wrong-passphrase',
  'console/wrong-passkey': 'error.wrong-passkey',
  'console/no-passkey': 'error.no-passkey',
  'console/passkey-without-prf': 'error.passkey-without-prf',
  'console/damaged-row': 'error.damaged-row',
  'console/no-storage': 'error.no-storage',
  'console/storage-closed': 'error.storage-closed',
  'console/newer-page': 'error.newer-page',
  'console/offline': 'error.offline',
  'console/locked': 'error.locked',
  'console/bad-answer': 'error.bad-answer',
  'console/other-log': 'error.other-log',
  'console/no-invitation': 'error.no-invitation',
  'console/no-slot': 'error.no-slot',
  'console/pairing-expired': 'error.pairing-expired',
  'console/no-card': 'error.no-card',
  'console/pairing-left': 'error.pairing-left',
  'console/pairing-half': 'error.pairing-half',
  'console/pairing-elsewhere': 'error.pairing-elsewhere',
  'console/kit-first': 'error.kit-first',
  'console/blocked': 'error.blocked',
  'console/no-code-in-picture': 'error.no-code-in-picture',
  'console/no-camera': 'error.no-camera',
  'console/other-kit': 'error.other-kit',
  'console/kit-not-saved': 'error.kit-not-saved',
  'console/part-missing': 'error.part-missing',
  'console/person-changed': 'error.person-changed',
  'console/record-gone': 'error.record-gone',
  'console/record-unsent': 'error.record-unsent',
  'console/other-owner': 'error.other-owner',
  'console/not-granted': 'error.not-granted',
  'console/damaged-record': 'error.damaged-record',
  'console/conference-on': 'error.conference-on',
  'console/conference-over': 'error.conference-over',
  'console/conference-elsewhere': 'error.conference-elsewhere',
  'console/team-over': 'error.team-over',
  'team/not-in': 'error.team-over',
  'team/behind': 'error.team-behind',
  'team/too-large': 'error.word-long',
  'team/bad-text': 'error.conference-title',
  'driver/over': 'error.conference-over',
  'conference/bad-journal': 'error.conference-damaged',
  'conference/bad-record': 'error.conference-damaged',
  'enrolment/damaged': 'error.conference-damaged',
  'enrolment/expired': 'error.conference-over',
  'enrolment/invalid': 'error.conference-title',
  'conference/text-too-long': 'error.word-long',
  'envelope/cid-mismatch': 'error.damaged-record',
  'grants/other-owner': 'error.other-owner',
  'grants/other-package': 'error.other-owner',
  'grants/older': 'error.older-list',
  'grants/forked': 'error.older-list',
  'grants/wrong-version': 'error.older-list',
  'grants/not-yet': 'error.not-given',
  'grants/expired': 'error.not-given',
  'keyring/bad-name': 'error.name',
  'keyring/pairing-expired': 'error.pairing-expired',
  'keyring/pairing-void': 'error.pairing-expired',
  'open/failed': 'error.pairing-expired',
  'pairing/digits-differ': 'error.digits-differ',
  'shamir/too-few-shares': 'error.too-few-shares',
  [clockJumped]: 'error.clock',
  'keyring/ahead-of-clock': 'error.clock-behind',
}

/** A person can compare its key, and go on. */
export const isOtherLog = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === 'console/other-log'

export const isClockJump = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === clockJumped

const refusals: Readonly<Record<string, TextKey>> = {
  'invitation/unknown': 'error.invitation-used',
  'device/ended': 'error.device-ended',
  'signature/unknown-key': 'error.unknown-device',
  'mailbox/missing': 'error.unknown-device',
  'slot/read': 'error.pairing-expired',
  'slot/conflict': 'error.pairing-expired',
  'slot/full': 'error.pairing-expired',
  'slot/empty': 'error.pairing-expired',
  'package/missing': 'error.not-given',
  'package/not-now': 'error.not-given',
  'package/purpose': 'error.purpose',
  'blob/quota': 'error.no-room',
  'blob/off': 'error.no-records',
  'relay/ended': 'error.conference-over',
  'relay/missing': 'error.conference-over',
  'relay/full': 'error.conference-full',
}

export function errorText(error: unknown, { t, size }: Texts): string {
  if (!(error instanceof ChartsealError)) {
    const name = nameOf(error)
    return name === 'QuotaExceededError' ? t('error.disk-full') : t('error.unknown', { code: name })
  }
  const refusal = refusalOf(error)
  if (refusal !== null) {
    const key = refusals[refusal]
    return key === undefined ? t('error.refused', { code: refusal }) : t(key)
  }
  const { code, context } = error
  if (code === 'console/short-passphrase')
    return t('error.short-passphrase', { least: numberIn(context, 'least') })
  if (code === 'console/too-large')
    return t('error.too-large', { limit: size(numberIn(context, 'limitBytes')) })
  if (code === 'console/message-too-large')
    return t('error.too-large.message', { limit: size(numberIn(context, 'limitBytes')) })
  const key = known[code] ?? kindOf(code)
  return key === null ? t('error.unknown', { code }) : t(key)
}

function kindOf(code: string): TextKey | null {
  if (code.startsWith('shamir/')) return 'error.bad-sheet'
  if (code.startsWith('pasted/') || code.startsWith('keyring/pairing')) return 'error.not-found'
  return null
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)

function numberIn(context: unknown, field: string): number {
  const entries = typeof context === 'object' && context !== null ? Object.entries(context) : []
  return Number(entries.find(([name]) => name === field)?.[1] ?? 0)
}
