import { inspect } from 'node:util'
import {
  type KitOptions,
  kitFileNames,
  kitFiles,
  makeKit,
  openKit,
  type RecoveryKit,
} from '@chartseal/clinic'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { createRing, epochOf, importRing, inspectExport, type Ring, wipeRing } from '@chartseal/kdf-keyring'
import { combineShares, parseShareSet, parseShareText, splitSecret } from '@chartseal/shamir'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const nowMs = Date.UTC(2026, 6, 15)
const world = { clock: fixedClock(nowMs), random: systemRandom }
const usual: KitOptions = { threshold: 2, numShares: 3, label: 'kit' }

function newRing(): Ring {
  const [ownVerifyingKey = new Uint8Array(), peerVerifyingKey = new Uint8Array()] = [1, 2].map(() =>
    verifyingKeyOf(SigningKey.generate(systemRandom)),
  )
  const root = new SecretBytes(systemRandom.bytes(32))
  return createRing({ root, firstEpoch: epochOf(nowMs), nowMs, ownVerifyingKey, peerVerifyingKey })
}

const ring = newRing()
const { kit, ring: after } = await makeKit(ring, usual, world)
const { root } = kit.set
const chainOf = (one: Ring): string => encodeHex(one.chain.reveal())

describe('a recovery kit', () => {
  it('hardens its key as little as is read, for nobody can guess it', () => {
    const { algorithm, ...parameters } = inspectExport(kit.sealed)
    expect(algorithm).toBe('argon2id')
    expect(parameters).toMatchObject({ memoryKiB: 19_456, passes: 2, lanes: 1 })
  })

  it('gives the ring back from any two of three shares, as a new device', async () => {
    const [first, second, third] = kit.shares
    if (!first || !second || !third) throw new Error('internal: no share')
    for (const shares of [
      [first, second],
      [third, first],
      [first, second, third],
    ]) {
      const opened = await openKit(kit.sealed, shares, { root })
      expect(chainOf(opened.ring)).toBe(chainOf(ring))
      expect(opened.ring.device).toBe(ring.nextDevice)
      expect(opened.recovery.used).toEqual(shares.map(({ x }) => x))
    }
  })

  it('sets the number of the new device aside, so that the next kit gets another', async () => {
    expect(after.nextDevice).toBe(ring.nextDevice + 1)
    const next = await makeKit(after, usual, world)
    expect((await openKit(next.kit.sealed, next.kit.shares)).ring.device).toBe(ring.nextDevice + 1)
  })

  it('takes a device number for a kit that is used again, and refuses one that is taken', async () => {
    expect((await openKit(kit.sealed, kit.shares, { device: 7 })).ring.device).toBe(7)
    expect(await codeOf(() => openKit(kit.sealed, kit.shares, { device: 0 }))).toBe('keyring/device-taken')
    const doctors = await makeKit(ring, { ...usual, role: 'doctor' }, world)
    const asPatient = () => openKit(doctors.kit.sealed, doctors.kit.shares, { role: 'patient' })
    expect(await codeOf(asPatient)).toBe('keyring/other-role')
    await expect(openKit(kit.sealed, kit.shares, { device: 32 })).rejects.toThrow(RangeError)
  })

  it('names damaged shares and, with a root, those of other sets', async () => {
    const [first, second, third] = kit.shares
    if (!first || !second || !third) throw new Error('internal: no share')
    const bent = { ...second, y: new SecretBytes(second.y.reveal().map(byte => byte ^ 1)) }
    const foreign = splitSecret(new Uint8Array(32), { threshold: 2, numShares: 2 })
    const { recovery } = await openKit(kit.sealed, [first, bent, third, ...foreign], { root })
    expect(recovery.damaged.map(({ index }) => index)).toEqual([2])
    expect(recovery.strangers.map(({ index }) => index)).toEqual([1, 2])
    expect(recovery).not.toHaveProperty('secret')
  })

  it('lets no custodian decide with a set of their own', async () => {
    const foreign = splitSecret(new Uint8Array(32), { threshold: 2, numShares: 2 })
    const given = [...kit.shares.slice(0, 1), ...foreign]
    expect(await codeOf(() => openKit(kit.sealed, given))).toBe('shamir/mixed-sets')
    expect(await codeOf(() => openKit(kit.sealed, given, { root }))).toBe('shamir/too-few-shares')
    expect(await codeOf(() => openKit(kit.sealed, foreign))).toBe('open/failed')
  })

  it('opens nothing with too few shares, or with a changed export', async () => {
    expect(await codeOf(() => openKit(kit.sealed, kit.shares.slice(0, 1)))).toBe('shamir/too-few-shares')
    const changed = kit.sealed.map((byte, i) => (i === kit.sealed.length - 1 ? byte ^ 1 : byte))
    expect(await codeOf(() => openKit(changed, kit.shares))).toBe('open/failed')
  })

  it('is sealed under the shared key in hexadecimal digits, as docs/spec/shares-v2.md says', async () => {
    const { secret } = combineShares(kit.shares)
    expect(secret.length).toBe(32)
    const again = await importRing(kit.sealed, Buffer.from(secret).toString('hex'))
    expect(chainOf(again)).toBe(chainOf(ring))
  })

  it('shows no share and no key when it is printed', () => {
    const printed = `${inspect(kit, { depth: 9 })} ${JSON.stringify(kit)}`
    for (const { y } of kit.shares) {
      expect(printed).not.toContain([...y.reveal().subarray(0, 3)].join(', '))
      expect(printed).not.toContain([...y.reveal().subarray(0, 3)].join(','))
    }
  })
})

describe('the files of a kit', () => {
  it('have the names that are known before, and read back', () => {
    const files = kitFiles(kit)
    expect(files.map(({ name }) => name)).toEqual(kitFileNames(3))
    expect(files.filter(({ secret }) => !secret).map(({ name }) => name)).toEqual(['share-set.cbor'])
    const [sealed, first, , , set] = files
    expect(sealed?.data).toEqual(kit.sealed)
    expect(parseShareText(`${first?.data}`.trim())).toMatchObject({ x: 1, label: 'kit', root })
    expect(parseShareSet(set?.data instanceof Uint8Array ? set.data : new Uint8Array())).toEqual(kit.set)
  })
})

describe('making a kit', () => {
  it('has no label unless one is given', async () => {
    const { label: _, ...others } = usual
    const made: { readonly kit: RecoveryKit } = await makeKit(ring, others, world)
    expect(made.kit.shares.map(({ label }) => label)).toEqual(['', '', ''])
  })

  it('refuses thresholds and labels that cannot be, before anything is derived', async () => {
    const odd = { ...usual, threshold: 4 }
    expect(await codeOf(() => makeKit(ring, odd, world))).toBe('shamir/bad-threshold')
    await expect(makeKit(ring, { ...usual, label: 'x'.repeat(65) }, world)).rejects.toThrow(RangeError)
  })

  it('wipes the key when the ring cannot be exported', async () => {
    const wiped = newRing()
    wipeRing(wiped)
    const drawn: Uint8Array[] = []
    const random = {
      bytes(size: number) {
        const bytes = systemRandom.bytes(size)
        drawn.push(bytes)
        return bytes
      },
    }
    expect(await codeOf(() => makeKit(wiped, usual, { ...world, random }))).toBe('key/wiped')
    // The key itself was drawn first.
    expect(drawn[0]).toEqual(new Uint8Array(32))
  })
})
