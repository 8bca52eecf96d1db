/** What is asked of a node over its RPC, and what has to come back: of js-ipfs, and of a Kubo that somebody has. */
import assert from 'node:assert/strict'
import { exportCar, importCar } from '../../packages/ipfs-envelope/dist/car.js'
import { ipfsNode, nodeBlobStore } from '../../packages/ipfs-envelope/dist/rpc.js'
import { blobStore, unixfsProfiles } from '../../packages/ipfs-envelope/dist/unixfs.js'

const mebibyte = 1_048_576
const sizes = [0, 1, 262_144, mebibyte, mebibyte + 1, 3 * mebibyte + 7]

/** Other bytes for each run, so that a node cannot know them from an earlier one. */
function content(sizeBytes, seed) {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0, state = seed; i < sizeBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export async function joined(pieces) {
  const parts = []
  for await (const piece of pieces) parts.push(piece)
  return new Uint8Array(Buffer.concat(parts))
}

const same = (a, b) => assert.equal(Buffer.compare(a, b), 0)

export function mapBlocks(map) {
  return {
    get: async cid => map.get(cid) ?? null,
    has: async cid => map.has(cid),
    put: async (cid, block) => void map.set(cid, Uint8Array.from(block)),
    delete: async cid => void map.delete(cid),
  }
}

/**
 * The checks, by name. `absent`: what the node does when it is asked for a block that it has not: `null`, or the code of
 * an error. Nothing of what the node had before is changed; what is pinned here is unpinned.
 */
export function rpcChecks(url, { authorization, absent = null, profiles = unixfsProfiles, seed }) {
  const given = authorization === undefined ? {} : { authorization }
  const node = ipfsNode(url, given)
  const hasty = ipfsNode(url, { ...given, timeoutMs: 3000 })
  const storeOf = profile => nodeBlobStore(node, { profile })
  const checks = { 'says its version': async () => assert.match(await node.version(), /\d/) }
  for (const profile of profiles) {
    checks[`keeps blobs of every size, whole and in part: ${profile}`] = async () => {
      const store = storeOf(profile)
      for (const size of sizes) {
        const bytes = content(size, seed)
        const cid = await store.put(bytes)
        assert.equal(cid, await blobStore(mapBlocks(new Map()), { profile }).put(bytes))
        assert.equal(await store.has(cid), true)
        same(await joined(store.get(cid)), bytes)
        const range = await store.range(cid)
        same(await range.read(size >> 1, size), bytes.subarray(size >> 1))
        await store.delete(cid)
        await store.delete(cid)
        assert.equal(await store.has(cid), false)
      }
    }
  }
  return {
    ...checks,
    async 'gives a CAR of what it was given as blocks'() {
      const bytes = content(2 * mebibyte + 5, seed + 1)
      const cid = await storeOf('chartseal-v2').put(bytes)
      const copy = new Map()
      assert.deepEqual((await importCar(node.dagExport(cid), mapBlocks(copy))).roots, [cid])
      same(await joined(blobStore(mapBlocks(copy)).get(cid)), bytes)
      assert.equal(await node.blockStat(cid), copy.get(cid).length)
      await node.pinRemove(cid)
    },
    async 'takes a CAR, and pins its root'() {
      const blocks = mapBlocks(new Map())
      const bytes = content(2 * mebibyte + 6, seed + 2)
      const cid = await blobStore(blocks, { profile: 'chartseal-v2' }).put(bytes)
      assert.deepEqual(await node.dagImport(exportCar(blocks, [cid])), [cid])
      assert.equal(await node.isPinned(cid), true)
      const pins = []
      for await (const pin of node.pins()) pins.push(pin)
      assert.ok(pins.includes(cid))
      same(await joined(storeOf('chartseal-v2').get(cid)), bytes)
      await node.pinRemove(cid)
    },
    async 'does not hold us up for a block that it has not'() {
      const cid = await blobStore(mapBlocks(new Map())).put(content(1000, seed + 3))
      const answer = await hasty.blockGet(cid).catch(error => error.code)
      assert.equal(answer, absent)
      assert.equal(await node.isPinned(cid), false)
    },
    async 'says no to what is no CAR'() {
      const lines = (async function* () {
        yield new TextEncoder().encode('this is not a CAR\n')
      })()
      const answer = await node.dagImport(lines).catch(error => error.code)
      assert.match(`${answer}`, /^remote\/(refused|bad-answer)$/)
    },
  }
}
