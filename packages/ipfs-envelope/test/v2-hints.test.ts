import { SigningKey } from '@chartseal/core/ed25519'
import {
  firstGrants,
  grantAccess,
  grantInfo,
  hintOf,
  hpkeRecipient,
  isGranted,
  latestList,
  ownerOf,
  type PackagePorts,
  type Recipient,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { describe, expect, it } from 'vitest'
import { payload, person, world } from './v2-people.js'

const ann = person()

describe('keys that somebody made to look like those of another', () => {
  // Found by trying 122,882 keys: the first four bytes of their hints in this list are the same.
  const made = (number: number): Recipient => {
    const publicKey = new Uint8Array(32).fill(0x11, 31)
    new DataView(publicKey.buffer).setUint32(0, number)
    return hpkeRecipient('x25519', publicKey)
  }
  const [victim, forged] = [made(6_672), made(122_882)]
  const seven = ownerOf(new SigningKey(new Uint8Array(32).fill(7)))
  const listFor = async (...people: readonly Recipient[]): Promise<PackagePorts> => {
    const { ports } = world()
    const packageId = new Uint8Array(16).fill(9)
    await ports.lists.publish(await firstGrants(seven, payload({ packageId }), people))
    return ports
  }
  const packageId = new Uint8Array(16).fill(9)

  it('really share four bytes', async () => {
    const list = await latestList(await listFor(victim), packageId)
    const [a, b] = [victim, forged].map(one => hintOf(grantInfo(list), one))
    expect([a?.length, a?.slice(0, 4)]).toEqual([16, b?.slice(0, 4)])
  })

  it('do not keep that one from being granted', async () => {
    const ports = await listFor(ann.recipient, forged)
    const list = await grantAccess(ports, seven, ann.identity, packageId, [victim])
    expect(list.recipientCount).toBe(3)
    expect([isGranted(list, victim), isGranted(list, forged)]).toEqual([true, true])
  })

  it('do not lose that one access when they are taken off', async () => {
    const ports = await listFor(ann.recipient, victim)
    const same = await takeBackAccess(ports, seven, packageId, [forged])
    expect(same.list.recipientCount).toBe(2)
    await grantAccess(ports, seven, ann.identity, packageId, [forged])
    const { list } = await takeBackAccess(ports, seven, packageId, [forged])
    expect([isGranted(list, victim), isGranted(list, forged)]).toEqual([true, false])
  })
})
