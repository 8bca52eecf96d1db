/** The groups of cases, and what one process measures of them. */
import { auditFacts, auditVerify } from './cases/audit-verify.js'
import { field } from './cases/gf256.js'
import { loading, sizes } from './cases/loading.js'
import { mining } from './cases/mining.js'
import { hashing } from './cases/sha256.js'
import { shamir } from './cases/shamir.js'
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
  ['gf256', { cases: field }],
  ['sha256', { cases: hashing }],
  ['audit-verify', { cases: auditVerify, facts: auditFacts }],
  ['loading', { cases: loading, facts: sizes }],
])
