/** The process ends when it is told to, whoever is connected. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runsOf } from '@chartseal/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { startServer } from './server-process.js'

// It may still come, so the server waits ten seconds for it: in the gate.
const unfinished = ['GET / HTTP/1.1\r\nHo'].slice(0, runsOf(1, 0))

async function silent(port: number, bytes: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  if (bytes !== '') socket.write(bytes)
}

it('ends at SIGTERM while others keep their connections, to the page and to the metrics', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-end-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const server = await startServer(folder, ['--metrics-port', '0'])
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const [, metrics = ''] = /metrics at 127\.0\.0\.1:(\d+)/.exec(server.printed()) ?? []
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  for (const port of [server.port, Number(metrics)])
    for (const bytes of ['', upgrade, 'nonsense\r\n\r\n', ...unfinished]) await silent(port, bytes)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})
