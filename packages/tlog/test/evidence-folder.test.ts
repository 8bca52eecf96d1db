import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { type ForkEvidence, parseForkEvidence, signNote } from '@chartseal/tlog'
import { keepForkEvidence } from '@chartseal/tlog/fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkpointText, leaves, logKey } from './note-helpers.js'

const forkOf = (origin: string, history: string): ForkEvidence => ({
  first: signNote(checkpointText(leaves(3), origin), [logKey]),
  second: signNote(checkpointText(leaves(3, history), origin), [logKey]),
})

describe('evidence of forks in a folder', () => {
  it('is kept once, and of a log that makes forks without end so much as proves it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartseal-evidence-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const keep = (origin: string, history: string) =>
      keepForkEvidence(folder, forkOf(origin, history), systemRandom)
    const first = await keep('log.example/a', 'forged')
    expect([await keep('log.example/a', 'forged'), readdirSync(folder)]).toEqual([
      null,
      [expect.stringMatching(/^fork-[0-9a-f]{16}\.txt$/)],
    ])
    expect(parseForkEvidence(readFileSync(first ?? '', 'utf8'))).toEqual(forkOf('log.example/a', 'forged'))
    const kept: (string | null)[] = []
    for (let i = 0; i < 9; i++) kept.push(await keep('log.example/a', `${i}`))
    expect(kept.filter(path => path !== null)).toHaveLength(7)
    // It leaves room for what another log does.
    expect(await keep('log.example/b', 'forged')).not.toBeNull()
    expect(readdirSync(folder)).toHaveLength(9)
  })
})
