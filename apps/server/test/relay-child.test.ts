import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { IncomingMessage } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { RelayChild } from '../dist/conference/relay-child.js'
import { plainEnv } from './server-process.js'

interface Started {
  readonly child: RelayChild
  /** The number of the process; it rejects where that ends first. */
  readonly ready: Promise<number>
  readonly ended: Promise<void>
}

function started(): Started {
  let end: () => void = () => undefined
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const later: { child?: RelayChild } = {}
  const ready = new Promise<number>((resolve, reject) => {
    later.child = new RelayChild({
      policy: {},
      accept() {
        throw new Error('nobody comes')
      },
      onReady: resolve,
      onEnd() {
        end()
        reject(new Error('it has ended before it was ready'))
      },
      onFault: () => undefined,
    })
  })
  const { child } = later
  if (child === undefined) throw new Error('no process')
  return { child, ready, ended }
}

interface Asked {
  /** As the server has it. */
  readonly socket: Socket
  readonly client: Socket
}

/** Connections that want to be handed over. */
async function asked(count: number): Promise<readonly Asked[]> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const all: Asked[] = []
  for (let i = 0; i < count; i++) {
    const client = connect(address.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume()
    const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'connect')])
    // As one whose request was read.
    socket.read(0)
    onTestFinished(() => [client, socket].forEach(one => void one.destroy()))
    all.push({ client, socket })
  }
  return all
}

function give(child: RelayChild, { socket }: Asked): void {
  const request = new IncomingMessage(socket)
  const here = (): void => void socket.destroy()
  child.give({ id: 'A'.repeat(22), source: new Uint8Array(16), request, socket, head: Buffer.alloc(0), here })
}

const turns = (child: RelayChild, count: number): void => {
  for (let turn = 0; turn < count; turn++) child.turn()
}

describe('a relay process', () => {
  it('may take five minutes to start, and is killed behind that', async () => {
    const slow = started()
    turns(slow.child, 300)
    expect(await slow.ready).toBeGreaterThan(0)
    await slow.child.end()
    const never = started()
    turns(never.child, 301)
    await expect(never.ready).rejects.toThrow('before it was ready')
  })

  it('is killed when it has said nothing for 30 turns', async () => {
    const { child, ready, ended } = started()
    process.kill(await ready, 'SIGSTOP')
    turns(child, 31)
    await ended
    expect(child.load).toBe(Number.POSITIVE_INFINITY)
  })

  it('gets the next connection when one could not be handed over', async () => {
    const { child, ready } = started()
    await ready
    const [lost, next] = await asked(2)
    if (lost === undefined || next === undefined) throw new Error('two connections')
    // What it stands for is gone, and nobody has said so yet.
    Reflect.get(lost.socket, '_handle').close()
    give(child, lost)
    give(child, next)
    // No handshake of a WebSocket: it is refused there.
    await vi.waitFor(() => expect(next.client.closed).toBe(true), patience)
    await vi.waitFor(() => expect(child.counts?.taken).toBe(1), patience)
    expect([lost.socket.destroyed, child.load]).toEqual([true, 0])
    await child.end()
  })

  it('gets the next connection when it could not take one, as it may open no more files', async () => {
    const { child, ready } = started()
    const pid = await ready
    const [lost, next] = await asked(2)
    if (lost === undefined || next === undefined) throw new Error('two connections')
    const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
    const free = Array.from({ length: open.size + 1 }, (_, i) => i).find(one => !open.has(one))
    execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${free}:`])
    give(child, lost)
    give(child, next)
    await vi.waitFor(() => expect(lost.client.closed).toBe(true), patience)
    const [, hard] = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
    execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${hard}:`])
    expect(next.client.closed).toBe(false)
    turns(child, 11)
    await vi.waitFor(() => expect(next.client.closed).toBe(true), patience)
    await vi.waitFor(() => expect(child.counts?.taken).toBe(1), patience)
    await child.end()
  })

  it('is started later where the server may open no more files, and the server goes on', async () => {
    const script = fileURLToPath(new URL('./relay-child-files.mjs', import.meta.url))
    const sh = ['-c', 'ulimit -n 1000; exec "$0" "$1"', process.execPath, script]
    const { stdout } = await promisify(execFile)('/bin/sh', sh, { env: plainEnv() })
    expect(stdout).toBe('EMFILE\ntakes connections\n')
  })
})
