/** Keeping a blob in several stores: what to do, and doing it. No key is needed. */
export {
  type PinPlan,
  type PinPolicy,
  type PinStep,
  planPins,
  type Replica,
  type ReplicaState,
} from './pins/plan.js'
export {
  checkReplica,
  keepPins,
  type PinOutcome,
  type PinRun,
  type ReplicaStore,
} from './pins/run.js'
