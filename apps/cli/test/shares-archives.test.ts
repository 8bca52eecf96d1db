import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli.js'

interface SeedCase {
  readonly threshold: number
  readonly num_shares: number
  readonly secret: string
  readonly shares: readonly { readonly x: number; readonly y: string }[]
}

const cases: readonly SeedCase[] = JSON.parse(
  readFileSync(join(vectorFolder('seeds'), 'medcrypt-shamir.json'), 'utf8'),
).cases
const twoOfThree = cases.find(one => one.threshold === 2 && one.num_shares === 3)
const oneOfOne = cases.find(one => one.threshold === 1)
if (twoOfThree === undefined || oneOfOne === undefined) throw new Error('internal: the vectors lack a case')

describe('chartseal shares combine, shares of the seed', () => {
  const world = (document: object): { cwd: string } => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'seed.json'), JSON.stringify(document))
    return { cwd }
  }

  it('recovers them from a list in one file, when told the threshold', async () => {
    const cwd = world({ shares: twoOfThree.shares.slice(0, 2) })
    const combine = ['shares', 'combine', '--v1', '--hex', 'seed.json']
    const refused = await cli(combine, cwd)
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toContain('--threshold')
    const opened = await cli([...combine, '--threshold', '2'], cwd)
    expect(opened).toMatchObject({ exitCode: 0, stdout: `${twoOfThree.secret}\n` })
  })

  it('opens 1 of 1 under --lenient only', async () => {
    const args = ['shares', 'combine', '--v1', '--hex', '--threshold', '1', 'seed.json']
    const cwd = world({ shares: oneOfOne.shares })
    expect(await cli(args, cwd)).toMatchObject({ exitCode: 1 })
    expect(await cli([...args, '--lenient'], cwd)).toMatchObject({ stdout: `${oneOfOne.secret}\n` })
  })

  it('refuses files that name different thresholds', async () => {
    const shares = twoOfThree.shares.map((share, i) => ({ ...share, threshold: 2 + (i % 2) }))
    const ran = await cli(['shares', 'combine', '--v1', 'seed.json'], world({ shares }))
    expect(ran.stderr).toContain('(shamir/mixed-sets)')
  })
})
