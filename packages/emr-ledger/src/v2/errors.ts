/**
 * The errors of version 2: each part has a table and a factory of its own, so that each code is spelled out once. Where
 * version 1 has a code of the same meaning (`ledger/signature`, `ledger/high-s`), it is raised from its table.
 */
export { type LightErrors, lightError } from './errors-light.js'
export { type RecordErrors, recordError } from './errors-records.js'
export { type SealErrors, sealError } from './errors-seal.js'
export {
  type BlockErrors,
  blockError,
  type RuleErrors,
  ruleError,
  type TreeErrors,
  treeError,
} from './errors-state.js'
