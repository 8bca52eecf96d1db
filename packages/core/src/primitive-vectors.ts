/** Runners of the public test vectors of what core itself has; see `@chartseal/core/vectors`. */
import { aead } from './primitive-vectors/aead.js'
import { chunked } from './primitive-vectors/chunked.js'
import { eddsa, xdh } from './primitive-vectors/curves.js'
import { hkdfCase, mac } from './primitive-vectors/hashes.js'
import type { WycheproofRunners } from './vectors.js'

export { merkleProofs } from './primitive-vectors/merkle.js'

export const wycheproof: WycheproofRunners = {
  aead_test_schema: aead,
  c2sp_chunked_encryption_schema: chunked,
  eddsa_verify_schema: eddsa,
  hkdf_test_schema: hkdfCase,
  mac_test_schema: mac,
  xdh_comp_schema: xdh,
}
