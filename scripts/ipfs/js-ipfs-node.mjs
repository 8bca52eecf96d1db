/**
 * js-ipfs 0.18.1 with its RPC server, offline, on a loopback port. It is copied beside the packages that it imports.
 * Argument: an empty folder for its repository. Prints its URL and ends with its stdin.
 */
import { create } from 'ipfs-core'
import { HttpApi } from 'ipfs-http-server'

const ipfs = await create({
  repo: process.argv[2],
  offline: true,
  silent: true,
  init: { emptyRepo: true, algorithm: 'Ed25519' },
  config: { Addresses: { Swarm: [], API: '/ip4/127.0.0.1/tcp/0', Gateway: '' }, Bootstrap: [] },
})
const api = new HttpApi(ipfs)
await api.start()
process.stdout.write(`${api._apiServers[0].info.uri}\n`)
process.stdin.resume().on('end', () => process.exit(0))
