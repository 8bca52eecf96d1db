import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readWords } from '../dist/command.js'
import { serve } from '../dist/commands/serve.js'

const unit = readFileSync(new URL('../systemd/chartseal@.service', import.meta.url), 'utf8')
const settingOf = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''

describe('the systemd unit', () => {
  it('starts the server with words and variables that it takes', () => {
    const [, command, ...words] = settingOf('ExecStart').split(' ')
    expect(command).toBe('chartseal-server')
    expect(words.shift()).toBe('serve')
    const lines = [...unit.matchAll(/^# {3}(\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value])
    expect(lines.length).toBeGreaterThan(2)
    const given = readWords(
      serve,
      words.map(word => word.replace(/^\$\{STATE_DIRECTORY\}$/, '/var/lib/chartseal/north')),
      Object.fromEntries(lines),
    )
    expect(given).toMatchObject({
      config: { data: '/var/lib/chartseal/north', origin: 'https://clinic.example', port: 8_471 },
    })
  })

  it('keeps everything from everybody else, and lets V8 compile', () => {
    const expected = {
      DynamicUser: 'yes',
      ProtectSystem: 'strict',
      UMask: '0077',
      StateDirectoryMode: '0700',
      LimitNOFILE: '65536',
      Environment: 'NODE_OPTIONS=--max-semi-space-size=16',
    }
    for (const [name, value] of Object.entries(expected))
      expect(`${name}=${settingOf(name)}`).toBe(`${name}=${value}`)
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m)
    expect(Number(settingOf('TimeoutStopSec'))).toBeGreaterThan(11)
  })
})
