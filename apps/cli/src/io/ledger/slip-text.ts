/** A slip as people hand it in: scanned, mailed or pasted. */
import { slipsIn } from '@chartseal/clinic/prescriptions'
import { UsageError } from '../errors.js'

/**
 * The one slip in a text; of a text without any the text itself, of which reading says what is wrong.
 * @throws UsageError for several: nobody chooses silently which one is dispensed
 */
export function oneSlipIn(text: string, file: string): string {
  const [slip = text.trim(), ...others] = slipsIn(text)
  if (others.length > 0)
    throw new UsageError(`${file} has ${others.length + 1} slips: give one of them, and others with --beside`)
  return slip
}
