import { decodeBase64 } from '../encoding.js'
import type { JsonObject } from '../json.js'
import { verifyConsistency, verifyInclusion } from '../merkle.js'
import { agree, objectOf, type VectorFormat } from '../vectors.js'

/** Proofs of RFC 6962 trees, happy and mutated: `inclusion` and `consistency`, as transparency-dev/merkle has them. */
export const merkleProofs: VectorFormat = document => {
  const file = objectOf(document)
  if (file === null || !Array.isArray(file.raw('inclusion')) || !Array.isArray(file.raw('consistency')))
    return null
  const inclusion = file.objects('inclusion').map(one => ({
    name: nameOf(one),
    run: () => agreeOnError(one, verifyInclusion(inclusionOf(one))),
  }))
  const consistency = file.objects('consistency').map(one => ({
    name: nameOf(one),
    run: () => agreeOnError(one, verifyConsistency(consistencyOf(one))),
  }))
  return [...inclusion, ...consistency]
}

const nameOf = (one: JsonObject): string => (one.has('name') ? one.text('name') : one.path)

function inclusionOf(one: JsonObject): Parameters<typeof verifyInclusion>[0] {
  const [leaf, root] = [one.base64('leafHash'), one.base64('root')]
  const [index, size] = [numberOf(one, 'leafIdx'), numberOf(one, 'treeSize')]
  return { leaf, index, size, root, proof: proofOf(one) }
}

function consistencyOf(one: JsonObject): Parameters<typeof verifyConsistency>[0] {
  const [oldRoot, newRoot] = [one.base64('root1'), one.base64('root2')]
  const [older, newer] = [numberOf(one, 'size1'), numberOf(one, 'size2')]
  return { older, newer, oldRoot, newRoot, proof: proofOf(one) }
}

// Mutated cases hold numbers that are no size at all; the verifier has to refuse them.
const numberOf = (one: JsonObject, field: string): number => Number(one.raw(field))

const proofOf = (one: JsonObject): readonly Uint8Array[] =>
  one.has('proof') ? one.texts('proof').map(decodeBase64) : []

function agreeOnError(one: JsonObject, proven: boolean): void {
  agree('the verdict', proven ? 'proven' : 'refused', one.boolean('wantErr') ? 'refused' : 'proven')
}
