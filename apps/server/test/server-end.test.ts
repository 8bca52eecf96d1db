import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemRandom } from '@chartseal/core/system'
import { runsOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { name16 } from './api-world.js'
import { Caller, type Sent, startServer } from './server-process.js'

/** A thousand are measured at the bench. */
const clients = process.env['SLOW'] === '1' ? 1_000 : runsOf(60, 20)

const mayPass = ({ status, body }: Sent): boolean =>
  status === 429 || status === 503 || body.includes('signature/stale')

/** As a page does: the same message under the same id, signed anew, until it is answered. */
async function deposited(caller: Caller, path: string, body: Uint8Array): Promise<string> {
  for (;;) {
    const sent = await caller.send('PUT', path, body).catch(() => null)
    if (sent?.status === 200) return sent.body
    if (sent !== null && !mayPass(sent)) throw new Error(`refused for good: ${sent.body}`)
    await sleep(50)
  }
}

describe('a server that is told to end', () => {
  it(`loses nothing of ${clients} clients that send again`, async () => {
    const data = mkdtempSync(join(tmpdir(), 'chartseal-end-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    let server = await startServer(data, ['--network-rate', '100000'])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const caller = new Caller(server)
    await caller.enrol(server.invitations[0] ?? '')
    const answers = new Map<string, { readonly body: Uint8Array; readonly answer: string }>()
    let isOver = false
    const busy = Array.from({ length: clients }, async () => {
      while (!isOver) {
        const path = `/v1/mailboxes/${caller.mailbox}/${name16()}`
        const body = systemRandom.bytes(100)
        answers.set(path, { body, answer: await deposited(caller, path, body) })
      }
    })
    while (answers.size < clients) await sleep(5)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    const before = answers.size
    server = await startServer(data, ['--network-rate', '100000'])
    caller.port = server.port
    while (answers.size < before + clients) await sleep(5)
    isOver = true
    await Promise.all(busy)
    for (const [path, { body, answer }] of answers) expect(await deposited(caller, path, body)).toBe(answer)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })
})
