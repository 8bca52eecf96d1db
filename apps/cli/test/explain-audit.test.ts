import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBundle } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { appended, logWorld } from './audit-world.js'
import { cli } from './cli.js'

async function explain(stdin: string | Uint8Array): Promise<Record<string, unknown>> {
  return JSON.parse((await cli(['explain', '--json'], { stdin })).stdout)
}

describe('chartseal explain, of audit logs', () => {
  it('explains a receipt and an entry that commands wrote', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1', 'PAT-2', 'PAT-3')
    const { stdout } = await world.run(['receipt', 'make', 'audit', '1'])
    expect(await explain(stdout)).toMatchObject({ facts: { entry: 1, entries: 3 }, refusal: null })
    const moved = await explain(stdout.replace('index 1', 'index 2'))
    expect(moved).toMatchObject({ refusal: { stage: 'proof', code: 'tlog/not-included' } })
    const bundle = readFileSync(join(world.cwd, 'audit/log/tile/entries/000.p/3'))
    const [leaf = new Uint8Array()] = decodeBundle(Uint8Array.from(bundle))
    const told = await explain(leaf)
    expect(told).toMatchObject({
      kind: 'entry of an audit log, version 2',
      facts: { entry: 0 },
      refusal: null,
    })
    expect(JSON.stringify(told)).not.toContain('PAT-1')
  })
})
