import { AeadKey } from '@chartseal/core/keys'
import { open, seal } from '@chartseal/wire/v1'
import type { Operation, Operations } from './operation.js'

const encrypt: Operation = (request, { random }) => {
  using key = new AeadKey(request.hex('key'))
  return { wire: seal(key, request.text('plaintext'), request.text('patient_id'), { random }) }
}

const decrypt: Operation = request => {
  using key = new AeadKey(request.hex('key'))
  const lenient = request.has('lenient') && request.boolean('lenient')
  const { plaintext, patientId } = open(key, request.text('wire'), { lenient })
  return { plaintext, patient_id: patientId }
}

export const wireOperations: Operations = { encrypt, decrypt }
