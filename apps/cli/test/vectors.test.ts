import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJsEngine } from '@chartseal/core/engine'
import { agree, NotApplicable, type VectorRunners } from '@chartseal/core/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { jsonFiles, runFiles } from '../dist/commands/vectors/run-folder.js'
import { cli, cliJson, emptyFolder } from './cli.js'

const seeds = vectorFolder('seeds')

/** Two small files. */
function fewSeeds(): string {
  const folder = emptyFolder()
  for (const file of ['medcrypt-wire.json', 'medcrypt-shamir.json']) {
    copyFileSync(join(seeds, file), join(folder, file))
  }
  return folder
}

describe('chartseal vectors', () => {
  it('runs every case of a folder', async () => {
    const answer = await cliJson(['vectors', fewSeeds()])
    expect(answer).toMatchObject({ failed: 0, not_applicable: 0, unknown: [], cases: 32, passed: 32 })
  })

  it('has runners of its own for desk files and append logs', async () => {
    const folder = emptyFolder()
    for (const file of ['desk-files.json', 'append-logs-v1.json'])
      copyFileSync(join(vectorFolder('own'), file), join(folder, file))
    expect(await cliJson(['vectors', folder])).toMatchObject({ cases: 27, passed: 27, unknown: [] })
  })

  it.each([['js'], ['wasm']])('runs on the %s engine', async engine => {
    const answer = await cliJson(['vectors', fewSeeds(), '--engine', engine])
    expect(answer).toMatchObject({ failed: 0, cases: 32 })
  })

  it('has a line per file and a total', async () => {
    const { stdout, exitCode } = await cli(['vectors', fewSeeds()])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^medcrypt-wire\.json +21 cases +21 passed +0 failed +0 not applicable$/m)
    expect(stdout).toMatch(/^total /m)
  })

  it('exits with 1 when nothing ran, for an unknown file, and for a file that is no vector file', async () => {
    const cwd = emptyFolder()
    expect(await cli(['vectors', cwd])).toMatchObject({ exitCode: 1 })
    writeFileSync(join(cwd, 'README.md'), 'ignored')
    mkdirSync(join(cwd, 'folder.json'))
    writeFileSync(join(cwd, 'mystery.json'), '{}')
    writeFileSync(join(cwd, 'medcrypt-wire.json'), '{"cases": 1}')
    const ran = await cli(['vectors', cwd, '--json'])
    expect(ran.exitCode).toBe(1)
    expect(JSON.parse(ran.stdout)).toEqual({
      files: [{ file: 'medcrypt-wire.json', cases: 0, passed: 0, failed: 1, not_applicable: 0 }],
      unknown: ['mystery.json'],
      cases: 0,
      passed: 0,
      failed: 1,
      not_applicable: 0,
    })
    expect(ran.stderr).toContain('medcrypt-wire.json')
    expect((await cli(['vectors', cwd])).stdout).toMatch(/mystery\.json +unknown file/)
  })

  it('shows what failed, in red on a terminal', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'medcrypt-wire.json'), '{"cases": [{"key": "00"}]}')
    const ran = await cli(['vectors', cwd], { isTerminal: true })
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toContain('\u001b[31m')
    expect(ran.stdout).toContain('medcrypt-wire.json cases[0]: ')
    const plain = await cli(['vectors', cwd, '--no-color'], { isTerminal: true })
    expect(plain.stdout).not.toContain('\u001b[')
  })
})

describe('a folder of vectors', () => {
  const engine = createJsEngine()

  it('tells disagreement, refusal and not applicable apart, and lets files refer to each other', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'a.json'), '{"cases": [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]}')
    writeFileSync(join(folder, 'b.json'), '{"cases": [], "right": 1}')
    const some: VectorRunners = {
      a(testCase, { sibling }) {
        const n = testCase.count('n')
        if (n === 3) throw new NotApplicable('three')
        if (n === 4) throw new TypeError('a broken runner')
        agree('n', n, sibling('b').count('right'))
      },
    }
    const known = { runners: some, formats: [] }
    const { files, unknown, failures } = await runFiles(folder, await jsonFiles(folder), known, engine)
    expect(files).toEqual([{ file: 'a.json', cases: 4, passed: 1, failed: 2, not_applicable: 1 }])
    expect(unknown).toEqual(['b.json'])
    expect(failures.map(({ place, reason }) => [place, reason])).toEqual([
      ['cases[1]', 'Disagreement: n differs'],
      ['cases[3]', 'TypeError: a broken runner'],
    ])
  })
})
