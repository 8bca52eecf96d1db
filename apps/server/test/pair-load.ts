/** What people do all day at a clinic: each does it again and again until told to stop, and remembers what was answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { systemRandom as random } from '@chartseal/core/system'
import { expect } from 'vitest'
import { asJson, name16, type TestDevice } from './api-world.js'
import { asked, closed, type EmergencyWorld, madeSet, opened, released } from './break-glass-world.js'
import {
  type Ask,
  dispense,
  ledgerOf,
  prescribe,
  put,
  putFinal,
  type Standing,
  standing,
} from './ledger-world.js'
import type { PairPeople } from './pair-people.js'
import { blocksOf, grantsBody, listFor, pathOf } from './records-world.js'

interface Put {
  readonly by: TestDevice
  readonly path: string
  readonly body: Uint8Array
  readonly answer: string
}

/** What was answered, and so must be there for ever. */
export class Books {
  readonly puts: Put[] = []
  readonly acts: string[] = []
  readonly acknowledged = new Set<string>()
  readonly wrong: string[] = []
  /** How often each thing was done. */
  readonly done: Record<string, number> = {}

  count(what: string): void {
    this.done[what] = (this.done[what] ?? 0) + 1
  }
}

export interface Load {
  readonly people: PairPeople
  readonly books: Books
  /** True once it is to stop: what was begun is finished. */
  isOver(): boolean
  readonly paceMs: number
}

export async function again(load: Load, what: string, work: () => Promise<void>): Promise<void> {
  while (!load.isOver()) {
    await work()
    load.books.count(what)
    await sleep(load.paceMs)
  }
}

async function kept({ people, books }: Load, by: TestDevice, path: string, body: Uint8Array): Promise<void> {
  const answer = await people.as(by, 'PUT', path, body)
  expect([path, answer.status]).toEqual([path, 200])
  books.puts.push({ by, path, body, answer: await answer.text() })
}

/** One deposits, the other takes what there is and acknowledges it. */
export async function letters(load: Load, from: TestDevice, to: TestDevice): Promise<void> {
  const { people, books } = load
  const box = `/v1/mailboxes/${to.mailbox}`
  const deposits = again(load, 'deposits', async () => {
    const id = name16()
    await kept(load, from, `${box}/${id}`, random.bytes(1 + (random.bytes(2)[0] ?? 0) * 8))
    books.acts.push(`message-stored ${id}`)
  })
  const takes = again(load, 'takes', async () => {
    const answer = await people.as(to, 'GET', `${box}?limit=20`)
    for (const { id } of (await answer.json()).messages) {
      if (books.acknowledged.has(id))
        books.wrong.push(`message ${id} was given again behind its acknowledgement`)
      const { status } = await people.as(to, 'DELETE', `${box}/${id}`)
      expect(status).toBe(204)
      books.acknowledged.add(id)
      books.acts.push(`messages-given ${id}`, `message-acknowledged ${id}`)
    }
  })
  await Promise.all([deposits, takes])
}

export function entries(load: Load, by: TestDevice): Promise<void> {
  return again(load, 'entries', () => kept(load, by, `/v1/entries/${name16()}`, random.bytes(60)))
}

/** A record is put and granted, and its reader is given the list. */
export function grants(load: Load, owner: TestDevice, reader: TestDevice): Promise<void> {
  const { people, books } = load
  return again(load, 'grants', async () => {
    const { root, blocks } = await blocksOf(random.bytes(3_000))
    for (const [cid, block] of blocks)
      expect((await people.as(owner, 'PUT', pathOf(cid), block)).status).toBe(200)
    const id = name16()
    const list = await listFor(owner, { id, payload: root })
    const body = grantsBody(list, [{ kid: reader.kid, until_ms: null, purposes: ['TREAT'] }])
    const published = await people.as(owner, 'PUT', `/v1/packages/${id}/grants/1`, body, asJson)
    expect(published.status).toBe(200)
    const given = await people.as(reader, 'GET', `/v1/packages/${id}/grants/latest?purpose=TREAT`)
    expect(given.status).toBe(200)
    books.acts.push(`grants-published ${id}`, `grants-given ${id}`)
  })
}

