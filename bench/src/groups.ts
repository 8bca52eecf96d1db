/** The groups of cases, and what one process measures of them. */

import { appends, millionEntries } from './cases/audit-append.js'
import { auditFacts, auditVerify } from './cases/audit-verify.js'
import { careTeams } from './cases/care-team.js'
import { chunked } from './cases/chunked.js'
import { commandLine } from './cases/command-line.js'
import { conference } from './cases/conference.js'
import { handshakes } from './cases/conference-handshake.js'
import { loadFacts } from './cases/conference-load.js'
import { relayFacts } from './cases/conference-relay.js'
import { field } from './cases/gf256.js'
import { ledger } from './cases/ledger.js'
import { ledgerFacts } from './cases/ledger-facts.js'
import { loading, sizes } from './cases/loading.js'
import { longStream } from './cases/long-stream.js'
import { mining } from './cases/mining.js'
import { page } from './cases/page.js'
import { records } from './cases/records.js'
import { storeFacts } from './cases/records-stores.js'
import { server, serverFacts } from './cases/server.js'
import { hashing } from './cases/sha256.js'
import { shamir } from './cases/shamir.js'
import { splitLimits } from './cases/split-limits.js'
import { waiting } from './cases/waiting.js'
import { lowestNonces, workers } from './cases/workers.js'
import type { Fact } from './facts.js'
import type { Case } from './measure.js'

export interface Group {
  readonly cases: () => Promise<readonly Case[]>
  readonly facts?: () => Promise<readonly Fact[]>
}

export const groups: ReadonlyMap<string, Group> = new Map([
  ['mining', { cases: mining }],
  ['workers', { cases: workers, facts: lowestNonces }],
  ['shamir', { cases: shamir }],
  ['split-limits', { cases: async () => [], facts: splitLimits }],
  ['gf256', { cases: field }],
  ['sha256', { cases: hashing }],
  ['chunked', { cases: chunked, facts: longStream }],
  ['records', { cases: records }],
  [
    'conference',
    { cases: async () => [...(await conference()), ...(await careTeams()), ...(await handshakes())] },
  ],
  ['conference-relay', { cases: async () => [], facts: relayFacts }],
  ['conference-load', { cases: async () => [], facts: loadFacts }],
  ['audit', { cases: appends, facts: millionEntries }],
  ['audit-verify', { cases: auditVerify, facts: auditFacts }],
  ['ledger', { cases: ledger, facts: ledgerFacts }],
  ['loading', { cases: loading, facts: sizes }],
  ['command-line', { cases: commandLine }],
  ['waiting', { cases: waiting }],
  ['server', { cases: server, facts: serverFacts }],
  ['records-stores', { cases: async () => [], facts: storeFacts }],
  ['page', { cases: async () => [], facts: page }],
])
