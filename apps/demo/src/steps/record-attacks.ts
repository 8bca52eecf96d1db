/** What an attacker tries on shared records. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import {
  checkPin,
  type GrantList,
  openGrant,
  ownerOf,
  parseGrantList,
  requireSamePayload,
  signGrantList,
  toVerifyCapability,
  verifyPayload,
} from '@chartseal/ipfs-envelope'
import type { Stage } from '../story.js'
import { flipped } from '../words.js'
import { contentFor, type Desk, identityIn, pinOf, type Shared } from './record-desk.js'

export async function attackRecords(stage: Stage, desk: Desk, bundle: Shared, image: Shared): Promise<void> {
  await stage.attack("a stranger's key", 'open/failed', () => contentFor(desk, 'stranger', image.list))
  await stage.attack('one flipped bit in each stored block', 'envelope/cid-mismatch', () =>
    withDamagedBlobs(desk, () => contentFor(desk, 'doctor', image.list)),
  )
  await stage.attack('the same, for who may check and not read', 'envelope/cid-mismatch', () =>
    withDamagedBlobs(desk, () => verifyPayload(desk.ports.blobs, image.list)),
  )
  await stage.attack('one flipped bit in a grant list', 'grants/bad-signature', () =>
    parseGrantList(flippedLast(image.list.bytes)),
  )
  await attackOwner(stage, desk, bundle.list, image.list)
  await stage.attack('a capability to check, for another payload', 'capability/other-payload', () =>
    requireSamePayload(toVerifyCapability(bundle.list), image.list),
  )
}

/** A stranger who signs with a key of their own, and one who has got hold of the owner's. */
async function attackOwner(stage: Stage, desk: Desk, bundle: GrantList, image: GrantList): Promise<void> {
  const stranger = ownerOf(SigningKey.generate(desk.ports.random))
  const { bytes: _, recipientCount: __, ...content } = image
  await stage.attack('the same list, signed by a stranger as the owner', 'grants/other-owner', async () =>
    checkPin(pinOf(desk, image), await signGrantList(stranger, content)),
  )
  await stage.attack("the image's keys for the bundle's content", 'open/failed', async () => {
    const forged = await signGrantList(desk.owner, { ...content, payloadCid: bundle.payloadCid })
    return openGrant(forged, identityIn(desk, 'doctor'), { pin: pinOf(desk, image), nowMs: desk.nowMs })
  })
}

/** In the signature. */
function flippedLast(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}

/** Damages the files of the store, runs `attempt`, and repairs them. */
async function withDamagedBlobs({ folder }: Desk, attempt: () => Promise<unknown>): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = await Promise.all(paths.map(path => readFile(path)))
  const writeAll = (change: (bytes: Uint8Array) => Uint8Array): Promise<unknown> =>
    Promise.all(paths.map((path, i) => writeFile(path, change(contents[i] ?? Buffer.alloc(0)))))
  await writeAll(flipped)
  try {
    await attempt()
  } finally {
    await writeAll(bytes => bytes)
  }
}
