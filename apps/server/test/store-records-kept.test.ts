import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { createLink } from '@chartseal/ipfs-envelope/shl'
import { describe, expect, it } from 'vitest'
import { BlockFiles, blockPath, holdingBlocks } from '../dist/clinic/blocks.js'
import { checkBackup } from '../dist/commands/check-backup.js'
import { moveStore } from '../dist/commands/move-store.js'
import { dataPaths } from '../dist/data-folder.js'
import type { GrantsVersion, OpenedStore } from '../dist/store.js'
import { backUp, keyOf, newClinic, ports, restored, type World, withStore } from './clinic-world.js'
import { blocksOf, leafBytes } from './records-world.js'
import { bytes, emptyFolder, emptyTarget, engine } from './store-world.js'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** A clinic with a record that a package names, for one reader, and a link. */
async function withRecord(): Promise<World & { readonly root: string; readonly cids: readonly string[] }> {
  const clinic = await newClinic()
  await clinic.deposit('a')
  const { root, blocks } = await blocksOf(systemRandom.bytes(leafBytes + 1))
  const files = new BlockFiles(dataPaths(clinic.data).blocks, ports)
  await withStore(clinic.target, async store => {
    for (const [cid, block] of blocks) {
      await files.put(cid, block)
      await store.blobs.put({ cid, kid: 'kid', sizeBytes: block.length, nowMs: 5 }, 1e9)
    }
    await grant(store, root, [...blocks.keys()])
    await link(store)
  })
  return { ...clinic, root, cids: [...blocks.keys()] }
}

const listOf = (
  payload: string,
  blocks: readonly string[],
  over: Partial<GrantsVersion> = {},
): GrantsVersion => ({
  package: 'p',
  seq: 1,
  owner: 'kid',
  listCid: 'list-1',
  previousCid: null,
  version: 1,
  payload,
  notBeforeMs: 0,
  notAfterMs: null,
  purposes: [],
  bytes: bytes(1, 2, 3),
  bodyHash: new Uint8Array(32),
  readers: [{ kid: 'reader', untilMs: null, purposes: ['TREAT'] }],
  blocks,
  nowMs: 9,
  ...over,
})

async function grant(store: OpenedStore, payload: string, blocks: readonly string[]): Promise<void> {
  expect(await store.packages.put(listOf(payload, blocks), 1e9)).toBe('stored')
}

async function link(store: OpenedStore): Promise<void> {
  const { served } = await createLink({
    baseUrl: 'https://clinic.example/shl',
    files: [{ contentType: 'application/fhir+json', content: text('{"resourceType":"Patient"}') }],
    nowMs: 5,
  })
  const whole = { ...served, owner: 'kid', bodyHash: new Uint8Array(32), nowMs: 5 }
  expect(await store.links.put(whole, { links: 9, bytes: 1e9 })).toBe('stored')
  const access = {
    link: served.id,
    atMs: 6,
    kind: 'manifest',
    recipient: 'r',
    file: null,
    leafIndex: 0,
  } as const
  await store.links.addAccess(access)
}

