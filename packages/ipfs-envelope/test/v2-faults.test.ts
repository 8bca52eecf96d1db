/** Every call of a port fails once, before it takes effect and after: what was acknowledged stays, and asking again goes on. */
import type { BlobStore } from '@chartseal/core/ports'
import {
  type GrantList,
  type GrantLists,
  grantAccess,
  latestList,
  type PackagePorts,
  publishVersion,
  readRecord,
  reEncrypt,
  shareRecord,
  shred,
  stopServing,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  header,
  joined,
  newOwner,
  type Person,
  pattern,
  person,
  pinOf,
  type World,
  world,
} from './v2-people.js'

type When = 'before' | 'after'

/** Fails at the call number `at`, counted over all ports; `null`: never. */
class Faults {
  calls = 0
  #at: number | null
  readonly #when: When

  constructor(at: number | null, when: When) {
    this.#at = at
    this.#when = when
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    const strikes = this.calls++ === this.#at
    if (strikes && this.#when === 'before') throw new Error('the process died')
    const result = await call()
    if (strikes) throw new Error('the process died')
    return result
  }

  around(ports: PackagePorts): PackagePorts {
    const { blobs, lists, tombstones } = ports
    return {
      ...ports,
      blobs: this.#blobs(blobs),
      lists: this.#lists(lists),
      tombstones: { bury: one => this.run(() => tombstones.bury(one)) },
    }
  }

  #blobs(blobs: BlobStore): BlobStore {
    const run = <T>(call: () => Promise<T>): Promise<T> => this.run(call)
    return {
      put: content => run(() => blobs.put(content)),
      async *get(cid) {
        const parts = await run(() => joined(blobs.get(cid)))
        yield parts
      },
      has: cid => run(() => blobs.has(cid)),
      delete: cid => run(() => blobs.delete(cid)),
    }
  }

  #lists(lists: GrantLists): GrantLists {
    return {
      latest: id => this.run(() => lists.latest(id)),
      publish: list => this.run(() => lists.publish(list)),
      forgetBefore: (id, seq) => this.run(() => lists.forgetBefore(id, seq)),
    }
  }
}

const owner = newOwner()
const [doctor, ann, ben] = [person(), person(), person()]
const content = pattern(30_000)

interface Scene extends World {
  readonly first: GrantList
}

async function scene(): Promise<Scene> {
  const made = world()
  const recipients = [doctor, ann].map(({ recipient }) => recipient)
  const first = await shareRecord(made.ports, owner, { header: header(content.length), content, recipients })
  return { ...made, first }
}

/** Whether somebody reads the record through the newest list, or the code that it is refused with. */
async function reading({ ports, first }: Scene, { identity }: Person): Promise<string> {
  const list = await latestList(ports, first.packageId)
  return codeOf(async () => {
    const record = await readRecord(ports, list, identity, { pin: pinOf(first), nowMs: 0 })
    expect(Buffer.compare(await joined(record.content), content)).toBe(0)
  })
}

type Work = (ports: PackagePorts, first: GrantList) => Promise<unknown>

/** Each place where the work can fail, and after it: then the same work again, to its end. */
async function atEachFault(
  work: Work,
  between: (scene: Scene) => Promise<void>,
  after: (scene: Scene) => Promise<void>,
): Promise<void> {
  const counting = new Faults(null, 'before')
  const whole = await scene()
  await work(counting.around(whole.ports), whole.first)
  await after(whole)
  expect(counting.calls).toBeGreaterThan(1)
  for (let at = 0; at < counting.calls; at++) {
    for (const when of ['before', 'after'] as const) {
      const made = await scene()
      const faulty = new Faults(at, when).around(made.ports)
      await expect(work(faulty, made.first)).rejects.toThrow('the process died')
      await between(made)
      await work(made.ports, made.first)
      await after(made)
    }
  }
}

const { identity } = doctor

