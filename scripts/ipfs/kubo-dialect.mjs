/**
 * Stands in front of js-ipfs and translates what Kubo understands and js-ipfs does not: `cid-codec` is `format` and
 * `version` there. Everything else goes through as it is.
 */
import { createServer, request } from 'node:http'

/** Listens on loopback; `url` is the address. */
export async function startDialect(target) {
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', target)
    const codec = url.searchParams.get('cid-codec')
    if (codec !== null) {
      url.searchParams.delete('cid-codec')
      url.searchParams.set('format', codec)
      url.searchParams.set('version', '1')
    }
    const sent = request(url, { method: asked.method, headers: asked.headers, agent: false }, found => {
      answer.writeHead(found.statusCode ?? 502, found.headers)
      found.pipe(answer)
    })
    // js-ipfs refuses what is no CAR before it has read all of it.
    sent.on('error', () => answer.headersSent || answer.destroy())
    answer.on('close', () => sent.destroy())
    asked.pipe(sent)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
