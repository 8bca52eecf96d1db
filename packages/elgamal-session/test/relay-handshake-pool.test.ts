import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import type { Work, Worked } from '@chartseal/elgamal-session'
import { HandshakePool } from '@chartseal/elgamal-session/fs/handshake-pool'
import { createHandshake, finishHandshake, StaticKey, type Suite } from '@chartseal/elgamal-session/noise'
import { fixedClock, patience } from '@chartseal/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'

const prologue = new Uint8Array(55)
const payload = Uint8Array.of(1, 2, 3)
const open: HandshakePool[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(pool => pool.close()))
})

interface PoolParts {
  readonly suite?: Suite
  readonly program?: string
  readonly patienceMs?: number
}

function poolOf(threads: number, { suite = '25519', program, patienceMs = 60_000 }: PoolParts = {}) {
  const key = StaticKey.generate(suite, random)
  const privateKey = new SecretBytes(key.reveal())
  const clock = fixedClock(0)
  const options = { suite, privateKey, threads, patienceMs, nowMs: () => clock.nowMs() }
  const url = new URL(`data:text/javascript,${encodeURIComponent(program ?? '')}`)
  const pool = new HandshakePool(program === undefined ? options : { ...options, program: url })
  open.push(pool)
  return { pool, key, privateKey, clock }
}

let numbers = 0
const nothing: Worked = { connection: 0, number: 0, worked: null, elapsedMs: 0 }

/** Somebody who comes for the first time, or back; `finish` answers whether both sides have the same keys. */
function somebody(key: StaticKey, isUrgent: boolean) {
  const psk = new SecretBytes(random.bytes(32))
  const { suite } = key
  const common = { suite, prologue, random, role: 'initiator', psk } as const
  const staticKey = StaticKey.generate(suite, random)
  const patient = isUrgent
    ? createHandshake({ ...common, pattern: 'NNpsk0' })
    : createHandshake({ ...common, pattern: 'IKpsk2', staticKey, theirStatic: key.publicKey })
  const pattern = isUrgent ? 'NNpsk0' : 'IKpsk2'
  const message = patient.write(payload)
  const given = isUrgent ? Uint8Array.from(psk.reveal()) : null
  const number = ++numbers
  const work: Work = {
    connection: number + 1_000,
    number,
    isUrgent,
    work: { pattern, suite, prologue, message, psk: given },
  }
  const finish = ({ worked }: Worked): boolean => {
    if (worked === null) return false
    const named = worked.theirStatic === null ? 'nobody' : [...worked.theirStatic].join()
    const secret = worked.chainingKey
    const { message: second, secrets } = finishHandshake(worked, { psk: isUrgent ? null : psk, payload })
    patient.read(second)
    const ours = patient.split()
    expect(named).toBe(isUrgent ? 'nobody' : [...staticKey.publicKey].join())
    expect(secret.every(byte => byte === 0)).toBe(true)
    return ours.send.reveal().join() === secrets.receive.reveal().join()
  }
  return { work, given, finish }
}

/** A thread that answers once, with nothing, and then does something else. */
const onceAndThen = (deed: string): string => `
  import { parentPort } from 'node:worker_threads'
  let calls = 0
  const answerBytes = 16 + 2 * 32 + 3 * 32
  parentPort.on('message', works => {
    if (works === null) return parentPort.close()
    if (calls++ > 0) ${deed}
    const heads = new DataView(works.buffer)
    let count = 0
    for (let at = 0; at < works.length; count++)
      at += 8 + 32 * heads.getUint8(at + 1) + heads.getUint16(at + 2) + heads.getUint32(at + 4)
    parentPort.postMessage(new Uint8Array(count * answerBytes))
  })`

const answerOf = (pool: HandshakePool, work: Work): Promise<Worked> =>
  new Promise(resolve => pool.work(work, resolve))

