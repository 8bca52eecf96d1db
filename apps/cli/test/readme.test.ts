import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../dist/program.js'
import { worldIo } from './cli.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The commands of a line such as `chartseal ring create|status   the keys`. */
function commandsOf(line: string): readonly string[] {
  const [, words = ''] = /^chartseal (.*?)(?: {2}|$)/.exec(line) ?? []
  const path = words.split(' ').filter(word => !/^[A-Z]+$/.test(word))
  const group = path.slice(0, -1).join(' ')
  return (path.at(-1) ?? '').split('|').map(name => `${group} ${name}`.trim())
}

function leavesOf(command: Command, path: string): readonly string[] {
  if (command.commands.length === 0) return [path]
  return command.commands.flatMap(child => leavesOf(child, `${path} ${child.name()}`.trim()))
}

async function existing(): Promise<readonly string[]> {
  const io = worldIo({}, new Writable(), new Writable())
  const names = (await createProgram(io, [])).commands.map(command => command.name())
  const loaded = await Promise.all(
    names.map(async name => {
      const program = await createProgram(io, [name])
      return program.commands.filter(command => command.name() === name)
    }),
  )
  return loaded.flat().flatMap(command => leavesOf(command, command.name()))
}

describe('the README of the command line', () => {
  it('lists each command, and no other', async () => {
    const [, block = ''] = /```\n(chartseal key[\s\S]*?)```/.exec(readme) ?? []
    const listed = block
      .split('\n')
      .filter(line => line.startsWith('chartseal'))
      .flatMap(commandsOf)
    const there = await existing()
    expect(
      there.filter(name => !listed.includes(name)),
      'not in the list',
    ).toEqual([])
    expect(
      listed.filter(name => !there.includes(name)),
      'in the list, and no command',
    ).toEqual([])
  })
})
