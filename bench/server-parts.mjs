/** Parts of the server, as it was built: the index of the ledger in its store, and how nodes ask each other. */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'

const part = name => import(new URL(`../apps/server/dist/${name}.js`, import.meta.url).href)

export async function openStoreIndex(folder) {
  const { openStore } = await part('store')
  const backups = join(folder, 'backups')
  mkdirSync(backups, { recursive: true })
  const store = await openStore({ target: { file: join(folder, 'store.sqlite') }, clock, random, backups })
  return { index: store.ledger, close: () => store.close() }
}

const mostBytes = 4_194_304

/** What a route answers: bytes, `null` for what is not there. */
async function answerOf(node, wire, url) {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const path = pathname.slice('/v1/ledger'.length)
  const { tip } = node
  if (path === '')
    return JSON.stringify({
      ledger: encodeBase64Url(node.id),
      tip: { id: encodeBase64Url(tip.id), height: Number(tip.height) },
    })
  if (path === '/headers') {
    const [from, limit] = [searchParams.get('from'), searchParams.get('limit')]
    return wire.encodeHeaders(await node.headers(BigInt(from), Number(limit)), mostBytes)
  }
  if (path === '/evidence') return wire.encodeList(node.evidence(), mostBytes)
  if (path === '/pending')
    return wire.encodeList(
      node.pending().map(({ bytes }) => bytes),
      mostBytes,
    )
  return path.startsWith('/blocks/') ? node.block(decodeBase64Url(path.slice('/blocks/'.length))) : null
}

export async function serveLedger(node) {
  const wire = await part('ledger/wire')
  const server = createServer(async (request, response) => {
    const bytes = await answerOf(node, wire, request.url)
    response.statusCode = bytes === null ? 404 : 200
    response.end(bytes ?? '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export async function pulling(node, origins, peerAt) {
  const { Pulls } = await part('ledger/pulls')
  const pulls = new Pulls({
    peers: origins,
    fetch,
    sync: async peer => void (await node.syncWith(peerAt(peer.origin) ?? peer)),
    onFault(error) {
      throw error
    },
  })
  pulls.start(node.id)
  return pulls
}
