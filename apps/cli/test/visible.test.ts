import { visible } from '@chartseal/core/text'
import { describe, expect, it } from 'vitest'
import { cli } from './cli.js'

describe('text from elsewhere', () => {
  it('does not steer a terminal', async () => {
    expect(visible('a\u001b[2Jb\u009bc\u202ed\ne\tf💊')).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ne\tf💊')
    const env = { CHARTSEAL_KEY: '0f'.repeat(32) }
    const { stdout } = await cli(['message', 'seal', '--v1', '--patient', 'P'], { stdin: 'x\u001b[2J', env })
    const open = ['message', 'open', '--v1']
    expect((await cli(open, { stdin: stdout, env, isTerminal: true })).stdout).toBe('x\ufffd[2J\n')
    expect((await cli(open, { stdin: stdout, env })).stdout).toBe('x\u001b[2J')
  })
})
