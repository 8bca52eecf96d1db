/** Flags that commands of the ledger have in common. */
import { commandError, type Given } from '../command.js'

/** With commas in between. */
export function listIn(text = ''): readonly string[] {
  return text.split(',').flatMap(one => (one.trim() === '' ? [] : [one.trim()]))
}

/** @throws ChartsealError `command/usage` */
export function wholeIn(own: Given['own'], name: string, otherwise: number): number {
  const text = own[name]
  if (text === undefined) return otherwise
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw commandError('command/usage', { reason: `The option --${name} must be a whole number from 1 on.` })
  return Number(text)
}
