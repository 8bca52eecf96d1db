import { hkdfSync } from 'node:crypto'
import { concat, equal } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  advanceRing,
  clockSlackMs,
  confirmClock,
  decodeRing,
  type ExportOptions,
  encodeRing,
  epochStart,
  exportRing,
  type ImportOptions,
  importRing,
  maxDevices,
  newArgon2id,
  newPbkdf2,
  type ReadingKey,
  type Ring,
  readingKey,
  rotateRing,
  takeSealingKey,
  vouchForEpoch,
} from '@chartseal/kdf-keyring'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs, pair, start } from './v2-people.js'

const monthOf = (ms: number): number => {
  const date = new Date(ms)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}
const parameters = newArgon2id(systemRandom)
const endOf = (month: number): number => Date.UTC(1970, month + 1, 1)

/** In place of Argon2id, which has tests of its own: the model is about what an export holds. */
const fast: ExportOptions & ImportOptions = { argon2id: async words => sha256(words) }

/** What a side would go on from after a loss, and what policy knew at that time. */
interface Copy {
  readonly sealed: Uint8Array
  readonly epoch: number
  readonly left: ReadonlyMap<number, number>
  readonly device: number
}

/** One side as the policy sees it: its ring, and when it moved past each month that it can still read. */
class Side {
  left = new Map<number, number>()
  skewMs: number
  ring: Ring
  epoch: number = monthOf(start)
  #vouched: number
  #lastMs: number
  #copy: Copy | null = null
  #restores = 0

  constructor(ring: Ring, skewMs: number) {
    this.skewMs = skewMs
    this.ring = confirmClock(ring, start + skewMs)
    this.#lastMs = start + skewMs
    this.#vouched = monthOf(this.#lastMs)
  }

