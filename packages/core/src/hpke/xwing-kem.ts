/** X-Wing, draft-connolly-cfrg-xwing-kem-10: as safe as the better one of X25519 and ML-KEM-768 (FIPS 203). */
import { hpkePlatform } from '#hpke'
import { concat } from '../bytes.js'
import { coreError } from '../errors.js'
import { AgreementKey, agreeOnce, agreeOrNull, publicKeyBytes as curveBytes, publicKeyOf } from '../x25519.js'
import type { Kem } from './kem.js'

const mlKemKeyBytes = 1184
const mlKemCiphertextBytes = 1088
const mlKemSeedBytes = 64
const seedBytes = 32

/** The drawing of 5.3, two lines in one. */
const label = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)

/** The secret key is a seed, from which both keys come. */
export const xwingKem: Kem = {
  name: 'xwing',
  id: 0x647a,
  publicKeyBytes: mlKemKeyBytes + curveBytes,
  encBytes: mlKemCiphertextBytes + curveBytes,
  secretKeyBytes: seedBytes,

  publicKeyOf: seed =>
    withKeys(seed, (mlKemSeed, curveKey) =>
      concat(hpkePlatform.mlKemPublicKey(mlKemSeed), publicKeyOf(curveKey)),
    ),

  encapsulate(publicKey, random) {
    const theirCurveKey = publicKey.subarray(mlKemKeyBytes)
    const mlKem = hpkePlatform.mlKemEncapsulate(publicKey.subarray(0, mlKemKeyBytes), random)
    if (mlKem === null) throw coreError('key/invalid', {})
    const curve = agreeOnce(theirCurveKey, random)
    const shared = combine(mlKem.shared, curve.shared, curve.publicKey, theirCurveKey)
    curve.shared.fill(0)
    return { shared, enc: concat(mlKem.enc, curve.publicKey) }
  },

  decapsulate: (seed, enc) =>
    withKeys(seed, (mlKemSeed, curveKey) => {
      const curveCiphertext = enc.subarray(mlKemCiphertextBytes)
      using dh = agreeOrNull(curveKey, curveCiphertext)
      if (dh === null) return null
      const shared = hpkePlatform.mlKemDecapsulate(mlKemSeed, enc.subarray(0, mlKemCiphertextBytes))
      return combine(shared, dh.reveal(), curveCiphertext, publicKeyOf(curveKey))
    }),
}

/** 5.2: the keys that a seed stands for. */
function withKeys<Result>(
  seed: Uint8Array,
  use: (mlKemSeed: Uint8Array, curveKey: AgreementKey) => Result,
): Result {
  const expanded = hpkePlatform.shake256(seed, mlKemSeedBytes + AgreementKey.sizeBytes)
  using curveKey = new AgreementKey(expanded.subarray(mlKemSeedBytes))
  try {
    return use(expanded.subarray(0, mlKemSeedBytes), curveKey)
  } finally {
    expanded.fill(0)
  }
}

/** 5.3. Wipes what ML-KEM gave. */
function combine(
  mlKem: Uint8Array,
  dh: Uint8Array,
  ciphertext: Uint8Array,
  theirKey: Uint8Array,
): Uint8Array {
  const all = concat(mlKem, dh, ciphertext, theirKey, label)
  mlKem.fill(0)
  const shared = hpkePlatform.sha3(all)
  all.fill(0)
  return shared
}
