/** Threads that work on handshakes: what comes out of one and of two by the clock, the rest of each done by this thread. */
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import { HandshakePool } from '@chartseal/elgamal-session/fs/handshake-pool'
import { createHandshake, finishHandshake, StaticKey } from '@chartseal/elgamal-session/noise'
import { type Case, type Contender, costOf } from '../measure.js'

export const poolId = 'handshake-pool'
export const poolName = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`

const suite = '25519'
const helloCount = 64
/** As a burst of people has it: the core gives no more than this to a pool. */
const atOnce = 2_048
const payload = new Uint8Array(48)
const prologue = new Uint8Array(55)

export function handshakePool(): Case {
  return {
    id: poolId,
    title: 'Full handshakes in a pool, X25519',
    unit: 'handshakes/s',
    perUnit: 1,
    contenders: [1, 2].map(poolOf),
    warmUpMs: 2_000,
    sampleMs: 500,
  }
}

function poolOf(threads: number): Contender {
  const staticKey = StaticKey.generate(suite, random)
  const psk = new SecretBytes(random.bytes(32))
  let pool: HandshakePool | null = null
  const patient = () =>
    createHandshake({
      pattern: 'IKpsk2',
      role: 'initiator',
      suite,
      prologue,
      random,
      psk,
      staticKey: StaticKey.generate(suite, random),
      theirStatic: staticKey.publicKey,
    })
  const threadsOf = (): HandshakePool =>
    (pool ??= new HandshakePool({ suite, threads, privateKey: new SecretBytes(staticKey.reveal()) }))
  const answered = (message: Uint8Array) =>
    new Promise<ReturnType<typeof finishHandshake>>((resolve, reject) => {
      const work = { pattern: 'IKpsk2', suite, prologue, message, psk: null } as const
      threadsOf().work({ connection: 1, number: 1, isUrgent: false, work }, ({ worked }) => {
        if (worked === null) reject(new Error('a hello did not open'))
        else resolve(finishHandshake(worked, { psk, payload }))
      })
    })
  let hellos: readonly Uint8Array[] = []
  return {
    name: poolName(threads),
    async answer() {
      const one = patient()
      const { message, secrets } = await answered(one.write(payload))
      one.read(message)
      if (one.split().send.reveal().join() !== secrets.receive.reveal().join())
        throw new Error('the keys differ')
      return Uint8Array.of(1)
    },
    work(amount) {
      if (hellos.length === 0) hellos = Array.from({ length: helloCount }, () => patient().write(payload))
      return costOf(async () => {
        for (let done = 0; done < amount; done += atOnce) {
          const count = Math.min(atOnce, amount - done)
          await Promise.all(
            Array.from({ length: count }, (_, i) => answered(hellos[i % helloCount] ?? payload)),
          )
        }
      })
    },
    close() {
      void pool?.close()
      pool = null
    },
  }
}
