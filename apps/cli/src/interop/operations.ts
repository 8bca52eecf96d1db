import { auditOperations } from './audit.js'
import { elgamalOperations } from './elgamal.js'
import { envelopeOperations } from './envelope.js'
import { keyringOperations } from './keyring.js'
import { ledgerOperations } from './ledger.js'
import type { Operations } from './operation.js'
import { sharesOperations } from './shares.js'
import { wireOperations } from './wire.js'

/** Every operation of `chartseal interop`: one line per package. */
export const operations: Operations = {
  ...wireOperations,
  ...keyringOperations,
  ...sharesOperations,
  ...auditOperations,
  ...elgamalOperations,
  ...ledgerOperations,
  ...envelopeOperations,
}
