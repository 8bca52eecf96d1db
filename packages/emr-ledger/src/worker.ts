/** For whoever brings a mining worker of their own: its body, and what a miner expects of it. */
export type { FromWorker, MiningWorker, ToWorker, WorkerPort } from './mining/protocol.js'
export { serveMining } from './mining/serve.js'
