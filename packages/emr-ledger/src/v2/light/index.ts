/** For those without a chain: what the main entry exports of it. */
export { type Anchor, anchorOf, decodeAnchor, encodeAnchor } from './anchor.js'
export {
  type Bundle,
  type BundleLeaf,
  type BundleRecord,
  decodeBundle,
  encodeBundle,
} from './bundle.js'
export type { ChangeClaims, ProvenChange, ProvenChanges } from './changes.js'
export { type CheckedBundle, type CheckedPrescription, type CheckOptions, checkBundle } from './check.js'
export { type BundleRequest, type BundleSource, makeBundle } from './make.js'
export { encodePowEvidence } from './pow-evidence.js'
