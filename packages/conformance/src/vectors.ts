import { runners as audit } from '@chartseal/audit/vectors'
import { merkleProofs, wycheproof as primitives } from '@chartseal/core/primitive-vectors'
import { type VectorFormat, type VectorRunners, wycheproofFormat } from '@chartseal/core/vectors'
import { runners as elgamal, wycheproof as elgamalWycheproof } from '@chartseal/elgamal-session/vectors'
import { runners as ledger, wycheproof as ledgerWycheproof } from '@chartseal/emr-ledger/vectors'
import {
  runners as envelope,
  wycheproof as envelopeWycheproof,
  shlRunners,
} from '@chartseal/ipfs-envelope/vectors'
import { runners as keyring, wycheproof as keyringWycheproof } from '@chartseal/kdf-keyring/vectors'
import { runners as shamir, slip39Format } from '@chartseal/shamir/vectors'
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
  ...shlRunners,
}

/** Files of others, recognised by what they say; `words` is the list of SLIP-0039, without which its files are not run. */
export const formats = (words: readonly string[] | null): readonly VectorFormat[] => [
  wycheproofFormat({
    ...primitives,
    ...elgamalWycheproof,
    ...keyringWycheproof,
    ...ledgerWycheproof,
    ...envelopeWycheproof,
  }),
  merkleProofs,
  slip39Format(words),
]
