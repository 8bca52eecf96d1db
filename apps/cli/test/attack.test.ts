import { type Attack, attacks } from '@chartseal/conformance/attacks'
import { coreError } from '@chartseal/core/errors'
import { describe, expect, it } from 'vitest'
import { attackCommandOf } from '../dist/commands/attack.js'
import { cli, cliJson, Sink, worldIo } from './cli.js'

describe('chartseal attack', () => {
  it('lists the attacks, each with a line, also when it is asked for nothing', async () => {
    const { exitCode, stdout } = await cli(['attack', 'list'])
    expect(exitCode).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(attacks.length)
    for (const { name, title } of attacks) expect(stdout).toMatch(new RegExp(`^${name} +${title}$`, 'm'))
    expect((await cli(['attack'])).stdout).toBe(stdout)
  })

  it('breaks what was published and shows the refusal of version 2 by its code', async () => {
    const { exitCode, stdout } = await cli(['attack', 'changed-message'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('published  the patient reads "Give 9 tablet at night."')
    expect(stdout).toContain('the published design is broken, in its format (errata C12)')
    expect(stdout).toMatch(/version 2 refuses it: .* \(open\/failed\)\n$/)
  })

  it('answers with one JSON object', async () => {
    const answer = await cliJson(['attack', 'replay'])
    const [replay] = attacks.filter(({ name }) => name === 'replay')
    const about = { name: 'replay', title: replay?.title, errata: ['M9'], against: 'package' }
    const ran = { ok: true, broken: true, answer: 'replayed', refusal: 'replayed', reason: null }
    expect(answer).toMatchObject({ ok: true, attacks: [{ ...about, ...ran }] })
    expect((await cliJson(['attack', 'list']))['attacks']).toHaveLength(attacks.length)
  })

  it('does not know other names', async () => {
    expect((await cli(['attack', 'phishing'])).exitCode).toBe(2)
  })

  it('ends with 1 when one did not break what was published, or was not refused by name', async () => {
    const works: Attack = {
      ...{ name: 'works', title: 'It does', errata: ['M1'], against: 'package', refusal: 'open/failed' },
      breaks: () => true,
      prepare: () => () => {
        throw coreError('open/failed', {})
      },
    }
    const held: Attack = { ...works, name: 'held', breaks: () => false }
    const taken: Attack = { ...works, name: 'taken', prepare: () => () => null }
    const run = async (name: string): Promise<string> => {
      const stdout = new Sink()
      const ending = attackCommandOf(worldIo({}, stdout, new Sink()), [works, held, taken])
        .parseAsync([name], { from: 'user' })
        .then(() => 'done')
      return `${await ending.catch((error: Error) => error.name)}\n${stdout.text}`
    }
    expect(await run('works')).toMatch(/^done\n/)
    expect(await run('held')).toMatch(/^AlreadyTold\n.*FAILED: the published design held/s)
    expect(await run('taken')).toMatch(
      /^AlreadyTold\n.*FAILED: version 2 answered accepted in place of open\/failed/s,
    )
    expect(await run('all')).toMatch(/^AlreadyTold\n.*\n1 of 3 attacks broke/s)
  })
})
