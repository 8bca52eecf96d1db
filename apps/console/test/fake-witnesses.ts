/** Witnesses of the fake clinic's log. */
import { SigningKey } from '@chartseal/core/ed25519'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { cosigner, type NoteSigner, signNote } from '@chartseal/tlog'

/** The same note with the lines of these witnesses. */
export function cosigned(note: string, witnesses: readonly NoteSigner[]): string {
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const lines = witnesses.map(one => signNote(text, [one]).slice(text.length + 1))
  return `${note}${lines.join('')}`
}

/** Witnesses by their names, and a policy that wants so many of them. */
export function witnessed(
  names: readonly string[],
  quorum: number,
): { readonly policy: string; readonly signers: readonly NoteSigner[] } {
  const signers = names.map(name => cosigner(`${name}.example`, SigningKey.generate(random), clock))
  const lines = signers.map(({ verifierKey }, i) => `witness ${names[i]} ${verifierKey}`)
  return {
    policy: [...lines, `group all ${quorum} ${names.join(' ')}`, 'quorum all', ''].join('\n'),
    signers,
  }
}