describe(`copies of records on ${engine}`, () => {
  it('are whole, checked block by block, and restored; links end, and packages wait for their owner', async () => {
    const clinic = await withRecord()
    const { folder } = await backUp(clinic)
    expect(readdirSync(folder).toSorted()).toEqual(['blocks', 'files', 'log', 'manifest', 'store.db'])
    const after = await restored(clinic, folder, { log: clinic.data })
    expect(after.closed).toMatchObject({ linksEnded: 1, packagesClosed: 1 })
    const { blocks } = dataPaths(after.data)
    for (const cid of clinic.cids)
      expect(readFileSync(join(blocks, blockPath(cid)))).toEqual(
        readFileSync(join(dataPaths(clinic.data).blocks, blockPath(cid))),
      )
    await withStore(after.target, async store => {
      expect(await store.blobs.readable(clinic.root, 'kid', 10)).toMatchObject({
        sizeBytes: expect.any(Number),
      })
      expect(await store.blobs.readable(clinic.root, 'reader', 10)).toBe('missing')
      expect(await store.packages.find('p')).toMatchObject({ isOpen: false, mayJump: true })
      expect(await store.packages.bytesOf('p')).toEqual(bytes(1, 2, 3))
      // What was published since the backup is not here, nor is a package that was made since.
      expect(await store.packages.put(listOf(clinic.root, [], { seq: 7 }), 1e9)).toBe('stored')
      expect(await store.blobs.readable(clinic.root, 'reader', 10)).not.toBe('missing')
      expect(await store.packages.put(listOf(clinic.root, [], { seq: 9 }), 1e9)).toBe('gap')
      const made = { package: 'q', seq: 3, previousCid: 'list-2' }
      expect(await store.packages.put(listOf(clinic.root, clinic.cids, made), 1e9)).toBe('stored')
      const [ended] = await store.links.ofOwner('kid', { limit: 9 })
      expect(ended?.endedMs).not.toBeNull()
      expect(await store.links.files(ended?.id ?? '')).toEqual([])
      expect(await store.links.accesses(ended?.id ?? '', { limit: 9 })).toHaveLength(1)
    })
  })

  it('are refused where a block is missing, and where it is another one', async () => {
    const clinic = await withRecord()
    const { folder } = await backUp(clinic)
    const file = `blocks/${blockPath(clinic.root)}`
    const check = () => checkBackup(folder, keyOf(clinic), emptyFolder())
    const block = readFileSync(join(folder, file))
    writeFileSync(
      join(folder, file),
      block.map(byte => byte ^ 1),
    )
    await expect(check()).rejects.toMatchObject({ code: 'backup/damaged', context: { file } })
    writeFileSync(join(folder, file), block)
    await check()
    // A disk that had lost it, or had changed it, before the copy was made.
    const kept = join(dataPaths(clinic.data).blocks, blockPath(clinic.root))
    writeFileSync(kept, 'rotten')
    await expect(backUp(clinic)).rejects.toMatchObject({
      code: 'backup/damaged',
      context: { file, reason: 'it is not what its CID names' },
    })
    rmSync(kept)
    await expect(backUp(clinic)).rejects.toMatchObject({
      code: 'backup/damaged',
      context: { file, reason: 'it is missing' },
    })
  })

  it('hold deletion back while they are made, and nobody after they were killed', async () => {
    const clinic = await withRecord()
    const { blocks } = dataPaths(clinic.data)
    const files = new BlockFiles(blocks, ports)
    expect(await files.areHeld()).toBe(false)
    const outer = holdingBlocks(blocks, ports, async () => {
      await holdingBlocks(blocks, ports, async () => expect(await files.areHeld()).toBe(true))
      expect(await files.areHeld()).toBe(true)
    })
    await outer
    expect(await files.areHeld()).toBe(false)
    writeFileSync(join(blocks, '.held-0123456789abcdef'), '')
    expect(await files.areHeld()).toBe(true)
    const later = new BlockFiles(blocks, { ...ports, clock: { nowMs: () => Date.now() + 120_000 } })
    expect(await later.areHeld()).toBe(false)
    expect(existsSync(join(blocks, '.held-0123456789abcdef'))).toBe(false)
    // What is held is no part of the copy.
    const { folder } = await backUp(clinic)
    expect(readdirSync(join(folder, 'blocks')).every(name => /^[A-Z2-7]{2}$/.test(name))).toBe(true)
  })

  it('are moved with all rows to another engine, while the blocks stay where they are', async () => {
    const clinic = await withRecord()
    const to = await emptyTarget()
    const counts = await moveStore({ data: clinic.data, from: clinic.target, to, ...ports })
    expect(counts).toMatchObject({
      blobs: clinic.cids.length,
      blob_holders: clinic.cids.length,
      blob_shares: 1,
      packages: 1,
      grant_lists: 1,
      package_blocks: clinic.cids.length,
      readers: 1,
      links: 1,
      link_files: 1,
      link_accesses: 1,
    })
    await withStore(to, async store => {
      expect(await store.packages.readerOf('p', 'reader')).toMatchObject({ purposes: ['TREAT'] })
      expect(await store.blobs.held(clinic.root, 'kid')).not.toBeNull()
    })
  })
})
