/**
 * A Helia 7.1.15 that speaks Bitswap over TCP on loopback, and joins no network: `createHelia` would. It is copied beside
 * the packages that it imports. Argument: a folder of blocks, or nothing for an empty memory. Prints its address; then
 * answers lines of JSON: {dial} with {}, {cid} with the SHA-256 of the file below it, {block} with that of one block.
 */
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { FsBlockstore } from 'blockstore-fs'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'

const limitMs = 20_000
const folder = process.argv[2]
const libp2p = {
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify() },
}
const blockstore = folder === undefined ? {} : { blockstore: new FsBlockstore(folder) }
const helia = withBitswap(withLibp2pLight(createHeliaLight(blockstore), libp2p))
await helia.start()
process.stdout.write(`${helia.libp2p.getMultiaddrs()[0]}\n`)

async function sha256(pieces) {
  const hash = createHash('sha256')
  for await (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

async function answerTo({ dial, cid, block }) {
  const signal = AbortSignal.timeout(limitMs)
  if (dial !== undefined) return void (await helia.libp2p.dial(multiaddr(dial), { signal }))
  if (block !== undefined) return sha256(helia.blockstore.get(CID.parse(block), { signal }))
  return sha256(unixfs(helia).cat(CID.parse(cid), { signal }))
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line)).then(
    sha256 => ({ sha256 }),
    error => ({ error: `${error.name}: ${error.message}` }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit(0)
