import { describe, expect, it } from 'vitest'
import { cli } from './cli.js'

describe('chartseal interop', () => {
  it('answers each line of its input, in order, with a line', async () => {
    const stdin = '{"op":"v2-merkle-root","leaves":[],"id":1}\n{"op":"frobnicate"}\n'
    const root = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const stdout = `{"ok":true,"root":"${root}","id":1}\n{"ok":false,"code":"interop/unknown-op"}\n`
    expect(await cli(['interop'], { stdin })).toMatchObject({ exitCode: 0, stdout, stderr: '' })
  })

  it('ends quietly at the end of its input', async () => {
    expect(await cli(['interop'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  })
})
