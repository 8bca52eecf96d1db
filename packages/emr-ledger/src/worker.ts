/** For applications with a mining worker of their own: its body, and what a miner expects of it. */
export {
  type FromWorker,
  type MiningWorker,
  serveMining,
  type ToWorker,
  type WorkerPort,
} from './mining/worker.js'
