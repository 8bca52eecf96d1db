/**
 * Who confirms the log beside the clinic. Witnesses come and go, so they are counted under the policy of the first contact and
 * under that of today; whether an entry is true is said by the key of the log alone.
 */
import { ChartsealError } from '@chartseal/core/errors'
import {
  isQuorum,
  type NoteVerifier,
  type Policy,
  parsePolicy,
  parseProof,
  verifyCheckpoint,
} from '@chartseal/tlog'

/** How many of the witnesses of one policy have cosigned, and whether these are enough for it. */
export interface Cosigned {
  readonly count: number
  readonly of: number
  readonly isEnough: boolean
}

/** `null` where the policy asks for none. */
export interface Witnesses {
  readonly first: Cosigned | null
  /** Under another policy than the first; `null` too while that is the same. */
  readonly today: Cosigned | null
}

/** The text of a policy; `null` for none, and for what is none: then nobody is counted. */
export function policyOfText(text: string | null): Policy | null {
  try {
    // The page shows how many there are; which policy is wise is for who runs the clinic.
    return text === null ? null : parsePolicy(text, { allowWeak: true })
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

/** Of a receipt whose checkpoint one of the keys has signed. */
export function witnessesOf(
  receipt: string,
  { log, first, today }: { log: readonly NoteVerifier[]; first: Policy | null; today: Policy | null },
): Witnesses {
  const note = parseProof(receipt).checkpoint
  return { first: cosigned(note, log, first), today: cosigned(note, log, today) }
}

function cosigned(note: string, log: readonly NoteVerifier[], policy: Policy | null): Cosigned | null {
  if (policy === null || policy.witnesses.length === 0) return null
  const names = namesOf(note, log, policy)
  return { count: names.length, of: policy.witnesses.length, isEnough: isQuorum(policy, new Set(names)) }
}

/** A cosignature that is wrong counts for nobody. */
function namesOf(note: string, log: readonly NoteVerifier[], policy: Policy): readonly string[] {
  try {
    return verifyCheckpoint(note, { log, policy: { ...policy, quorum: null } }).witnesses
  } catch (error) {
    if (error instanceof ChartsealError) return []
    throw error
  }
}

/** Whether somebody vouches for it who had to: one of the two policies is enough, as witnesses are replaced. */
export function isWitnessed({ first, today }: Witnesses): boolean {
  const asked = [first, today].filter(one => one !== null)
  return asked.length === 0 || asked.some(({ isEnough }) => isEnough)
}
