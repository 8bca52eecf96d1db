/**
 * How the packages run test vectors. Each package exports `./vectors`, a map from the name of a vector
 * file to the runner of one case; its tests and the command `chartseal vectors` both call it.
 */
export {
  agree,
  type CaseRunner,
  Disagreement,
  type FormatCase,
  lateRefusalOf,
  NotApplicable,
  objectOf,
  refusalOf,
  type VectorContext,
  type VectorFormat,
  type VectorRunners,
  verdictOf,
} from './vectors/case.js'
export {
  judge,
  type WycheproofCase,
  type WycheproofRunner,
  type WycheproofRunners,
  wycheproofFormat,
} from './vectors/wycheproof.js'
