/** Bad hellos by the thousand, and patients who join meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock as clock } from '@chartseal/core/system'
import type { Fact } from '../facts.js'
import { flooded } from './flood.js'
import { nextAddress } from './listener.js'
import { Patient } from './patient.js'
import { seatOf } from './people.js'
import { Scene } from './scene.js'

export const floodRateFact = 'load-bad-hellos'
export const floodWaitFact = 'load-bad-hellos-join-p99'

const joins = 200
const warmUp = 50
const connections = 64
const processes = 2
const settleMs = 2_000
/** What a clinic has by default of hellos of one network; that of requests is out of the way, so that they come so far. */
const flags = ['--hello-rate', '100']

/** In milliseconds from the wish to the group key, 99 of 100; each comes alone. */
async function joinWaits(scene: Scene, first: number, count: number): Promise<number> {
  const waits: number[] = []
  for (let i = first; i < first + count; i++) {
    const address = () => ({ port: scene.server.port, path: scene.path })
    const patient = new Patient(seatOf(scene.assembly.source, i), { clock, from: nextAddress(), address })
    const start = performance.now()
    patient.join()
    while (!patient.isMember) await new Promise(resolve => setImmediate(resolve))
    waits.push(performance.now() - start)
    patient.leave()
  }
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? Number.NaN
}

export async function floodFacts(): Promise<readonly Fact[]> {
  const scene = await Scene.start(flags)
  const doctor = await scene.doctor(warmUp + 2 * joins)
  try {
    while (doctor.count('live') === 0) await sleep(10)
    await joinWaits(scene, 0, warmUp)
    const quietMs = await joinWaits(scene, warmUp, joins)
    const order = { port: scene.server.port, path: scene.path, source: scene.assembly.source, connections }
    const { result, hellos, seconds } = await flooded(order, processes, async () => {
      await sleep(settleMs)
      return joinWaits(scene, warmUp + joins, joins)
    })
    const rounded = (value: number): number => Math.round(value * 10) / 10
    return [
      {
        id: floodRateFact,
        title: `bad hellos dropped, eight a connection, ${processes * connections} connections at a time`,
        value: Math.round(hellos / seconds),
        unit: '/s',
      },
      {
        id: floodWaitFact,
        title: '99 of 100 honest joins meanwhile: at most',
        value: rounded(result),
        unit: 'ms',
      },
      {
        id: 'load-quiet-join-p99',
        title: 'the same, and nobody floods',
        value: rounded(quietMs),
        unit: 'ms',
      },
    ]
  } finally {
    await doctor.close()
    await scene.stopped()
  }
}
