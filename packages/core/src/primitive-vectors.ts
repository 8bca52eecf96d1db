/** Runners of the public test vectors of what core itself has; see `@chartseal/core/vectors`. */
import { aead } from './primitive-vectors/aead.js'
import { chunked } from './primitive-vectors/chunked.js'
import { eddsa, xdh } from './primitive-vectors/curves.js'
import { hkdfCase, mac } from './primitive-vectors/hashes.js'
import { mlKemDecaps, mlKemEncaps, mlKemKeygen } from './primitive-vectors/ml-kem.js'
import type { WycheproofRunners } from './vectors.js'

export { merkleProofs } from './primitive-vectors/merkle.js'

export const wycheproof: WycheproofRunners = {
  aead_test_schema: aead,
  c2sp_chunked_encryption_schema: chunked,
  eddsa_verify_schema: eddsa,
  hkdf_test_schema: hkdfCase,
  mac_test_schema: mac,
  mlkem_encaps_test_schema: mlKemEncaps,
  mlkem_keygen_seed_test_schema: mlKemKeygen,
  mlkem_test_schema: mlKemDecaps,
  xdh_comp_schema: xdh,
}
