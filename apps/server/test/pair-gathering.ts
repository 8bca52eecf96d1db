/** A conference that outlives its servers, its bus and its relay: a doctor speaks, and patients hear. */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, vi } from 'vitest'
import { asJson, type TestDevice } from './api-world.js'
import { Doctor, newGroup, Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import type { Load } from './pair-load.js'
import type { Pair } from './pair-world.js'

const patients = 8
const lookMs = 250
/** Nobody listens there. */
const nowhere = 9

export interface Gathering {
  /** The doctor speaks, and comes back whenever the connection is lost, until it is over. */
  go(): Promise<void>
  /** Everybody has heard everything, once and in order. */
  heard(): Promise<number>
}

/** @param relayPort where every second patient comes to, by way of NATS */
export async function gathering(
  load: Load,
  pair: Pair,
  by: TestDevice,
  relayPort: number,
): Promise<Gathering> {
  const group = newGroup(patients)
  const doctor = new Doctor(group)
  const ticket = async (): Promise<string> => {
    const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 7_200_000 }))
    const answer = await load.people.as(by, 'PUT', `/v1/conferences/${group.id}`, body, asJson)
    return String((await answer.json()).ticket)
  }
  const port = (): number => pair.answering()?.port ?? nowhere
  doctor.start(port(), await ticket())
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)
  const people = upTo(patients).map(i => new Person(group, i - 1, i % 2 === 0 ? port : () => relayPort))
  for (const one of people) one.input({ kind: 'join' })
  await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(patients), patience)
  let said = 0
  const speak = async (): Promise<void> => {
    while (!load.isOver()) {
      said += 1
      doctor.input({ kind: 'say', text: `message ${said}` })
      load.books.count('broadcasts')
      await sleep(load.paceMs)
    }
  }
  let isHeard = false
  const comeBack = async (): Promise<void> => {
    while (!isHeard) {
      if (!doctor.isAttached) doctor.attach(port(), await ticket())
      await sleep(lookMs)
    }
  }
  let back: Promise<void> = Promise.resolve()
  return {
    go: () => {
      back = comeBack()
      return speak()
    },
    async heard() {
      const texts = upTo(said).map(one => `message ${one}`)
      await vi.waitFor(() => {
        const late = people.filter(one => one.texts.length < texts.length).length
        if (late > 0) throw new Error(`${late} of ${patients} have not heard everything`)
      }, patience)
      isHeard = true
      await back
      for (const one of people) expect(one.texts).toEqual(texts)
      return said
    },
  }
}