/** An invitation is one person's, whoever comes with it at the same moment. */
export function invitations(load: Load): Promise<void> {
  const { people, books } = load
  return again(load, 'invitations', async () => {
    const token = people.invitation('patient')
    const statuses = await Promise.all(
      [people.newDevice(), people.newDevice()].map(async device => {
        const body = device.enrolment(token)
        return (await people.as(device, 'PUT', `/v1/devices/${device.kid}`, body, asJson)).status
      }),
    )
    const let_ = statuses.filter(status => status === 200).length
    if (let_ !== 1) books.wrong.push(`an invitation let ${let_} in: ${statuses}`)
  })
}

/** As its words say: who finds the log not witnessed yet, behind a server that was killed, tries again in a while. */
async function onceWitnessed(step: () => Promise<Response>): Promise<Response> {
  for (let tries = 0; ; tries++) {
    try {
      return await step()
    } catch (error) {
      const isEarly = error instanceof ChartsealError && error.code === 'break-glass/no-witness'
      if (!isEarly || tries === 60) throw error
      await sleep(1_000)
    }
  }
}

/** Custodians release a record in an emergency; each step has its entry. */
export function emergencies(load: Load, world: EmergencyWorld): Promise<void> {
  const { books } = load
  const [eva, luis] = world.custodians
  return again(load, 'emergencies', async () => {
    const set = await madeSet(world)
    const one = await asked(world, set)
    for (const custodian of [eva, luis])
      expect((await onceWitnessed(() => released(world, set, one, custodian))).status).toBe(200)
    const answer = await onceWitnessed(() => opened(world, one))
    expect(answer.status).toBe(200)
    expect((await answer.json()).shares).toHaveLength(2)
    expect((await onceWitnessed(() => closed(world, one, world.doctor))).status).toBe(200)
    books.acts.push(`break-glass-opened ${one.id}`, `break-glass-closed ${one.id}`)
  })
}

/** Two pharmacists want the same unit at the same moment, and one of them has it. */
export async function prescriptions(
  load: Load,
  doctor: TestDevice,
  pair: readonly [TestDevice, TestDevice],
): Promise<void> {
  const { people, books } = load
  const asking =
    (device: TestDevice): Ask =>
    async (method, path, body) => {
      const answer = await people.as(device, method, path, body)
      return { status: answer.status, body: await answer.json() }
    }
  const byDoctor = asking(doctor)
  const ledger = await ledgerOf(byDoctor)
  let seq = 1n
  const seqs = [1n, 1n]
  await again(load, 'prescriptions', async () => {
    const order = await prescribe({ ledger, device: doctor, seq }, 2)
    await putFinal(byDoctor, order)
    seq += 1n
    let last = order.txid
    for (const unit of [1, 2]) {
      const tried = await Promise.all(
        pair.map((device, i) => dispense({ ledger, device, seq: seqs[i] ?? 1n }, order.txid, last, 1)),
      )
      const offer = () => Promise.all(tried.map((one, i) => put(asking(pair[i] ?? doctor), one)))
      const state = await untilDispensed(byDoctor, order, unit, offer)
      const winners = tried.filter(({ txid }) => encodeBase64Url(txid) === state.prescription?.last)
      if (winners.length !== 1) books.wrong.push(`unit ${unit} was given out ${winners.length} times`)
      const winner = tried.findIndex(({ txid }) => encodeBase64Url(txid) === state.prescription?.last)
      seqs[winner] = (seqs[winner] ?? 1n) + 1n
      last = tried[winner]?.txid ?? last
    }
    const { prescription } = await standing(byDoctor, order)
    if (prescription?.final?.dispensed !== 2)
      books.wrong.push(`${prescription?.final?.dispensed} of 2 units were given out`)
  })
}

/** Handed in again and again: their server may have died before it told anybody. */
async function untilDispensed(
  ask: Ask,
  order: Parameters<typeof standing>[1],
  units: number,
  offer: () => Promise<unknown>,
): Promise<Standing> {
  for (;;) {
    await offer()
    const state = await standing(ask, order)
    if ((state.prescription?.final?.dispensed ?? 0) >= units) return state
    await sleep(100)
  }
}

/** Each request again, as somebody would who never heard the answer: it must be the same. */
export async function askAgain({ people, books }: Load): Promise<void> {
  const rest = [...books.puts]
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const { by, path, body, answer } = next
      const repeated = await people.as(by, 'PUT', path, body)
      const text = await repeated.text()
      if (text !== answer) books.wrong.push(`${path} was answered ${answer}, and now ${text}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
}
