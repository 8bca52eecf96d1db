import {
  addSignatures,
  askWitness,
  type Cosign,
  isQuorum,
  type NoteSignature,
  type Policy,
  type PolicyWitness,
  type PostToWitness,
} from '@chartseal/audit'
import { messageOf } from './io.js'

/** As many cosignatures as a policy asks for; `null` where there is no way to a witness. */
export function cosignBy(policy: Policy, wayTo: (witness: PolicyWitness) => PostToWitness | null): Cosign {
  return async (note, oldSize, _, proofFrom) => {
    const asked = policy.witnesses.map(witness => ask(witness, wayTo(witness), note, oldSize, proofFrom))
    const answers = await Promise.all(asked)
    const cosigned = answers.flatMap(({ name, signature }) =>
      signature === null ? [] : [{ name, signature }],
    )
    refuseTooFew(policy, answers)
    return addSignatures(
      note,
      cosigned.map(({ signature }) => signature),
    )
  }
}

interface Answered {
  readonly name: string
  readonly signature: NoteSignature | null
  readonly reason: string
}

function refuseTooFew(policy: Policy, answers: readonly Answered[]): void {
  const names = answers.filter(({ signature }) => signature !== null).map(({ name }) => name)
  if (isQuorum(policy, new Set(names))) return
  const reasons = answers
    .filter(({ signature }) => signature === null)
    .map(({ name, reason }) => `${name}: ${reason}`)
  throw new Error(reasons.join('; '))
}

async function ask(
  { name, verifier }: PolicyWitness,
  post: PostToWitness | null,
  note: string,
  lastSize: number,
  proofFrom: (older: number) => Promise<readonly Uint8Array[]>,
): Promise<Answered> {
  if (post === null) return { name, signature: null, reason: 'the policy has no URL of it' }
  try {
    const signature = await askWitness({ verifier, post, lastSize }, note, proofFrom)
    return { name, signature, reason: '' }
  } catch (error) {
    return { name, signature: null, reason: messageOf(error) }
  }
}
