/** When grants hold and what for. It binds honest software only, and the help says so. */
import { ChartsealError } from '@chartseal/core/errors'
import { parseInstant } from '@chartseal/core/instant'
import type { GrantTerms } from '@chartseal/ipfs-envelope'
import { type Command, InvalidArgumentError } from 'commander'

export interface TermOptions {
  readonly from?: number
  readonly until?: number
  readonly purpose?: readonly string[]
}

export function withTerms(command: Command): Command {
  return command
    .option('--from <time>', 'honest software opens it from then on, such as 2026-12-01T08:00:00Z', instant)
    .option('--until <time>', 'and up to then', instant)
    .option(
      '--purpose <code>',
      'what for: an HL7 v3 PurposeOfUse code, such as TREAT; once for each',
      (code: string, before: readonly string[] = []) => [...before, code],
    )
}

function instant(text: string): number {
  try {
    return parseInstant(text)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw new InvalidArgumentError('A time with its zone is needed, such as 2026-12-01T08:00:00Z.')
  }
}

/** `null` when none was given: those of the list before stay. */
export function termsOf({ from, until, purpose }: TermOptions): GrantTerms | null {
  if (from === undefined && until === undefined && purpose === undefined) return null
  const purposes = [...new Set(purpose ?? [])].sort()
  return { notBeforeMs: from ?? null, notAfterMs: until ?? null, purposes }
}
