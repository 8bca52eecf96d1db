/**
 * Our IPFS stores against programs of others, on loopback: the RPC server of js-ipfs 0.18.1, and two nodes of Helia
 * 7.1.15, of which one fetches over TCP the blocks that the other has from a folder of ours. With `KUBO_RPC_URL` (and
 * `KUBO_RPC_AUTHORIZATION`) the RPC checks are made of that node, too. Exit 77 when npm has not got the peers.
 */
import assert from 'node:assert/strict'
import { createHash, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderBlobStore } from '../packages/ipfs-envelope/dist/fs.js'
import { blobStore, unixfsProfiles } from '../packages/ipfs-envelope/dist/unixfs.js'
import { heliaPeer, jsIpfsPeer } from './ipfs/peers.mjs'
import { startNode, startPeer } from './ipfs/programs.mjs'
import { mapBlocks, rpcChecks } from './ipfs/rpc-checks.mjs'

const skipped = 77
const seed = randomInt(2 ** 31)
const count = { ok: 0, failed: 0 }

async function make(peer, checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check()
      count.ok++
    } catch (error) {
      count.failed++
      process.stdout.write(`${peer} ${name}: ${error.stack}\n`)
    }
  }
}

/** What its own importer makes of the leaves of our profile; 174 links in a node, so for a file with fewer leaves. */
async function sameAsItsOwn(url) {
  const bytes = Uint8Array.from({ length: 4_000_000 }, (_, i) => (i * 31 + seed) >>> (i % 7))
  const form = new FormData()
  form.append('data', new Blob([bytes]))
  const query = 'chunker=size-1033200&raw-leaves=true&cid-version=1&cid-base=base32&pin=false&only-hash=true'
  const answer = await fetch(`${url}/api/v0/add?${query}`, { method: 'POST', body: form })
  const { Hash } = JSON.parse((await answer.text()).trim().split('\n').at(-1))
  assert.equal(Hash, await blobStore(mapBlocks(new Map()), { profile: 'chartseal-v2' }).put(bytes))
}

async function checkJsIpfs({ node, folder }, scratch) {
  const peer = await startNode(node, folder, join(scratch, 'repository'))
  try {
    // It never answers for a block that it has not, offline or not, and takes no form of more than 1 MiB, so no leaf of
    // unixfs-v1-2025.
    const profiles = unixfsProfiles.filter(profile => profile !== 'unixfs-v1-2025')
    await make('js-ipfs', rpcChecks(peer.url, { absent: 'remote/timeout', profiles, seed }))
    await make('js-ipfs', { 'makes the same CID of a file': () => sameAsItsOwn(peer.plain) })
  } finally {
    await peer.stop()
  }
}

async function checkHelia({ node, folder }, scratch) {
  const blocks = join(scratch, 'blocks')
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 17 + seed) >>> (i % 5))
  const cid = await (await openFolderBlobStore(blocks, { profile: 'chartseal-v2' })).put(bytes)
  const [having, wanting] = [
    await startPeer(node, folder, 'helia-node.mjs', blocks),
    await startPeer(node, folder, 'helia-node.mjs'),
  ]
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  try {
    await make('helia', {
      async 'serves a folder of ours to another, which checks every block'() {
        assert.deepEqual(await wanting.ask({ dial: having.first }), {})
        assert.deepEqual(await wanting.ask({ cid }), { sha256 })
      },
      async 'reads the same file from the folder itself'() {
        assert.deepEqual(await having.ask({ cid }), { sha256 })
      },
      async 'has the root from the other, and by then of its own'() {
        await having.stop()
        assert.match((await wanting.ask({ block: cid })).sha256, /^[0-9a-f]{64}$/)
      },
    })
  } finally {
    await Promise.all([having.stop(), wanting.stop()])
  }
}

const [jsIpfs, helia] = [jsIpfsPeer(), heliaPeer()]
const { KUBO_RPC_URL: kubo, KUBO_RPC_AUTHORIZATION: authorization } = process.env
if (jsIpfs === null || helia === null) {
  process.stdout.write('ipfs: skipped: npm has not got the peers\n')
  process.exitCode = skipped
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'chartseal-ipfs-'))
  try {
    await checkJsIpfs(jsIpfs, scratch)
    await checkHelia(helia, scratch)
    if (kubo !== undefined) await make(kubo, rpcChecks(kubo, { authorization, seed }))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  const asked = ['js-ipfs 0.18.1', 'Helia 7.1.15', ...(kubo === undefined ? [] : [kubo])].join(', ')
  process.stdout.write(`ipfs: ${count.ok} ok, ${count.failed} failed (${asked})\n`)
  process.exitCode = count.failed === 0 ? 0 : 1
}
