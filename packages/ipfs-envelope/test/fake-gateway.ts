/** A trustless gateway on loopback, over a map of blocks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportCar } from '@chartseal/ipfs-envelope/car'
import { onTestFinished } from 'vitest'

export interface FakeGateway {
  readonly url: string
  readonly asked: string[]
}

type Instead = (request: IncomingMessage, response: ServerResponse) => boolean

/** `instead` may answer a request itself, and then gives `true`. */
export async function fakeGateway(
  blocks: ReadonlyMap<string, Uint8Array>,
  instead: Instead = () => false,
): Promise<FakeGateway> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (instead(request, response)) return
    const url = new URL(request.url ?? '', 'http://localhost')
    const cid = url.pathname.replace('/ipfs/', '')
    const block = blocks.get(cid)
    if (block === undefined) return void response.writeHead(404).end('ipld: could not find it')
    if (request.method === 'HEAD') return void response.end()
    if (url.searchParams.get('format') === 'raw') return void response.end(block)
    try {
      const get = async (name: string): Promise<Uint8Array | null> => blocks.get(name) ?? null
      for await (const piece of exportCar({ get }, [cid])) response.write(piece)
      response.end()
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, asked }
}
