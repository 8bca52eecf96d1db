/** What a clinic said when it refused, read from the error. */
import { ChartsealError } from '@chartseal/core/errors'
import type { ConsoleErrors } from '../errors.js'

type Refused = ChartsealError<'console/refused', ConsoleErrors['console/refused']>

/** Whether the clinic said no, and with which code, status and wait. */
export function isRefused(error: unknown): error is Refused {
  return error instanceof ChartsealError && error.code === 'console/refused'
}

/** The code of a refusal of the clinic, or `null` for any other error. */
export const refusalOf = (error: unknown): string | null => (isRefused(error) ? error.context.code : null)

const gone = ['device/ended', 'device/missing', 'signature/unknown-key']

/** Whether the clinic says that it does not know this device, or not any more. */
export const isGone = (error: unknown): boolean => gone.includes(refusalOf(error) ?? '')

/** Whether the clinic says that it does not know this device or its mailbox: it may have been set back. */
export const isUnknownHere = (error: unknown): boolean =>
  ['signature/unknown-key', 'mailbox/missing'].includes(refusalOf(error) ?? '')

export function isOffline(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'console/offline'
}
