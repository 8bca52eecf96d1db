import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { formatShare, splitSecret } from '@chartseal/shamir'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { qrForFile } from '../dist/io/qr.js'
import { cli } from './cli.js'

const secret = new Uint8Array(32).fill(0x5a)
const [share] = splitSecret(secret, { threshold: 2, numShares: 3, label: 'kit \u001b[2J' })
const text = share === undefined ? '' : formatShare(share)

describe('chartseal explain', () => {
  it('says what a text is, and answers with JSON', async () => {
    const { exitCode, stdout } = await cli(['explain'], { stdin: text })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Kind {12}"share, version 2, as text"|^Kind {12}share/)
    expect(stdout).toContain('Verdict         well formed')
    const answer = JSON.parse((await cli(['explain', '--json'], { stdin: text.toUpperCase() })).stdout)
    expect(answer).toMatchObject({ secret: true, unsure: false, facts: { share: 1 }, refusal: null })
  })

  it('does not let what others wrote steer a terminal', async () => {
    const { stdout } = await cli(['explain'], { stdin: text })
    expect(stdout).toContain('"kit \\u001b[2J"')
    expect(stdout).not.toContain('\u001b')
  })

  it('does not call 32 bytes that may be a key well formed, and does not show them', async () => {
    const { stdout } = await cli(['explain'], { stdin: `${encodeHex(secret)}\n` })
    expect(stdout).toContain('maybe a key')
    expect(stdout).toContain('not known: only a key shows what it is')
    expect(stdout).not.toContain(encodeHex(secret))
  })

  it('says no with exit code 1 to what is broken or unknown', async () => {
    expect(await cli(['explain'], { stdin: text.slice(0, -3) })).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('refused at'),
    })
    expect(await cli(['explain'], { stdin: 'Take one tablet.' })).toMatchObject({
      exitCode: 1,
      stdout: 'Nothing that Chartseal knows.\n',
    })
  })

  it('keeps labels and values apart, however long a label is', async () => {
    const hex = readFileSync(join(vectorFolder('own'), 'ledger-v2.json'), 'utf8')
    const { cases }: { cases: readonly Record<string, string>[] } = JSON.parse(hex)
    const genesis = cases.find(({ what, name }) => what === 'genesis' && name === 'poa')?.['genesis']
    const { stdout } = await cli(['explain'], { stdin: Buffer.from(`${genesis}`, 'hex') })
    expect(stdout).toMatch(/^Registrars needed {2}\d$/m)
  })

  it('reads what a picture of a QR code says', async () => {
    const ran = await cli(['explain'], { stdin: qrForFile(text.toUpperCase(), 'share.png') })
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('share, version 2, as text') })
  })

  it('reads a bounded number of bytes', async () => {
    const { exitCode, stdout } = await cli(['explain', '--json'], { stdin: new Uint8Array(70_000_000) })
    expect([exitCode, JSON.parse(stdout).code]).toEqual([1, 'cli/too-large'])
    expect(await cli(['explain', 'no-such-file'])).toMatchObject({ exitCode: 2 })
  })
})
