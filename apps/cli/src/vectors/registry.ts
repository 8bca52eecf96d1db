import { runners as audit } from '@chartseal/audit/vectors'
import type { VectorRunners } from '@chartseal/core/vectors'
import { runners as elgamal } from '@chartseal/elgamal-session/vectors'
import { runners as ledger } from '@chartseal/emr-ledger/vectors'
import { runners as envelope } from '@chartseal/ipfs-envelope/vectors'
import { runners as keyring } from '@chartseal/kdf-keyring/vectors'
import { runners as shamir } from '@chartseal/shamir/vectors'
import { runners as wire } from '@chartseal/wire/vectors'

/** Every vector file this build knows, by name without `.json`: one line per package. */
export const runners: VectorRunners = {
  ...wire,
  ...keyring,
  ...shamir,
  ...audit,
  ...elgamal,
  ...ledger,
  ...envelope,
}