describe('whatever call of a port fails', () => {
  it('grants lose nobody, and are finished by asking again', async () => {
    await atEachFault(
      (ports, { packageId }) => grantAccess(ports, owner, identity, packageId, [ben.recipient]),
      async made => expect(await reading(made, ann)).toBe('accepted'),
      async made => {
        for (const someone of [doctor, ann, ben]) expect(await reading(made, someone)).toBe('accepted')
        expect((await latestList(made.ports, made.first.packageId)).seq).toBe(2n)
      },
    )
  })

  it('taking back keeps everybody else, and is finished by asking again', async () => {
    await atEachFault(
      (ports, { packageId }) => takeBackAccess(ports, owner, packageId, [ann.recipient]),
      async made => expect(await reading(made, doctor)).toBe('accepted'),
      async made => {
        expect(await reading(made, doctor)).toBe('accepted')
        expect(await reading(made, ann)).toBe('open/failed')
        expect((await latestList(made.ports, made.first.packageId)).seq).toBe(2n)
      },
    )
  })

  it('re-encryption leaves the record readable for those who stay at every moment', async () => {
    const keep = [doctor.recipient, ben.recipient]
    await atEachFault(
      (ports, from) => reEncrypt(ports, owner, identity, { from, keep, history: false }),
      async made => {
        expect(await reading(made, doctor)).toBe('accepted')
        // The old payload goes behind its tombstone only.
        const isThere = await made.ports.blobs.has(made.first.payloadCid)
        expect(isThere || made.graves.has(made.first.payloadCid)).toBe(true)
      },
      async made => {
        for (const someone of [doctor, ben]) expect(await reading(made, someone)).toBe('accepted')
        expect(await reading(made, ann)).toBe('open/failed')
        expect(await made.ports.blobs.has(made.first.payloadCid)).toBe(false)
        expect(made.graves.get(made.first.payloadCid)).toMatchObject({ step: 're-encrypt', version: 1 })
        expect((await latestList(made.ports, made.first.packageId)).version).toBe(2)
      },
    )
  })

  it('shredding has either not begun or is finished by asking again', async () => {
    await atEachFault(
      (ports, from) => shred(ports, owner, from),
      async made => {
        const list = await latestList(made.ports, made.first.packageId)
        // As long as anybody is granted anything, nothing is gone.
        if (list.recipientCount > 0) expect(await reading(made, ann)).toBe('accepted')
        const isThere = await made.ports.blobs.has(made.first.payloadCid)
        expect(isThere || made.graves.has(made.first.payloadCid)).toBe(true)
      },
      async made => {
        for (const someone of [doctor, ann]) expect(await reading(made, someone)).toBe('open/failed')
        expect(made.blocks.size).toBe(0)
        expect(made.graves.get(made.first.payloadCid)?.step).toBe('shred')
      },
    )
  })

  it('sharing shares all or nothing', async () => {
    const counting = new Faults(null, 'before')
    const request = { header: header(content.length), content, recipients: [ann.recipient] }
    await shareRecord(counting.around(world().ports), owner, request)
    for (let at = 0; at < counting.calls; at++) {
      const { ports } = world()
      const faulty = new Faults(at, 'before').around(ports)
      await expect(shareRecord(faulty, owner, request)).rejects.toThrow('the process died')
      const again = await shareRecord(ports, owner, request)
      const record = await readRecord(ports, again, ann.identity, { pin: pinOf(again), nowMs: 0 })
      expect(Buffer.compare(await joined(record.content), content)).toBe(0)
    }
  })
})

describe('what was decided on one list', () => {
  it('is not done to another: two at once, one goes through', async () => {
    const { ports, first } = await scene()
    await takeBackAccess(ports, owner, first.packageId, [ann.recipient])
    const keep = [doctor.recipient]
    const late = [
      () => shred(ports, owner, first),
      () => reEncrypt(ports, owner, identity, { from: first, keep, history: false }),
    ]
    for (const work of late) expect(await codeOf(work)).toBe('share/changed-meanwhile')
    const next = (): Promise<unknown> =>
      publishVersion(ports, owner, identity, first, {
        ...{ header: header(1), content: pattern(1), recipients: keep, history: false },
      })
    expect(await codeOf(next)).toBe('share/changed-meanwhile')
    expect(await codeOf(() => latestList(ports, new Uint8Array(16)))).toBe('share/unknown-package')
  })

  it('is not done twice: two grants at the same time, and one is asked again', async () => {
    const { ports, first } = await scene()
    const grant = (someone: Person): Promise<string> =>
      codeOf(() => grantAccess(ports, owner, identity, first.packageId, [someone.recipient]))
    const cas = person()
    const codes = await Promise.all([grant(ben), grant(cas)])
    expect([...codes].sort()).toEqual(['accepted', 'grants/wrong-seq'])
    expect([await grant(ben), await grant(cas)]).toEqual(['accepted', 'accepted'])
    const list = await latestList(ports, first.packageId)
    expect([list.seq, list.recipientCount]).toEqual([3n, 4])
  })

  it('is served by nobody any more once that was asked, and says what that leaves', async () => {
    const { first } = await scene()
    const stopped: Uint8Array[] = []
    const serving = { stop: async (id: Uint8Array) => void stopped.push(id) }
    const { statement, entry, list } = await stopServing(serving, first)
    expect([stopped, list]).toEqual([[first.packageId], first])
    expect(statement.doesNotAchieve).toContain('grants-still-valid')
    expect(entry.action).toBe('update')
  })
})
