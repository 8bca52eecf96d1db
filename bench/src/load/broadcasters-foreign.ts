/** Servers of Debian that send one message to many. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type Broadcaster, frameBytes, listening } from './broadcasters.js'
import { type FixedFormat, FixedListener } from './listener.js'
import { usageOf } from './process-usage.js'

interface ForeignServer {
  readonly name: string
  readonly program: string
  args(port: number): readonly string[]
  readonly format: FixedFormat
  /** What the publisher sends first, and each time. */
  readonly greeting: string
  readonly message: string
}

const text = 'x'.repeat(frameBytes)
const lineOf = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`

const nats: ForeignServer = {
  name: 'NATS',
  program: 'nats-server',
  args: port => ['-a', '127.0.0.1', '-p', `${port}`],
  format: {
    greeting: 'CONNECT {"verbose":false,"pedantic":false}\r\nSUB c 1\r\nPING\r\n',
    ready: /PONG\r\n$/,
    messageBytes: `MSG c 1 ${frameBytes}\r\n`.length + frameBytes + 2,
    ping: 'PING\r\n',
    pong: 'PONG\r\n',
  },
  greeting: 'CONNECT {"verbose":false,"pedantic":false}\r\n',
  message: `PUB c ${frameBytes}\r\n${text}\r\n`,
}

const redis: ForeignServer = {
  name: 'Redis',
  program: 'redis-server',
  args: port => [
    ...['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no'],
    // Its listeners come from other addresses of the loopback.
    ...['--protected-mode', 'no', '--maxclients', '15000'],
    ...['--client-output-buffer-limit', 'pubsub', '0', '0', '0'],
  ],
  format: {
    greeting: lineOf('SUBSCRIBE', 'c'),
    ready: /:1\r\n$/,
    messageBytes: lineOf('message', 'c', text).length,
    ping: '',
    pong: '',
  },
  greeting: '',
  message: lineOf('PUBLISH', 'c', text),
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' })
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isThere) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** `null` where this machine does not have the program. */
async function foreign(server: ForeignServer, count: number): Promise<Broadcaster | null> {
  if (spawnSync(server.program, ['--version'], { stdio: 'ignore' }).error !== undefined) return null
  const port = await freePort()
  const child: ChildProcess = spawn(server.program, server.args(port), { stdio: 'ignore' })
  const ended = once(child, 'exit')
  await answers(port)
  const listeners = await listening(count, () => FixedListener.open(port, server.format))
  const publisher = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(publisher, 'connect')
  // What it is told is of no interest.
  publisher.resume()
  publisher.write(server.greeting)
  return {
    name: server.name,
    listeners,
    publish: () => publisher.write(server.message),
    usage: async () => usageOf(child.pid ?? 0),
    async end() {
      publisher.destroy()
      for (const one of listeners) one.end()
      child.kill('SIGTERM')
      await ended
    },
  }
}

export const natsServer = (count: number): Promise<Broadcaster | null> => foreign(nats, count)
export const redisServer = (count: number): Promise<Broadcaster | null> => foreign(redis, count)
