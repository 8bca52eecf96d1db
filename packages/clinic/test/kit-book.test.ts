import {
  acceptCode,
  confirmDigits,
  type Device,
  makeKitBook,
  newDevice,
  openKitBook,
  parseStep,
  rootOfBook,
  showCode,
  takeAnswer,
  takeReveal,
} from '@chartseal/clinic'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import type { Ring } from '@chartseal/kdf-keyring'
import { describe, expect, it } from 'vitest'

const world = { clock, random }

function paired(name: string): Ring {
  const [shown, read] = [newDevice('doctor', 'Dr. Okafor', random), newDevice('patient', name, random)]
  const code = showCode(shown, world)
  const taken = acceptCode(read, code.result.uri, world)
  const answered = takeAnswer(deviceIn(code), parseStep('answer', taken.result.answer), world)
  if (!('result' in answered)) throw answered.refusal
  const revealed = takeReveal(deviceIn(taken), parseStep('reveal', answered.result.reveal))
  const done = confirmDigits(deviceIn(answered), revealed.result.digits, 'show', world)
  const ring = done.device?.ring
  if (ring === null || ring === undefined) throw new Error('not paired')
  return ring
}

function deviceIn({ device }: { readonly device: Device | null }): Device {
  if (device === null) throw new Error('no device')
  return device
}

const pages = ['Rosa', 'Ulrich'].map(name => ({ ring: paired(name), about: encodeUtf8(name) }))
const kit = await makeKitBook(pages, { threshold: 2, numShares: 3, label: 'Dr. Okafor' }, world)

describe('a kit of several rings', () => {
  it('brings every ring back as a new device, with what was said of it', async () => {
    const opened = await openKitBook(kit.book, kit.shares.slice(1))
    expect(opened.pages.map(({ about }) => decodeUtf8(about))).toEqual(['Rosa', 'Ulrich'])
    expect(opened.pages.map(({ ring }) => ring.identities)).toEqual(pages.map(({ ring }) => ring.identities))
    expect(opened.pages.map(({ ring }) => ring.device)).toEqual([1, 1])
    expect(kit.rings.map(({ nextDevice }) => nextDevice)).toEqual([2, 2])
  })

  it('has beside them what belongs to no pair, sealed, and none where there is none', async () => {
    const more = encodeUtf8('Planted prescriptions')
    const full = await makeKitBook(pages, { threshold: 2, numShares: 3, more }, world)
    expect(decodeUtf8Loosely(full.book)).not.toContain('Planted')
    expect((await openKitBook(full.book, full.shares)).more).toEqual(more)
    expect((await openKitBook(kit.book, kit.shares)).more).toBeNull()
  })

  it('names the set of its shares, and shows no name of a person', () => {
    expect(rootOfBook(kit.book)).toEqual(kit.set.root)
    expect(decodeUtf8Loosely(kit.book)).not.toMatch(/Rosa|Ulrich|Okafor/)
  })

  it('refuses too few shares, shares of another kit and a book that was changed', async () => {
    const other = await makeKitBook(pages.slice(1), { threshold: 2, numShares: 3 }, world)
    await expect(openKitBook(kit.book, kit.shares.slice(2))).rejects.toMatchObject({
      code: 'shamir/too-few-shares',
    })
    await expect(openKitBook(kit.book, other.shares)).rejects.toMatchObject({
      code: 'shamir/unknown-root',
    })
    const changed = Uint8Array.from(kit.book)
    changed[changed.length - 5] = (changed[changed.length - 5] ?? 0) ^ 1
    await expect(openKitBook(changed, kit.shares)).rejects.toMatchObject({ code: 'open/failed' })
    await expect(makeKitBook([], { threshold: 2, numShares: 3 }, world)).rejects.toThrow(RangeError)
  })
})

const decodeUtf8Loosely = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
