import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { decodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@chartseal/core/merkle'
import type { Operation, Operations } from './operation.js'

const saltBytes = 24

/** `salt` makes it repeatable, for vectors only. */
const chunkedSeal: Operation = (request, { random }) => {
  using key = new AeadKey(request.hex('key'))
  const source = request.has('salt') ? { bytes: () => saltOf(request) } : random
  return { sealed: sealBytes(key, request.hex('plaintext'), request.hex('context'), source) }
}

function saltOf(request: JsonObject): Uint8Array {
  const salt = request.hex('salt')
  if (salt.length !== saltBytes) throw new RangeError(`a salt has ${saltBytes} bytes`)
  return salt
}

const chunkedOpen: Operation = request => {
  using key = new AeadKey(request.hex('key'))
  return { plaintext: openBytes(key, request.hex('sealed'), request.hex('context')) }
}

const hashes = (request: JsonObject, field: string): readonly Uint8Array[] =>
  request.texts(field).map(decodeHex)
const leafHashes = (request: JsonObject): readonly Uint8Array[] =>
  hashes(request, 'leaves').map(data => leafHash(data))

const merkleRoot: Operation = request => ({ root: treeRoot(leafHashes(request)) })

const merkleInclusion: Operation = request => {
  const leaves = leafHashes(request)
  const index = request.count('index')
  const proof = inclusionProof(leaves, index)
  return { leaf_hash: leaves[index] ?? null, size: leaves.length, root: treeRoot(leaves), proof }
}

const merkleInclusionVerify: Operation = request => {
  const [leaf, root] = [request.hex('leaf_hash'), request.hex('root')]
  const [index, size] = [request.count('index'), request.count('size')]
  return { verdict: verifyInclusion({ leaf, index, size, root, proof: hashes(request, 'proof') }) }
}

const merkleConsistency: Operation = request => {
  const leaves = leafHashes(request)
  const older = request.count('older')
  const proof = consistencyProof(leaves, older)
  const oldRoot = treeRoot(leaves.slice(0, older))
  return { newer: leaves.length, old_root: oldRoot, new_root: treeRoot(leaves), proof }
}

const merkleConsistencyVerify: Operation = request => {
  const [oldRoot, newRoot] = [request.hex('old_root'), request.hex('new_root')]
  const [older, newer] = [request.count('older'), request.count('newer')]
  return { verdict: verifyConsistency({ older, newer, oldRoot, newRoot, proof: hashes(request, 'proof') }) }
}

export const coreOperations: Operations = {
  'v2-chunked-seal': chunkedSeal,
  'v2-chunked-open': chunkedOpen,
  'v2-merkle-root': merkleRoot,
  'v2-merkle-inclusion': merkleInclusion,
  'v2-merkle-inclusion-verify': merkleInclusionVerify,
  'v2-merkle-consistency': merkleConsistency,
  'v2-merkle-consistency-verify': merkleConsistencyVerify,
}