  /** A clock that was put right by hours, months that were missed, and the thirteenth alone need a person's word. */
  wake(trueMs: number): void {
    const nowMs = trueMs + this.skewMs
    const confirmed =
      monthOf(nowMs) - Math.min(this.epoch, this.#vouched + 11) > 1 || nowMs < this.#lastMs - clockSlackMs
    if (confirmed) this.#vouched = monthOf(nowMs)
    this.ring = confirmed ? confirmClock(this.ring, nowMs) : advanceRing(this.ring, nowMs)
    if (confirmed) for (const [month, leftMs] of this.left) this.left.set(month, Math.min(leftMs, nowMs))
    this.#lastMs = confirmed ? nowMs : Math.max(nowMs, this.#lastMs)
    for (; this.epoch < monthOf(nowMs); this.epoch++) this.left.set(this.epoch, nowMs)
    for (const [month, leftMs] of this.left) {
      if (nowMs >= Math.max(endOf(month), leftMs) + 7 * dayMs) this.left.delete(month)
    }
    expect(this.ring.epoch).toBeLessThanOrEqual(monthOf(nowMs) + 1)
  }

  /** A message of the other side was authenticated: their clock agrees. */
  vouch(reading: ReadingKey): void {
    this.ring = vouchForEpoch(this.ring, reading)
    this.#vouched = Math.max(this.#vouched, Math.min(reading.epoch, this.epoch))
  }

  mayRead(month: number): boolean {
    return month >= this.epoch ? month <= this.epoch + 1 : this.left.has(month)
  }

  async keepCopy(): Promise<void> {
    const device = this.ring.nextDevice
    const { ring, sealed } = await exportRing(this.ring, 'words', { ...fast, parameters })
    this.ring = ring
    this.#copy = { sealed, epoch: this.epoch, left: new Map(this.left), device }
  }

  /** The device is lost; a new one, with a number that no other had, goes on from the last copy. */
  async restore(trueMs: number): Promise<void> {
    const copy = this.#copy
    const device = Math.max(copy?.device ?? 0, this.#restores + 1)
    if (copy === null || device >= maxDevices) return
    this.#restores = device
    this.ring = confirmClock(
      await importRing(copy.sealed, 'words', { ...fast, device }),
      trueMs + this.skewMs,
    )
    this.epoch = copy.epoch
    this.#vouched = monthOf(trueMs + this.skewMs)
    this.left = new Map(copy.left)
    this.#lastMs = Number.POSITIVE_INFINITY
    this.wake(trueMs)
  }
}

interface Sent {
  /** Key id and counter, which no two messages share. */
  readonly name: string
  readonly kid: Uint8Array
  readonly key: string
  readonly month: number
  readonly arrivesMs: number
}

const skewMs = fc.integer({ min: -36 * 3_600_000, max: 36 * 3_600_000 })
const event = fc.record({
  gapDays: fc.integer({ min: 0, max: 45 }),
  sender: fc.nat(1),
  delayDays: fc.oneof(fc.nat(3), fc.nat(60)),
  lost: fc.boolean(),
  sleeps: fc.integer({ min: 0, max: 4 }),
  also: fc.constantFrom('nothing', 'nothing', 'nothing', 'copy', 'restore', 'clock'),
  skewMs,
})

function send(side: Side, trueMs: number, arrivesMs: number): Sent {
  side.wake(trueMs)
  const { ring, sealing } = takeSealingKey(side.ring, 100, trueMs + side.skewMs)
  side.ring = decodeRing(encodeRing(ring))
  const [kid, key] = [sealing.kid, encodeHex(sealing.key.reveal())]
  return { name: `${encodeHex(kid)} ${sealing.counter}`, kid, key, month: side.epoch, arrivesMs }
}

/** What happens to a side beside messages. */
async function befall(side: Side, what: string, skewMs: number, trueMs: number): Promise<void> {
  if (what === 'clock') side.skewMs = skewMs
  side.wake(trueMs)
  if (what === 'copy') await side.keepCopy()
  if (what === 'restore') await side.restore(trueMs)
}

async function receive(side: Side, message: Sent, trueMs: number): Promise<void> {
  side.wake(trueMs)
  const expected = side.mayRead(message.month) ? 'accepted' : 'keyring/no-such-key'
  const read = async (): Promise<void> => {
    const found = readingKey(side.ring, message.kid)
    expect([encodeHex(found.key.reveal()), found.epoch]).toEqual([message.key, message.month])
    side.vouch(found)
  }
  expect(await codeOf(read)).toBe(expected)
}

describe('two rings over five years', () => {
  it('read every message that policy lets them read, and no other', async () => {
    const years = fc.array(event, { minLength: 60, maxLength: 90 })
    const law = fc.asyncProperty(years, skewMs, skewMs, async (events, one, other) => {
      const [a, b] = pair()
      const sides = [new Side(a, one), new Side(b, other)] as const
      let nowMs = start
      const pending: [Side, Sent][] = []
      const used = new Set<string>()
      for (const { gapDays, sender, delayDays, lost, sleeps, also, skewMs: corrected } of events) {
        nowMs += gapDays * dayMs
        const [from, to] = sender === 0 ? sides : [sides[1], sides[0]]
        await befall(to, also, corrected, nowMs)
        const message = send(from, nowMs, nowMs + delayDays * dayMs)
        expect(used.has(message.name)).toBe(false)
        used.add(message.name)
        if (!lost) pending.push([to, message])
        if (sleeps === 0) continue
        for (const entry of pending.filter(([, due]) => due.arrivesMs <= nowMs)) {
          await receive(entry[0], entry[1], nowMs)
          // Read again at each event, until policy ends it.
          if (!entry[0].mayRead(entry[1].month)) pending.splice(pending.indexOf(entry), 1)
        }
      }
    })
    await fc.assert(law, propertyRuns(5, 1))
  })

  it('goes on from an export under a number of its own', async () => {
    const [mine, theirs] = pair()
    const used = takeSealingKey(mine, 1, start)
    const parameters = newPbkdf2(systemRandom)
    const { sealed } = await exportRing(used.ring, 'words', { parameters })
    const copy = advanceRing(await importRing(sealed, 'words'), start + 20 * dayMs)
    const { sealing } = takeSealingKey(copy, 1, start + 20 * dayMs)
    expect(sealing.counter).toBe(0n)
    const read = readingKey(theirs, sealing.kid)
    expect([read.sender, read.state]).toEqual([{ side: 'peer', device: 1 }, 'pending'])
    expect(equal(read.key.reveal(), sealing.key.reveal())).toBe(true)
  })
})

describe('a ring under any clock', () => {
  const hours = fc.integer({ min: -24 * 4000, max: 24 * 4000 })
  const deed = fc.record({
    byHours: fc.oneof(hours, fc.constantFrom(0, 1, 24, 24 * 28, 24 * 31)),
    how: fc.constantFrom('advance', 'advance', 'confirm', 'rotate', 'seal'),
  })
  const deeds: Readonly<Record<string, (ring: Ring, nowMs: number) => Ring>> = {
    advance: advanceRing,
    confirm: confirmClock,
    rotate: rotateRing,
    seal: (ring, nowMs) => takeSealingKey(ring, 1, nowMs).ring,
  }

  it('is never more than one epoch ahead of a clock that it accepts, whatever that clock did before', () => {
    const law = fc.property(fc.array(deed, { maxLength: 40 }), all => {
      let [ring] = pair()
      let nowMs = start + 4000 * dayMs
      ring = confirmClock(ring, nowMs)
      for (const { byHours, how } of all) {
        nowMs += byHours * 3_600_000
        try {
          ring = deeds[how]?.(ring, nowMs) ?? ring
          expect(ring.epoch).toBeLessThanOrEqual(monthOf(nowMs) + 1)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^keyring\//) })
        }
      }
    })
    fc.assert(law, propertyRuns(20, 5))
  })

  it('does not stop moving after a pairing whose clocks were right, and one of 2046 is refused', () => {
    const used = new Set<string>()
    let [ring] = pair()
    for (let day = 0; day < 5 * 365; day += 30) {
      const nowMs = start + day * dayMs
      ring = confirmClock(ring, nowMs)
      const { sealing } = takeSealingKey(ring, 1, nowMs)
      used.add(encodeHex(sealing.kid))
    }
    expect(used.size).toBeGreaterThanOrEqual(59)
    const future = { firstEpoch: monthOf(Date.UTC(2046, 10)) }
    expect(() => pair(start, future.firstEpoch)).toThrow('months ahead of the clock')
  })
})

describe('the key of a name', () => {
  it('is found for every sender of this epoch and the next, and named up to twelve ahead', () => {
    const [mine, theirs] = pair()
    for (const device of [0, 1, 31]) {
      let sealing = { ...theirs, device }
      for (let ahead = 0; ahead <= 13; ahead++) {
        const { kid, key } = takeSealingKey(sealing, 1, epochStart(sealing.epoch)).sealing
        const read = (): string => encodeHex(readingKey(mine, kid).key.reveal())
        if (ahead <= 1) expect(read()).toBe(encodeHex(key.reveal()))
        else expect(read).toThrow(ahead <= 12 ? 'from a later month' : 'not sealed for this pair')
        sealing = confirmClock(sealing, epochStart(sealing.epoch + 1))
      }
    }
  })
})

describe('forgetting', () => {
  it('leaves nothing from which a shredded key follows', () => {
    const [ring] = pair()
    const { key } = takeSealingKey(ring, 1, start).sealing
    const link = ring.chain.reveal()
    const oldChain = encodeHex(link)
    const state = encodeRing(advanceRing(advanceRing(ring, start + 20 * dayMs), start + 30 * dayMs))
    // The state itself, and whatever 32 bytes of it derive under every label with every epoch near.
    expect(encodeHex(state)).not.toContain(encodeHex(key.reveal()))
    expect(encodeHex(state)).not.toContain(oldChain)
    const targets = new Set([oldChain, encodeHex(key.reveal())])
    const sender = concat(ring.identities.own, Uint8Array.of(0, 0))
    const infos = [ring.epoch, ring.epoch + 1].flatMap(epoch => {
      const e = decodeHex(epoch.toString(16).padStart(8, '0'))
      const info = (label: string, rest: Uint8Array): Uint8Array =>
        concat(new TextEncoder().encode(`chartseal/${label}/v2`), rest)
      return [info('next-epoch', e), info('epoch-key', concat(e, sender))]
    })
    const derived = (ikm: Uint8Array, info: Uint8Array): string =>
      Buffer.from(hkdfSync('sha256', ikm, '', info, 32)).toString('hex')
    const isFound = (at: number): boolean =>
      infos.some(info => targets.has(derived(state.subarray(at, at + 32), info)))
    expect(Array.from({ length: state.length - 31 }, (_, at) => at).filter(isFound)).toEqual([])
    // What is searched for would be found.
    expect(targets).toContain(derived(link, infos[1] ?? link))
  })
})
