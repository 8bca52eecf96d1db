/** Records as a page shares them: sealed here, kept by a clinic block by block, with grants for others. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  type GrantList,
  type GrantTerms,
  grantListCid,
  noTerms,
  type Owner,
  signGrantList,
} from '@chartseal/ipfs-envelope'
import { type BlockStore, blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { expect, type MockInstance, vi } from 'vitest'
import { requestError } from '../dist/errors.js'
import { asJson, name16, type TestClinic, type TestDevice } from './api-world.js'

export const leafBytes = 1_033_200

/** The blocks of a file, in the order in which they are written: the root last. */
export async function blocksOf(content: Uint8Array): Promise<{
  readonly root: string
  readonly blocks: ReadonlyMap<string, Uint8Array>
}> {
  const blocks = new Map<string, Uint8Array>()
  const root = await blobStore(memory(blocks), { profile: 'chartseal-v2' }).put(content)
  return { root, blocks }
}

export function memory(blocks: Map<string, Uint8Array>): BlockStore {
  return {
    get: async cid => blocks.get(cid) ?? null,
    has: async cid => blocks.has(cid),
    put: async (cid, block) => void blocks.set(cid, block),
    delete: async cid => void blocks.delete(cid),
  }
}

/** Who signs lists. */
type Signing = Pick<TestDevice, 'identity' | 'sign'>

export const ownerOf = (device: Signing): Owner => ({
  verifyingKey: device.identity,
  sign: message => device.sign(message),
})

export const pathOf = (cid: string): string => `/v1/blobs/${cid}`

export async function putAll(
  { as }: TestClinic,
  device: TestDevice,
  blocks: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [cid, block] of blocks) expect((await as(device, 'PUT', pathOf(cid), block)).status).toBe(200)
}

export interface Stated {
  readonly id: string
  readonly payload: string
  readonly version?: number
  readonly terms?: Partial<GrantTerms>
  readonly previous?: GrantList | null
  readonly seq?: number
}

/** A list of nobody: whom keys are for is not the server's business. */
export async function listFor(
  device: Signing,
  { id, payload, version = 1, terms = {}, previous = null, seq }: Stated,
): Promise<GrantList> {
  return signGrantList(ownerOf(device), {
    packageId: new Uint8Array(Buffer.from(id, 'base64url')),
    version,
    payloadCid: payload,
    seq: seq === undefined ? (previous?.seq ?? 0n) + 1n : BigInt(seq),
    previousCid: previous === null ? null : grantListCid(previous.bytes),
    history: [],
    recipients: [],
    ...noTerms,
    ...terms,
  })
}

export interface ReaderOf {
  readonly kid: string
  readonly until_ms: number | null
  readonly purposes: readonly string[]
}

export const grantsBody = (list: GrantList, readers: readonly ReaderOf[] | null): Uint8Array =>
  encodeUtf8(JSON.stringify({ v: 1, grants: encodeBase64Url(list.bytes), readers }))

export async function putGrants(
  { as }: TestClinic,
  device: TestDevice,
  list: GrantList,
  readers: readonly ReaderOf[] | null,
): Promise<Response> {
  const path = `/v1/packages/${encodeBase64Url(list.packageId)}/grants/${list.seq}`
  return as(device, 'PUT', path, grantsBody(list, readers), asJson)
}

/** A record of three leaves that its owner has put and granted. */
export async function shared(
  world: TestClinic,
  owner: TestDevice,
  readers: readonly ReaderOf[] | null,
  terms: Partial<GrantTerms> = {},
): Promise<{
  readonly id: string
  readonly root: string
  readonly blocks: ReadonlyMap<string, Uint8Array>
  readonly list: GrantList
}> {
  const { root, blocks } = await blocksOf(systemRandom.bytes(2 * leafBytes + 10))
  await putAll(world, owner, blocks)
  const id = name16()
  const list = await listFor(owner, { id, payload: root, terms })
  expect((await putGrants(world, owner, list, readers)).status).toBe(200)
  return { id, root, blocks, list }
}

export const reading = ({ kid }: TestDevice, over: Partial<ReaderOf> = {}): ReaderOf => ({
  kid,
  until_ms: null,
  purposes: ['TREAT'],
  ...over,
})

/** A log that takes nothing until the spy is restored. */
export function brokenLog({ log }: TestClinic['clinic']): MockInstance {
  return vi.spyOn(log, 'record').mockRejectedValue(requestError('server/log', { retryMs: 1_000 }))
}
