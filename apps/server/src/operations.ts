/** Every operation of the interface, in the order of docs/spec/clinic-api.md. */
import type { Operation } from './http/operation.js'
import { blobs } from './operations/blobs.js'
import { breakGlass } from './operations/break-glass.js'
import { emergencySets } from './operations/break-glass-sets.js'
import { conferences } from './operations/conferences.js'
import { devices } from './operations/devices.js'
import { entries } from './operations/entries.js'
import { eventStreams } from './operations/events.js'
import { firstContact } from './operations/first-contact.js'
import { grants } from './operations/grants.js'
import { ledgerOperations } from './operations/ledger.js'
import { sealingOperations } from './operations/ledger-sealing.js'
import { links } from './operations/links.js'
import { mailboxes } from './operations/mailboxes.js'
import { packages } from './operations/packages.js'
import { healthLinks } from './operations/shl.js'
import { slots } from './operations/slots.js'

export const operations: readonly Operation[] = [
  ...firstContact,
  ...devices,
  ...slots,
  ...mailboxes,
  ...eventStreams,
  ...conferences,
  ...entries,
  ...blobs,
  ...packages,
  ...grants,
  ...links,
  ...healthLinks,
  ...emergencySets,
  ...breakGlass,
  ...ledgerOperations,
  ...sealingOperations,
]
