import { auditOperations } from './audit.js'
import { elgamalOperations } from './elgamal.js'
import { envelopeOperations } from './envelope.js'
import { keyringOperations } from './keyring.js'
import { ledgerOperations } from './ledger.js'
import type { Operations } from './operation.js'
import { sharesOperations } from './shares.js'
import { coreV2Operations } from './v2-core.js'
import { keyringV2Operations } from './v2-keyring.js'
import { messageV2Operations } from './v2-message.js'
import { sharesV2Operations } from './v2-shares.js'
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
  ...messageV2Operations,
  ...sharesV2Operations,
  ...keyringV2Operations,
  ...coreV2Operations,
}
