/** What a device that listens costs the server while nothing happens. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Fact } from '../facts.js'
import {
  type BenchSigner,
  byCallers,
  Client,
  dataFolder,
  enrol,
  newSigner,
  origin,
  pathTo,
  type Running,
  signed,
  startClinic,
} from './server-process.js'

export const streamMemory = 'server-stream-memory'
const deviceCount = 1_000
/** Beside the first one, which pays for what the process loads and knows of the device. */
const moreForEach = 3
/** Young memory is as large as it will be: its growth is nobody's. */
const node = ['--min-semi-space-size=16', '--max-semi-space-size=16']
const callers = 16

/** One line each: `--count` of the command for operators. */
async function invitations(data: string, count: number): Promise<readonly string[]> {
  const words = ['invite', '--role', 'patient', '--count', `${count}`, '--data', data, '--origin', origin]
  const child = spawn(process.execPath, [pathTo('apps/server/dist/main.js'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const tokens = [...output.matchAll(/#invite=(\S{43})/g)].map(([, token = '']) => token)
  if (code !== 0 || tokens.length !== count) throw new Error(`invite ended with ${code}: ${tokens.length}`)
  return tokens
}

/** Devices that are enrolled, one for each invitation. */
export async function enrolAll(
  client: Client,
  data: string,
  count: number,
): Promise<readonly { readonly signer: BenchSigner; readonly box: string }[]> {
  const devices: { signer: BenchSigner; box: string }[] = []
  await byCallers(await invitations(data, count), callers, async invitation => {
    const signer = newSigner()
    devices.push({ signer, box: await enrol(client, signer, invitation) })
  })
  return devices
}

/** An event stream that said `ready`. */
export async function listen({ port }: Running, signer: BenchSigner): Promise<Socket> {
  const { headers } = await signed(signer, { method: 'GET', path: '/v1/events' })
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(port, '127.0.0.1')
  socket.write(['GET /v1/events HTTP/1.1', ...lines, '', ''].join('\r\n'))
  let output = ''
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    output += part
    if (output.includes('event: ready')) return socket
  }
  throw new Error(`a stream ended: ${output}`)
}

async function openStreams(server: Running, signers: readonly BenchSigner[]): Promise<readonly Socket[]> {
  const sockets: Socket[] = []
  await byCallers(signers, callers, async signer => sockets.push(await listen(server, signer)))
  return sockets
}

/** What a busy hour leaves in memory, compiled code most of all, is not theirs either. */
async function askMuch(client: Client, signers: readonly BenchSigner[]): Promise<void> {
  const all = Array.from({ length: 5 }, () => signers).flat()
  await byCallers(all, callers, async signer => {
    const { status } = await client.ask(await signed(signer, { method: 'GET', path: '/v1/entries' }))
    if (status !== 200) throw new Error(`entries were answered ${status}`)
  })
}

/** Bytes of the process for each stream when thousands are open, garbage collected first. */
export async function idleStreams(): Promise<readonly Fact[]> {
  const data = dataFolder()
  const server = await startClinic(data, { node })
  const client = new Client(server.port)
  const signers = (await enrolAll(client, data, deviceCount)).map(({ signer }) => signer)
  await askMuch(client, signers)
  client.end()
  const first = await openStreams(server, signers)
  const before = await server.memory()
  const more = await openStreams(server, Array.from({ length: moreForEach }, () => signers).flat())
  const after = await server.memory()
  for (const socket of [...first, ...more]) socket.destroy()
  server.stop()
  await server.ended
  const each = (now: number, then: number): number => Math.round((now - then) / more.length)
  const title = `an idle event stream, one of ${first.length + more.length}: memory of the process`
  return [
    { id: streamMemory, title, value: each(after.rss, before.rss), unit: 'bytes' },
    {
      id: 'server-stream-held',
      title: 'the same: heap, and what lies outside it',
      value: each(after.held, before.held),
      unit: 'bytes',
    },
  ]
}
