import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { visible } from '@chartseal/core/text'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LiveScreen, listOf } from '../dist/commands/conference/live-screen.js'
import { parseHostPort } from '../dist/commands/conference/places.js'
import { parseGuestLine, parseHostLine } from '../dist/commands/conference/script.js'
import { Spoken } from '../dist/commands/conference/spoken.js'
import { rowTexts, tellGuestEvent, tellHostEvent } from '../dist/commands/conference/words.js'
import { columnsOf, cutTo, padTo } from '../dist/io/text-width.js'
import { Sink, worldIo } from './cli.js'

describe('a line that a doctor types', () => {
  it('is said unless it begins with a slash, and with two it is said with one', () => {
    const said = (line: string) => {
      const parsed = parseHostLine(line)
      return parsed.kind === 'say' ? [parsed.text, parsed.emergency] : parsed.kind
    }
    expect(said('Good morning')).toEqual(['Good morning', false])
    expect(said('//quit')).toEqual(['/quit', false])
    expect(said('///')).toEqual(['//', false])
    expect(said(' /quit')).toEqual([' /quit', false])
    expect(said('/emergency Lie down')).toEqual(['Lie down', true])
    expect(said('')).toBe('nothing')
  })

  it('names a patient with spaces, and a message to one ends its name at the colon', () => {
    expect(parseHostLine('/block Rosa B')).toEqual({ kind: 'block', patient: 'Rosa B', untilLifted: false })
    expect(parseHostLine('/ban Rosa B')).toEqual({ kind: 'block', patient: 'Rosa B', untilLifted: true })
    expect(parseHostLine('/unblock Rosa B')).toEqual({ kind: 'unblock', patient: 'Rosa B' })
    expect(parseHostLine('/to Rosa B: at 10: tea')).toEqual({
      kind: 'direct',
      patient: 'Rosa B',
      text: 'at 10: tea',
    })
    expect(parseHostLine('/wait 12')).toEqual({ kind: 'wait', patients: 12 })
  })

  it('means the longest name when names have colons in them', () => {
    const names = (): readonly string[] => ['Rosa', 'Rosa: B', 'Ben']
    const to = (line: string) => parseHostLine(line, names)
    expect(to('/to Rosa: B: tea')).toEqual({ kind: 'direct', patient: 'Rosa: B', text: 'tea' })
    expect(to('/to Rosa: tea')).toEqual({ kind: 'direct', patient: 'Rosa', text: 'tea' })
    expect(to('/to Ben: ')).toEqual({ kind: 'unknown', command: '/to Ben: ' })
  })

  it('is never said when it looks like a command that is none', () => {
    for (const line of [
      '/',
      '/quitt',
      '/quit now',
      '/block',
      '/to Rosa',
      '/to : x',
      '/wait many',
      '/emergency',
    ])
      expect(parseHostLine(line)).toEqual({ kind: 'unknown', command: line })
    for (const line of ['/who', '/quit now', '/'])
      expect(parseGuestLine(line)).toEqual({ kind: 'unknown', command: line })
    expect(parseGuestLine('//quit')).toEqual({ kind: 'say', text: '/quit' })
    expect(parseGuestLine('/quit')).toEqual({ kind: 'quit' })
  })
})

describe('what a host has said', () => {
  it('counts as gone out when the relay keeps it, or has a connection to send it over', () => {
    const spoken = new Spoken()
    for (const text of ['early', 'earlier']) spoken.ordered(text, null)
    expect(spoken.rest(false)).toEqual(['early', 'earlier'])
    spoken.heard({ kind: 'waiting' })
    spoken.heard({ kind: 'waiting' })
    spoken.heard({ kind: 'live', sequence: 0n })
    for (const [i, text] of ['one', 'two', 'three'].entries()) spoken.ordered(text, BigInt(i + 1))
    spoken.heard({ kind: 'said', sequence: 1n, emergency: false })
    spoken.heard({ kind: 'said', sequence: 2n, emergency: false })
    spoken.heard({ kind: 'logged', sequence: 1n })
    expect([spoken.rest(true), spoken.rest(false)]).toEqual([['three'], ['three']])
    spoken.heard({ kind: 'detached' })
    expect([spoken.rest(true), spoken.rest(false)]).toEqual([['two', 'three'], ['three']])
  })

  it('is not live when the relay shows a log that is none of this conference', () => {
    const spoken = new Spoken()
    expect([spoken.isLive, spoken.wasLive]).toEqual([false, false])
    spoken.heard({ kind: 'live', sequence: 0n })
    expect(spoken.isLive).toBe(true)
    spoken.heard({ kind: 'relay-refused', reason: 'gap' })
    expect([spoken.isLive, spoken.wasLive]).toEqual([false, true])
    expect(tellHostEvent({ kind: 'relay-refused', reason: 'gap' }).text).toContain('NOT LIVE')
  })
})

