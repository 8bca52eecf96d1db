/** A conference that goes on: the doctor speaks, connections are lost and made again, patients are written to. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Memory } from '../cases/server-process.js'
import type { Gathering } from './gathering.js'
import { nameOf } from './people.js'

export interface Held extends Memory {
  /** Descriptors of files and sockets. */
  readonly handles: number
}

export interface Growth {
  readonly before: Held
  readonly after: Held
  readonly rounds: number
}

export interface SoakOptions {
  readonly forMs: number
  /** How many lose their connection in each round. */
  readonly cuts: number
  /** It is looked at again until it is so, for a while: what is given back late is not held. */
  isWell(growth: Growth): boolean
}

const paceMs = 1_000
const roundsBefore = 5
const looks = 20

async function held({ scene }: Gathering): Promise<Held> {
  const { pid } = scene.server
  const memory = await scene.server.memory()
  return { ...memory, handles: readdirSync(`/proc/${pid}/fd`).length }
}

async function round(gathering: Gathering, number: number, cuts: number): Promise<void> {
  const { crowd, doctor } = gathering
  const first = (number * cuts) % Math.max(1, crowd.count - cuts)
  await crowd.order('cut', cuts, first)
  doctor.direct(nameOf(0), `to you alone, ${number}`)
  doctor.say(1_024)
  await sleep(paceMs)
}

/** Everybody has everything before it is measured, and after. */
export async function soak(gathering: Gathering, { forMs, cuts, isWell }: SoakOptions): Promise<Growth> {
  for (let i = 0; i < roundsBefore; i++) await round(gathering, i, cuts)
  await gathering.settled()
  const before = await held(gathering)
  const end = performance.now() + forMs
  let rounds = 0
  while (performance.now() < end) {
    await round(gathering, rounds + roundsBefore, cuts)
    rounds += 1
  }
  await gathering.settled()
  let growth = { before, after: await held(gathering), rounds }
  for (let i = 0; i < looks && !isWell(growth); i++) {
    await sleep(paceMs)
    growth = { before, after: await held(gathering), rounds }
  }
  return growth
}
