/** Parts of the server, as it was built: the index of the ledger in its store, and how nodes ask each other. */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
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

/** What the routes of a server answer of this node: bytes, `null` for what is not there. */
async function answersOf(node) {
  const wire = await part('ledger/wire')
  const { Events, newsSlot } = await part('clinic/events')
  const events = new Events()
  let count = 0
  const leave = node.subscribe(() => {
    count += 1
    events.slot(newsSlot)
  })
  const list = items => wire.encodeList(items, mostBytes)
  const routes = {
    '': () => {
      const tip = { id: encodeBase64Url(node.tip.id), height: Number(node.tip.height) }
      return JSON.stringify({ ledger: encodeBase64Url(node.id), tip })
    },
    '/news': async (asked, signal) => {
      const isSame = asked.get('after') === `${count}`
      const wait = isSame ? events.awaitSlot(newsSlot, '', 1_000 * Number(asked.get('wait')), signal) : null
      await wait?.next()
      wait?.end()
      return JSON.stringify({ v: 1, news: `${count}`, waits: !isSame || wait !== null })
    },
    '/headers': async asked => {
      const headers = await node.headers(BigInt(asked.get('from')), Number(asked.get('limit')))
      return wire.encodeHeaders(headers, mostBytes)
    },
    '/evidence': () => list(node.evidence()),
    '/pending': () => list(node.pending().map(({ bytes }) => bytes)),
  }
  return {
    /** @param signal aborted when nobody waits for the answer any more */
    async answer(url, signal) {
      const { pathname, searchParams } = new URL(url, 'http://localhost')
      const path = pathname.slice('/v1/ledger'.length)
      if (path.startsWith('/blocks/')) return node.block(decodeBase64Url(path.slice('/blocks/'.length)))
      return (await routes[path]?.(searchParams, signal)) ?? null
    },
    close: leave,
  }
}

/** A node that is asked by calls: what `fetch` would answer, without a socket. */
export async function calledLedger(node) {
  const answers = await answersOf(node)
  return {
    async ask(url, { signal }) {
      const bytes = await answers.answer(url, signal)
      signal.throwIfAborted()
      return new Response(bytes, { status: bytes === null ? 404 : 200 })
    },
    async close() {
      answers.close()
    },
  }
}

export async function serveLedger(node) {
  const answers = await answersOf(node)
  const server = createServer(async (request, response) => {
    const ended = new AbortController()
    response.on('close', () => ended.abort())
    // Whoever asks is told of a fault, and says so.
    const bytes = await answers.answer(request.url, ended.signal).catch(() => undefined)
    response.statusCode = bytes === undefined ? 500 : bytes === null ? 404 : 200
    response.end(bytes ?? '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async close() {
      answers.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Gossips among nodes on the loopback: each with those so many places ahead, and so with as many behind. `null` where the
 * packages of gossip are not installed.
 */
export async function gossiping(nodes, steps) {
  const [{ Gossip }, { libp2pMesh }, { peerIdOf }] = await Promise.all(
    ['gossip/gossip', 'gossip/libp2p-mesh', 'gossip/key'].map(part),
  )
  const keys = nodes.map(() => SigningKey.generate(random))
  const ids = keys.map(key => peerIdOf(verifyingKeyOf(key)))
  const all = []
  const close = () => Promise.all(all.map(one => one.close()))
  try {
    for (const [i, node] of nodes.entries()) {
      const [behind, ahead] = [-1, 1].map(way =>
        steps.map(step => (i + way * step + nodes.length) % nodes.length),
      )
      const peers = [...new Set([...behind, ...ahead])].filter(at => at !== i)
      const open = libp2pMesh({
        seed: keys[i].reveal(),
        own: ids[i],
        ledger: 'bench',
        listen: '/ip4/127.0.0.1/tcp/0',
        // Whoever is there already is called; the others come.
        peers: peers.map(at => all[at]?.addresses[0] ?? `/p2p/${ids[at]}`),
      })
      const ledger = {
        node,
        read: work => work({ node }),
        isWorking: true,
        submit: record => node.submit(record),
        receive: block => node.receive(block),
        vote: evidence => node.vote(evidence),
        pullSoon() {},
      }
      const gossip = await Gossip.open({ ledger, clock, open, named: peers.length, answerMs: 30_000 })
      node.subscribe(event => gossip.hear(event))
      all.push(gossip)
    }
    while (all.some(({ peers: { named, there } }) => there < named)) await sleep(50)
    // A mesh is made of those who are connected once a second.
    await sleep(1_500)
    return { close }
  } catch (error) {
    await close()
    if (error.code === 'gossip/not-installed') return null
    throw error
  }
}

export async function pulling(node, origins, { ask, onFault }) {
  const { Pulls, paceOf } = await part('ledger/pulls')
  const pulls = new Pulls({
    peers: origins,
    fetch: ask,
    pace: paceOf(node.genesis.seal),
    sync: async peer => void (await node.syncWith(peer)),
    onFault,
  })
  pulls.start(node.id)
  return pulls
}
