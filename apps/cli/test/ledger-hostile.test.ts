/** Between a device and its ledger stands somebody who lies, or who is busy. */
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codeIn } from './codes.js'
import { runNode, valley } from './ledger-world.js'

interface Between {
  readonly url: string
  /** Whom it asks. */
  target: string
  /** Its own answer to a path, or another path to ask for; `null`: as it is. */
  lie: (path: string) => Response | string | null
}

async function between(target: string): Promise<Between> {
  const answering: Between = { url: '', target, lie: () => null }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const answer = async (): Promise<void> => {
      const lie = answering.lie(path)
      const got =
        lie instanceof Response ? lie : await fetch(new URL(lie ?? path, answering.target), { method: 'GET' })
      response.writeHead(got.status, { 'content-type': got.headers.get('content-type') ?? '' })
      response.end(new Uint8Array(await got.arrayBuffer()))
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return Object.assign(answering, { url: `http://127.0.0.1:${port}` })
}

const problem = (status: number, code: string): Response =>
  new Response(JSON.stringify({ code, title: code }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })

describe('a ledger command', () => {
  it('believes a server neither about another prescription nor about another ledger, and calls a busy one offline', async () => {
    const { run, prescribed, node, cwd } = await valley()
    const first = await prescribed(3)
    const hostile = await between(node.url)
    expect(await run(`join --server ${hostile.url} --desk own.desk --unsealed`)).toMatchObject({
      exitCode: 0,
    })

    hostile.lie = path =>
      path.includes('/proof') ? path.replace(/records\/[\w-]{43}/, `records/${'A'.repeat(43)}`) : null
    const swapped = await run(`prove --server ${hostile.url} --out swapped.proof ${first}`)
    expect(codeIn(swapped)).toBe('prescription/other-proof')
    expect(existsSync(join(cwd, 'swapped.proof'))).toBe(false)

    hostile.lie = path => (path.includes('/proof') ? problem(429, 'limit/rate') : null)
    const busy = await run('dispense --desk own.desk --depth 0 slip.txt')
    expect(busy).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('offline') })
    expect(codeIn(await run(`prove --server ${hostile.url} --out x.proof ${first}`))).toBe('cli/no-answer')

    await run('node init --folder other --member registrar:Board:board.jwk')
    const other = await runNode(cwd, 'other')
    Object.assign(hostile, { target: other.url, lie: () => null })
    for (const line of [
      'show --desk own.desk',
      `prove --desk own.desk --out x.proof ${first}`,
      'explore --desk own.desk',
    ])
      expect(codeIn(await run(line)), line).toBe('cli/other-ledger')
  })

  it('prescribes nothing upon a form with a field that nobody reads', async () => {
    const { run, cwd } = await valley()
    const order = 'prescribe --desk doctor.desk --depth 0 --yes --patient PAT-1 --units 2 --days 30'
    for (const more of [{ notes: 'after meals' }, { code: { system: 's', code: 'c', display: 'd' } }]) {
      writeFileSync(
        join(cwd, 'typo.json'),
        JSON.stringify({ medicine: 'Ibuprofen', dosage: '1-0-1', ...more }),
      )
      expect(codeIn(await run(`${order} typo.json`))).toBe('json/invalid')
    }
  })
})