describe('a pool of threads', () => {
  it.each([
    ['25519', 3, 60],
    ['ffdhe3072', 2, 6],
  ] as const)('works out what both sides agree on, with %s and %i threads', async (suite, threads, count) => {
    const { pool, key } = poolOf(threads, { suite })
    const people = Array.from({ length: count }, (_, i) => somebody(key, i % 3 === 0))
    const results = await Promise.all(
      people.map(async ({ work, finish }) => {
        const worked = await answerOf(pool, work)
        expect([worked.connection, worked.number]).toEqual([work.connection, work.number])
        expect(worked.elapsedMs).toBeGreaterThan(0)
        return finish(worked)
      }),
    )
    expect(results.every(Boolean)).toBe(true)
    expect(people.every(({ given }) => given === null || given.every(byte => byte === 0))).toBe(true)
    expect(pool.size).toBe(threads)
  })

  it('answers with nothing for a message that does not open, and goes on', async () => {
    const { pool, key } = poolOf(1)
    const { work } = somebody(key, false)
    const message = Uint8Array.from(work.work.message)
    message[40] = (message[40] ?? 0) ^ 1
    expect((await answerOf(pool, { ...work, work: { ...work.work, message } })).worked).toBeNull()
    expect(
      (await answerOf(pool, { ...work, work: { ...work.work, message: new Uint8Array(3) } })).worked,
    ).toBeNull()
    const next = somebody(key, true)
    expect(next.finish(await answerOf(pool, next.work))).toBe(true)
  })

  it('takes those who come back first', async () => {
    const { pool, key } = poolOf(1)
    const order: boolean[] = []
    const people = Array.from({ length: 80 }, (_, i) => somebody(key, i >= 60))
    await Promise.all(
      people.map(async ({ work }) => {
        await answerOf(pool, work)
        order.push(work.isUrgent)
      }),
    )
    // All were asked for in one turn: the thread had none of them yet.
    expect(order).toEqual([...Array<boolean>(20).fill(true), ...Array<boolean>(60).fill(false)])
  })

  it('keeps the caller’s key, and needs a number of threads that there can be', async () => {
    const { pool, key, privateKey } = poolOf(1)
    const one = somebody(key, false)
    expect(one.finish(await answerOf(pool, one.work))).toBe(true)
    expect(privateKey.reveal()).toEqual(key.reveal())
    for (const threads of [0, 65, 1.5])
      expect(() => new HandshakePool({ suite: '25519', privateKey, threads })).toThrow(RangeError)
  })

  it('answers with nothing for what a thread had when it died, and starts another', async () => {
    const program = onceAndThen('process.exit(1)')
    const { pool, key } = poolOf(1, { program })
    for (let i = 0; i < 6; i++) {
      expect((await answerOf(pool, somebody(key, i % 2 === 0).work)).worked).toBeNull()
    }
    const many = Array.from({ length: 50 }, () => somebody(key, true))
    const answers = await Promise.all(many.map(({ work }) => answerOf(pool, work)))
    expect(answers.map(({ number }) => number)).toEqual(many.map(({ work }) => work.number))
    expect(many.every(({ given }) => given?.every(byte => byte === 0))).toBe(true)
    expect(pool.size).toBe(1)
  })

  it('answers with nothing for what a thread has that hangs, and another one takes its place', async () => {
    const { pool, key, clock } = poolOf(1, { program: onceAndThen('for (;;) {}') })
    for (let i = 0; i < 3; i++) {
      await answerOf(pool, somebody(key, false).work)
      const many = Array.from({ length: 20 }, () => somebody(key, true))
      const answers = Promise.all(many.map(({ work }) => answerOf(pool, work)))
      // The thread is given them at the end of this turn.
      await new Promise(resolve => setImmediate(resolve))
      clock.advance(20_000)
      expect((await answers).map(({ worked }) => worked)).toEqual(many.map(() => null))
      expect(many.every(({ given }) => given?.every(byte => byte === 0))).toBe(true)
      expect(pool.size).toBe(1)
    }
  })

  it('lets nothing pile up behind threads that hang: neither too many nor for too long', async () => {
    const { pool, key, clock } = poolOf(2, { program: 'for (;;) {}' })
    const { work } = somebody(key, false)
    const answered: number[] = []
    const come = (number: number, isUrgent = false): void =>
      pool.work({ ...work, number, isUrgent }, worked => void answered.push(worked.number))
    for (let i = 0; i < 4_100; i++) come(i)
    come(-1, true)
    await vi.waitFor(() => expect(answered).toEqual([4_096, 4_097, 4_098, 4_099, 4_095]), patience)
    clock.advance(10_000)
    // Two threads have 16 each.
    await vi.waitFor(() => expect(answered).toHaveLength(4_101 - 32), patience)
    expect(answered).not.toContain(-1)
    clock.advance(110_000)
    await vi.waitFor(() => expect(answered).toHaveLength(4_101), patience)
    const next = somebody(key, true)
    expect(next.finish(await answerOf(pool, next.work))).toBe(true)
    expect(pool.size).toBe(0)
  })

  it('ends with a key that its owner has wiped too early: everybody is answered with nothing', async () => {
    const { pool, key, privateKey } = poolOf(1, { program: onceAndThen('process.exit(1)') })
    await answerOf(pool, somebody(key, false).work)
    privateKey.wipe()
    const many = await Promise.all(
      Array.from({ length: 40 }, () => answerOf(pool, somebody(key, false).work)),
    )
    expect(many.every(({ worked }) => worked === null)).toBe(true)
    expect(pool.size).toBe(0)
  })

  it('does them itself where no thread can be had', async () => {
    const { pool, key } = poolOf(2, { program: 'process.exit(1)' })
    const many = Array.from({ length: 40 }, (_, i) => somebody(key, i % 2 === 0))
    // What the threads had before they died.
    await Promise.all(many.map(({ work }) => answerOf(pool, work)))
    while (pool.size > 0) await answerOf(pool, somebody(key, true).work)
    const later = Array.from({ length: 10 }, (_, i) => somebody(key, i % 2 === 0))
    const worked = await Promise.all(later.map(({ work }) => answerOf(pool, work)))
    expect(later.map(({ finish }, i) => finish(worked[i] ?? nothing))).toEqual(later.map(() => true))
  })

  it('answers what nobody worked on when it is closed, also after that', async () => {
    const { pool, key } = poolOf(2)
    const many = Array.from({ length: 200 }, () => somebody(key, false))
    const answers = Promise.all(many.map(({ work }) => answerOf(pool, work)))
    await Promise.all([pool.close(), pool.close()])
    expect(await answers).toHaveLength(200)
    expect((await answerOf(pool, somebody(key, false).work)).worked).toBeNull()
  })

  it('is closed also when a thread answers no more, and then nobody waits for it', async () => {
    const { pool, key } = poolOf(1, { program: 'for (;;) {}', patienceMs: 50 })
    const answers = Promise.all(
      Array.from({ length: 20 }, (_, i) => answerOf(pool, somebody(key, i > 10).work)),
    )
    await pool.close()
    expect((await answers).every(({ worked }) => worked === null)).toBe(true)
    expect(pool.size).toBe(0)
  })

  it('wipes the key that it was moved, in the thread', async () => {
    const privateKey = StaticKey.generate('25519', random).reveal()
    const [copy, marks] = [new Uint8Array(privateKey), new Int32Array(new SharedArrayBuffer(4))]
    // The program reads its start as the worker does, and says what is left of it.
    const program = `
      import { parentPort, workerData } from 'node:worker_threads'
      await import(workerData.url)
      Atomics.store(workerData.marks, 0, workerData.privateKey.every(byte => byte === 0) ? 1 : 2)
      parentPort.postMessage('ready')`
    const url = new URL('../dist/fs/handshake-worker-node.js', import.meta.url).href
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
      workerData: { suite: '25519', privateKey: copy, url, marks },
      transferList: [copy.buffer],
    })
    try {
      await once(worker, 'message')
      expect([copy.length, Atomics.load(marks, 0)]).toEqual([0, 1])
    } finally {
      await worker.terminate()
    }
  })
})
