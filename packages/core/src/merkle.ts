/** Merkle trees as RFC 6962 and RFC 9162 section 2.1 define them, with SHA-256: roots, proofs and their checks. */

export {
  consistencyProof,
  consistencyRanges,
  inclusionProof,
  inclusionRanges,
  type LeafRange,
} from './merkle/proof.js'
export { emptyTree, extend, leafHash, nodeHash, type Tree, treeRoot } from './merkle/tree.js'
export { type Consistency, type Inclusion, verifyConsistency, verifyInclusion } from './merkle/verify.js'
