/** Workers inside this thread: the real body, without a thread, on both platforms. */
import { Miner } from '@chartseal/emr-ledger/v1'
import type { FromWorker, MiningWorker, ToWorker } from '@chartseal/emr-ledger/worker'
import { serveMining } from '@chartseal/emr-ledger/worker'

/** Messages are copied and delivered later, as between threads. */
export function startLocalWorker(): MiningWorker {
  let toWorker: (message: ToWorker) => void = () => {}
  let toMiner: (message: FromWorker) => void = () => {}
  let alive = true
  const later = (deliver: () => void): void => void setImmediate(() => alive && deliver())
  serveMining({
    post: message => later(() => toMiner(structuredClone(message))),
    listen: onMessage => {
      toWorker = onMessage
    },
  })
  return {
    post: message => later(() => toWorker(message)),
    listen: onMessage => {
      toMiner = onMessage
    },
    setBusy() {},
    terminate() {
      alive = false
    },
  }
}

export interface FakeWorker extends MiningWorker {
  readonly received: ToWorker[]
  readonly busy: boolean
  readonly terminated: boolean
  answer(message: FromWorker): void
  die(reason: string): void
}

/** A worker that does nothing by itself. */
export function fakeWorker(): FakeWorker {
  const received: ToWorker[] = []
  let listeners: Parameters<MiningWorker['listen']> = [() => {}, () => {}]
  let busy = false
  let terminated = false
  return {
    received,
    get busy() {
      return busy
    },
    get terminated() {
      return terminated
    },
    answer: message => listeners[0](message),
    die: reason => listeners[1](reason),
    post: message => void received.push(message),
    listen: (...given) => {
      listeners = given
    },
    setBusy: value => {
      busy = value
    },
    terminate: () => {
      terminated = true
    },
  }
}

/** A miner whose workers do what the test says. */
export function fakes(count: number): { miner: Miner; workers: FakeWorker[] } {
  const workers: FakeWorker[] = []
  const startWorker = (): FakeWorker => {
    const worker = fakeWorker()
    workers.push(worker)
    return worker
  }
  return { miner: new Miner({ workers: count, startWorker, sharesMemory: false }), workers }
}
