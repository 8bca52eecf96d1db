import { concat, equal } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  advance,
  confirmClock,
  decodeRing,
  encodeRing,
  exportRing,
  importRing,
  newArgon2id,
  newPbkdf2,
  openRingAtRest,
  type PassphraseParameters,
  type Ring,
  readingKey,
  takeSealingKey,
  wasmArgon2id,
} from '@chartseal/kdf-keyring/v2'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs, pair, start } from './v2-people.js'

const monthOf = (ms: number): number => {
  const date = new Date(ms)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}
const endOf = (month: number): number => Date.UTC(1970, month + 1, 1)

/** One side as the policy sees it: its ring, and when it moved past each month. */
class Side {
  readonly left = new Map<number, number>()
  readonly skewMs: number
  ring: Ring
  epoch: number = monthOf(start)

  constructor(ring: Ring, skewMs: number) {
    this.ring = ring
    this.skewMs = skewMs
  }

  wake(trueMs: number): void {
    const nowMs = trueMs + this.skewMs
    const jump = monthOf(nowMs) - this.epoch > 2
    this.ring = jump ? confirmClock(this.ring, nowMs) : advance(this.ring, nowMs)
    for (; this.epoch < monthOf(nowMs); this.epoch++) this.left.set(this.epoch, nowMs)
  }

  /** The device is switched off, and goes on from what it had sealed. */
  async restart(): Promise<void> {
    const { sealed } = await exportRing(this.ring, 'words', { parameters: light() })
    this.ring = await openRingAtRest(sealed, 'words')
  }

  mayRead(month: number, trueMs: number): boolean {
    if (month >= this.epoch) return month <= this.epoch + 1
    const leftMs = this.left.get(month)
    return leftMs !== undefined && trueMs + this.skewMs < Math.max(endOf(month), leftMs) + 7 * dayMs
  }
}

/** The lightest that is allowed. */
const light = (): PassphraseParameters => ({ ...newArgon2id(systemRandom), memoryKiB: 19_456, passes: 2 })

interface Sent {
  readonly kid: Uint8Array
  readonly key: string
  readonly month: number
  readonly arrivesMs: number
}

const event = fc.record({
  gapDays: fc.integer({ min: 0, max: 45 }),
  sender: fc.nat(1),
  delayDays: fc.oneof(fc.nat(3), fc.nat(60)),
  lost: fc.boolean(),
  sleeps: fc.integer({ min: 0, max: 4 }),
  restarts: fc.integer({ min: 0, max: 30 }),
})
const skewMs = fc.integer({ min: -36 * 3_600_000, max: 36 * 3_600_000 })

function send(side: Side, trueMs: number, arrivesMs: number): Sent {
  side.wake(trueMs)
  const { ring, sealing } = takeSealingKey(side.ring, 100, trueMs + side.skewMs)
  side.ring = decodeRing(encodeRing(ring))
  return { kid: sealing.kid, key: encodeHex(sealing.key.reveal()), month: side.epoch, arrivesMs }
}

async function receive(side: Side, message: Sent, trueMs: number): Promise<void> {
  side.wake(trueMs)
  const expected = side.mayRead(message.month, trueMs) ? 'accepted' : 'keyring/no-such-key'
  const read = async (): Promise<void> => {
    const found = readingKey(side.ring, message.kid)
    expect([encodeHex(found.key.reveal()), found.epoch]).toEqual([message.key, message.month])
  }
  expect(await codeOf(read)).toBe(expected)
}

describe('two rings over five years', () => {
  it('read every message that policy lets them read, and no other', async () => {
    const years = fc.array(event, { minLength: 60, maxLength: 90 })
    const law = fc.asyncProperty(years, skewMs, skewMs, async (events, one, other) => {
      const [a, b] = pair(start + one, start + other)
      const sides = [new Side(a, one), new Side(b, other)] as const
      let nowMs = start
      const pending: [Side, Sent][] = []
      for (const { gapDays, sender, delayDays, lost, sleeps, restarts } of events) {
        nowMs += gapDays * dayMs
        const [from, to] = sender === 0 ? sides : [sides[1], sides[0]]
        const message = send(from, nowMs, nowMs + delayDays * dayMs)
        if (!lost) pending.push([to, message])
        if (restarts === 0) await from.restart()
        if (sleeps === 0) continue
        for (const entry of pending.filter(([, due]) => due.arrivesMs <= nowMs)) {
          await receive(entry[0], entry[1], nowMs)
          pending.splice(pending.indexOf(entry), 1)
        }
      }
    })
    await fc.assert(law, propertyRuns(5))
  })

  it('goes on from an export under a number of its own', async () => {
    const [mine, theirs] = pair()
    const used = takeSealingKey(mine, 1, start)
    const parameters = newPbkdf2(systemRandom)
    const { sealed } = await exportRing(used.ring, 'words', { parameters })
    const copy = advance(await importRing(sealed, 'words'), start + 20 * dayMs)
    const { sealing } = takeSealingKey(copy, 1, start + 20 * dayMs)
    expect(sealing.counter).toBe(0n)
    const read = readingKey(theirs, sealing.kid)
    expect([read.sender, read.state]).toEqual([{ side: 'peer', device: 1 }, 'pending'])
    expect(equal(read.key.reveal(), sealing.key.reveal())).toBe(true)
  })
})

describe('forgetting', () => {
  it('leaves nothing from which a shredded key follows', () => {
    const [ring] = pair()
    const { key } = takeSealingKey(ring, 1, start).sealing
    const oldChain = encodeHex(ring.chain.reveal())
    const state = encodeRing(advance(advance(ring, start + 20 * dayMs), start + 30 * dayMs))
    // The state itself, and whatever 32 bytes of it derive under every label with every epoch near.
    expect(encodeHex(state)).not.toContain(encodeHex(key.reveal()))
    expect(encodeHex(state)).not.toContain(oldChain)
    const targets = new Set([oldChain, encodeHex(key.reveal())])
    const sender = concat(ring.identities.own, Uint8Array.of(0, 0))
    for (let at = 0; at + 32 <= state.length; at++) {
      for (let epoch = ring.epoch; epoch < ring.epoch + 2; epoch++) {
        const e = decodeHex(epoch.toString(16).padStart(8, '0'))
        const infos = [
          ['next-epoch', e],
          ['epoch-key', concat(e, sender)],
        ] as const
        for (const [label, rest] of infos) {
          const info = concat(new TextEncoder().encode(`chartseal/${label}/v2`), rest)
          expect(targets.has(encodeHex(hkdf(sha256, state.subarray(at, at + 32), undefined, info, 32)))).toBe(
            false,
          )
        }
      }
    }
  })
})

describe('Argon2id', () => {
  it('agrees with the reference program for "password", "somesalt", 64 MiB, t = 2, p = 1', async () => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    const parameters = { salt: text('somesalt'), memoryKiB: 65_536, passes: 2, lanes: 1 }
    const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'
    expect(encodeHex(await wasmArgon2id(text('password'), parameters))).toBe(expected)
  })
})