describe('what is told of a conference', () => {
  it('shows control characters, and a second line cannot pass for an event', () => {
    const told = tellGuestEvent({
      kind: 'message',
      sequence: 1n,
      text: 'Hello\u001b[2J\nYou have left.',
      emergency: false,
      atMs: 0,
    })
    expect(visible(told.text)).toBe('Doctor: Hello\ufffd[2J\n    You have left.')
  })

  it('gives machines every field under its name', () => {
    expect(tellHostEvent({ kind: 'blocked', patient: 'Rosa', untilMs: 5, reason: 'order' }).answer).toEqual({
      event: 'blocked',
      patient: 'Rosa',
      until_ms: 5,
      reason: 'order',
    })
    expect(tellHostEvent({ kind: 'ended' }).answer).toEqual({ event: 'ended' })
  })

  it('lists those first who need an eye, and only so many', () => {
    const row = {
      state: 'connected',
      acknowledged: 4n,
      emergency: 'none',
      behind: false,
      sinceMs: 0,
      blockedUntilMs: null,
      undelivered: 0,
    } as const
    const rows = [
      ...Array.from({ length: 20 }, (_, i) => ({ ...row, name: `Patient ${i}` })),
      { ...row, name: 'Rosa', emergency: 'waiting', behind: true, state: 'away', undelivered: 2 } as const,
    ]
    const counts = { enrolled: 21, connected: 20, away: 1, emergencyFor: 21, emergencyReceived: 20 }
    const list = listOf(
      { title: 'Round\u001b', isLive: true, sequence: 4n, counts, rows },
      { columns: 120, rows: 24 },
    )
    expect(list[0]).toBe(
      '── Round\ufffd: live, emergency seen by 20 of 21, 20 of 21 connected, 1 away, newest 4',
    )
    expect(list[1]?.trim()).toMatch(/^Rosa +away +received 4 +emergency not seen, behind, 2 not delivered$/)
    expect(list).toHaveLength(14)
    expect(list.at(-1)).toBe('   and 9 more')
    expect(rowTexts([])).toEqual(['nobody is enrolled'])
  })

  it('fits the list into the terminal, whatever patients are called', () => {
    const names = [
      'Rosa',
      '\u674e\u5c0f\u9f99'.repeat(20),
      '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(30),
      'e\u0301'.repeat(90),
    ]
    const rows = names.flatMap(name =>
      Array.from({ length: 10 }, (_, i) => ({
        name: `${name}${i}`,
        state: 'away' as const,
        acknowledged: 4n,
        emergency: 'waiting' as const,
        behind: true,
        sinceMs: 0,
        blockedUntilMs: null,
        undelivered: 3,
      })),
    )
    const counts = { enrolled: 40, connected: 0, away: 40, emergencyFor: 40, emergencyReceived: 0 }
    const view = { title: 'Round '.repeat(30), isLive: false, sequence: 4n, counts, rows }
    for (const columns of [20, 40, 80, 200])
      for (const height of [1, 4, 5, 10, 24, 100]) {
        const list = listOf(view, { columns, rows: height })
        for (const line of list) expect(columnsOf(line)).toBeLessThan(columns)
        expect(list.length).toBeLessThanOrEqual(Math.max(2, height - 2))
        expect(list.at(-1)).toContain(`and ${40 - Math.max(0, Math.min(12, height - 4))} more`)
      }
    const list = listOf(view, { columns: 80, rows: 24 })
    for (const line of list.slice(1, -1)) expect(line).toContain('emergency not seen')
  })

  it('draws it on the terminal as it is now', async () => {
    const { io, stdout } = terminal(44, 8)
    const counts = { enrolled: 9, connected: 9, away: 0, emergencyFor: 0, emergencyReceived: 0 }
    const rows = Array.from({ length: 9 }, (_, i) => ({
      name: `A patient with quite a long name ${i}`,
      state: 'connected' as const,
      acknowledged: 4n,
      emergency: 'none' as const,
      behind: false,
      sinceMs: 0,
      blockedUntilMs: null,
      undelivered: 0,
    }))
    const view = () => ({ title: 'Round', isLive: true, sequence: 4n, counts, rows })
    const screen = new LiveScreen(io, view, () => undefined)
    screen.tell({ text: 'Rosa: It hurts', answer: {} })
    await screen.shown()
    expect(stdout.text).toContain('Rosa: It hurts')
    expect(stdout.text).toContain('and 5 more')
    stdout.columns = 22
    stdout.emit('resize')
    await screen.shown()
    await screen.flush()
    const shown = stripVTControlCharacters(stdout.text).split('\n')
    expect(shown.filter(line => line.includes('\u2026')).length).toBeGreaterThan(6)
    expect(Math.max(...shown.map(columnsOf))).toBeLessThan(44)
    expect(columnsOf(shown.findLast(line => line.startsWith('   A')) ?? '')).toBeLessThan(22)
  })
})

describe('the columns of a text', () => {
  it('are two of what is wide, none of what joins, and one of the rest', () => {
    expect(
      ['abc', '\u674e', 'e\u0301', '\u{1f468}\u200d\u{1f469}', '\u2764\ufe0f', ''].map(columnsOf),
    ).toEqual([3, 2, 1, 2, 2, 0])
    expect([cutTo(3, 'abcd'), cutTo(4, 'abcd'), cutTo(4, '\u674e\u5c0f\u9f99'), cutTo(0, 'a')]).toEqual([
      'ab\u2026',
      'abcd',
      '\u674e\u2026',
      '',
    ])
    expect(padTo(4, '\u674e')).toBe('\u674e  ')
  })
})

function terminal(columns: number, rows: number) {
  const stdout = Object.assign(new Sink(), { columns, rows })
  const stdin = new PassThrough()
  onTestFinished(() => void stdin.destroy())
  return { stdout, io: { ...worldIo({ isTerminal: true }, stdout, new Sink()), stdin } }
}

describe('the place of a host', () => {
  it('is an address and a port', () => {
    expect(parseHostPort('127.0.0.1:7400')).toEqual({ host: '127.0.0.1', port: 7400 })
    expect(parseHostPort('[::1]:0')).toEqual({ host: '::1', port: 0 })
    expect(parseHostPort('localhost:80')).toEqual({ host: 'localhost', port: 80 })
    for (const wrong of ['127.0.0.1', ':80', 'a b:80', 'host:99999', '[::1', '::1:80', 'host:'])
      expect(() => parseHostPort(wrong)).toThrow('address and a port')
  })
})
