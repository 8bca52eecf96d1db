/** Who a ring folder belongs to. */
import { SigningKey } from '@chartseal/core/ed25519'
import type { Random } from '@chartseal/core/ports'
import { AgreementKey } from '@chartseal/core/x25519'
import type { PairingSelf, Role } from '@chartseal/kdf-keyring'

/** Fresh keys under a role and a name. */
export function newSelf(role: Role, name: string, random: Random): PairingSelf {
  return { role, name, signingKey: SigningKey.generate(random), agreementKey: AgreementKey.generate(random) }
}
