/**
 * Lets any program drive this build: one JSON request a line, one JSON answer a line. Requests and answers:
 * docs/spec/interop.md.
 */
import { auditOperations } from './interop/audit.js'
import { coreOperations } from './interop/core.js'
import { elgamalOperations } from './interop/elgamal.js'
import { envelopeOperations } from './interop/envelope.js'
import { envelopeV2Operations } from './interop/envelope-v2.js'
import { keyringOperations } from './interop/keyring.js'
import { ledgerOperations } from './interop/ledger.js'
import type { Operations } from './interop/operation.js'
import { sharesOperations } from './interop/shares.js'
import { wireOperations } from './interop/wire.js'

export { type ConformanceErrors, conformanceError } from './errors.js'
export type { Operation, Operations, Tools } from './interop/operation.js'
export { answerLine, answers, splitLines } from './interop/serve.js'

/** Every operation by its name: one line for each package. */
export const operations: Operations = {
  ...coreOperations,
  ...wireOperations,
  ...keyringOperations,
  ...sharesOperations,
  ...auditOperations,
  ...elgamalOperations,
  ...ledgerOperations,
  ...envelopeOperations,
  ...envelopeV2Operations,
}
