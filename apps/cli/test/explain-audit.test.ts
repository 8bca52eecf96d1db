import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { fixedClock } from '@chartseal/testkit'
import {
  cosigner,
  decodeBundle,
  ed25519Signer,
  formatCheckpoint,
  formatForkEvidence,
  signNote,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { appended, logWorld, origin } from './audit-world.js'
import { cli } from './cli.js'

async function explain(stdin: string | Uint8Array): Promise<Record<string, unknown>> {
  return JSON.parse((await cli(['explain', '--json'], { stdin })).stdout)
}

const key = new SigningKey(new Uint8Array(32).fill(7))
const signer = ed25519Signer(origin, key)
const noteOf = (fill: number): string => {
  const root = new Uint8Array(32).fill(fill)
  return signNote(formatCheckpoint({ origin, size: 5, root, extensions: [] }), [signer])
}

describe('chartseal explain, of audit logs', () => {
  it('tells a checkpoint, and where a broken one fails', async () => {
    const sound = await explain(noteOf(1))
    expect(sound).toMatchObject({ kind: 'checkpoint of a transparency log', refusal: null })
    expect(sound['facts']).toMatchObject({ origin, entries: 5, signed_by: origin })
    expect(await explain(noteOf(1).replace('\n5\n', '\n05\n'))).toMatchObject({
      refusal: { code: 'checkpoint/malformed' },
    })
    expect(await explain(noteOf(1).slice(0, -3))).toMatchObject({
      refusal: { stage: 'note', code: 'note/malformed' },
    })
  })

  it('tells a receipt, and checks its proof', async () => {
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

  it('tells evidence of a fork, and that two equal notes are none', async () => {
    const evidence = formatForkEvidence({ first: noteOf(1), second: noteOf(2) })
    expect(await explain(evidence)).toMatchObject({ facts: { size: 5, other_size: 5 }, refusal: null })
    const none = formatForkEvidence({ first: noteOf(1), second: noteOf(1) })
    expect(await explain(none)).toMatchObject({ refusal: { stage: 'contradiction' } })
  })

  it('tells keys of logs and witnesses, and texts of a pairing', async () => {
    expect(await explain(signer.verifierKey)).toMatchObject({
      kind: 'verifier key of a log',
      facts: { name: origin },
    })
    const { verifierKey } = cosigner('w.example', key, fixedClock(0))
    expect(await explain(verifierKey)).toMatchObject({ kind: 'verifier key of a witness', refusal: null })
    expect(await explain(`x${signer.verifierKey}`)).toMatchObject({ refusal: { code: 'note/bad-key' } })
    expect(await explain(`chartseal-reveal:${'A'.repeat(128)}`)).toMatchObject({
      facts: { size_bytes: 96 },
      refusal: null,
    })
    expect(await explain('chartseal-answer:?')).toMatchObject({
      refusal: { code: 'pasted/foreign-character' },
    })
  })
})
