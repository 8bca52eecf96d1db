import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBook } from '@chartseal/clinic/conference'
import { readBookFile } from '@chartseal/clinic/fs/conference'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli, emptyFolder } from './cli.js'
import { enrolled, hosted, joined, writeConference } from './conference-world.js'

/** A conference whose patients are in. */
async function inside(...names: readonly string[]) {
  const folder = emptyFolder()
  writeConference(folder, names)
  const { host, address } = await hosted(folder)
  const patients = names.map(name => joined(folder, name, address))
  await Promise.all(patients.map(one => one.until({ event: 'joined' })))
  for (const patient of names) await host.until({ event: 'joined', patient })
  const [first, second] = patients
  if (first === undefined) throw new Error('nobody was named')
  return { folder, host, address, first, second: second ?? first }
}

describe('chartseal conference host and join', () => {
  it('carries what the doctor says to all, and what a patient says to the doctor alone', async () => {
    const { folder, host, first: anna, second: ben } = await inside('Anna', 'Ben')
    host.type('Good morning')
    host.type('//quit is a word')
    for (const end of [anna, ben]) await end.until({ event: 'message', text: '/quit is a word' })
    expect([anna.texts(), ben.texts()]).toEqual([
      ['Good morning', '/quit is a word'],
      ['Good morning', '/quit is a word'],
    ])
    anna.type('It hurts')
    await host.until({ event: 'direct', patient: 'Anna', text: 'It hurts' })
    await anna.until({ event: 'direct-received' })
    host.type('/to Ben: Take two')
    await ben.until({ event: 'direct', text: 'Take two' })
    expect(anna.events.filter(({ event }) => event === 'direct')).toEqual([])
    host.type('/quit')
    expect(await Promise.all([host.exitCode, anna.exitCode, ben.exitCode])).toEqual([0, 0, 0])
    await anna.until({ event: 'ended', reason: 'ended' })
    // What dies with a conference is on no disk any more.
    for (const file of ['round', 'round.journal', 'round.frames', 'Anna.seat', 'Anna.seat.record'])
      expect(existsSync(join(folder, file))).toBe(false)
    const { rows } = await host.until({ event: 'performance' })
    expect(rows).toContainEqual(expect.objectContaining({ primitive: 'agree', calls: 4 }))
  })

  it('lets patients in by threads of its own, who come back by their ticket, and counts their work', async () => {
    const folder = emptyFolder()
    const names = ['Anna', 'Ben', 'Cleo']
    writeConference(folder, names)
    const { host, address } = await hosted(folder, '127.0.0.1:0', '--threads', '2')
    const patients = names.map(name => joined(folder, name, address))
    await Promise.all(patients.map(one => one.until({ event: 'joined' })))
    host.type('Good morning')
    await Promise.all(patients.map(one => one.until({ event: 'message', text: 'Good morning' })))
    host.type('/quit')
    expect(await Promise.all([host, ...patients].map(({ exitCode }) => exitCode))).toEqual([0, 0, 0, 0])
    const { rows } = await host.until({ event: 'performance' })
    expect(rows).toContainEqual(expect.objectContaining({ primitive: 'agree', calls: 6 }))
  })

  it('shows who is there and who has an emergency message', async () => {
    const { host, first: anna } = await inside('Anna')
    host.type('/emergency Lie down')
    await anna.until({ event: 'message', text: 'Lie down', emergency: true })
    host.type('/wait 1')
    host.type('/wait-received')
    host.type('/who')
    expect((await host.until({ event: 'who' }))['patients']).toMatchObject([
      { name: 'Anna', state: 'connected', emergency: 'received', behind: false },
    ])
  })

  it('takes nothing that is typed for a command that it is not, and goes on after what cannot be done', async () => {
    const { host, first: anna } = await inside('Anna')
    for (const line of ['/quitt', '/block Nobody', '/to Nobody: x', Uint8Array.of(0xff)]) host.type(line)
    await host.until({ event: 'unknown-command', command: '/quitt' })
    await host.until({ event: 'error', code: 'conference/unknown-patient' }, 2)
    await host.until({ event: 'error', code: 'encoding/invalid' })
    host.type('still here')
    await anna.until({ event: 'message', text: 'still here' })
    expect(anna.texts()).toEqual(['still here'])
  })

  it('blocks a patient until it is lifted, who then reads nothing', async () => {
    const { folder, host, address, first: anna, second: ben } = await inside('Anna', 'Ben')
    host.type('/ban Ben')
    expect(await ben.exitCode).toBe(1)
    await ben.until({ event: 'blocked' })
    host.type('Not for Ben')
    await anna.until({ event: 'message', text: 'Not for Ben' })
    const again = joined(folder, 'Ben', address)
    expect(await again.exitCode).toBe(1)
    host.type('/unblock Ben')
    const later = joined(folder, 'Ben', address)
    await later.until({ event: 'joined' })
    host.type('For all')
    await later.until({ event: 'message', text: 'For all' })
    expect(later.texts()).toEqual(['For all'])
  })

  it('lets a patient leave, and ends for everybody at Ctrl-C', async () => {
    const { host, first: anna, second: ben } = await inside('Anna', 'Ben')
    ben.interrupt()
    expect(await ben.exitCode).toBe(0)
    await host.until({ event: 'left', patient: 'Ben', reason: 'exit' })
    host.interrupt()
    expect(await Promise.all([host.exitCode, anna.exitCode])).toEqual([0, 0])
  })

  it('keeps everything for who is away, also while no host runs', async () => {
    const { folder, host, address, first: anna } = await inside('Anna')
    anna.type('/pause')
    expect(await anna.exitCode).toBe(0)
    await host.until({ event: 'away', patient: 'Anna' })
    host.type('While you were away')
    await host.until({ event: 'logged' })
    host.type('/pause')
    expect(await host.exitCode).toBe(0)
    const { host: next } = await hosted(folder, address)
    next.type('After the pause')
    await next.until({ event: 'said' })
    const again = joined(folder, 'Anna', address)
    await again.until({ event: 'message', text: 'After the pause' })
    expect(again.texts()).toEqual(['While you were away', 'After the pause'])
  })

  it('has one host at a time, and one process for a seat', async () => {
    const { folder, address } = await inside('Anna')
    const second = await cli(['conference', 'host', '--conference', 'round', '--listen', '127.0.0.1:0'], {
      cwd: folder,
    })
    expect([second.exitCode, second.stderr]).toEqual([1, expect.stringContaining('(enrolment/in-use)')])
    const seat = await cli(['conference', 'watch', '--seat', 'Anna.seat', '--address', address], {
      cwd: folder,
    })
    expect([seat.exitCode, seat.stderr]).toEqual([1, expect.stringContaining('(enrolment/in-use)')])
  })

  it('takes up who is enrolled while it runs, and puts out who is invited anew', async () => {
    const { folder, address, first: anna } = await inside('Anna')
    const book = await readBookFile(join(folder, 'round'))
    const more = enrolled(book, 'Cleo', folder)
    writeFileSync(join(folder, 'round'), encodeBook(more))
    const cleo = joined(folder, 'Cleo', address)
    await cleo.until({ event: 'joined' })
    const without = { ...more, patients: new Map([...more.patients].filter(([name]) => name === 'Cleo')) }
    writeFileSync(join(folder, 'round'), encodeBook(without))
    expect(await anna.exitCode).toBe(1)
    await anna.until({ event: 'ended', reason: 'removed' })
  })

  it('outlives rubbish, a frame that is too long, and a reset', async () => {
    const { host, address, first: anna } = await inside('Anna')
    const port = Number(address.split(':')[1])
    const rubbish = [
      [0, 0, 0, 1, 0xff],
      [0xff, 0xff, 0xff, 0xff],
      [0, 0, 0, 0],
    ]
    await Promise.all(
      rubbish.map(bytes => {
        const socket = createConnection(port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.write(Uint8Array.from(bytes))
        return new Promise(resolve => socket.on('close', resolve).resume())
      }),
    )
    const reset = createConnection(port, '127.0.0.1', () => reset.resetAndDestroy())
    reset.on('error', () => undefined)
    host.type('still here')
    await anna.until({ event: 'message', text: 'still here' })
  })

  it('works in the group of the published design', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna'], 'ffdhe3072')
    const { host, address } = await hosted(folder)
    const anna = joined(folder, 'Anna', address)
    await anna.until({ event: 'joined' })
    host.type('Good morning')
    await anna.until({ event: 'message', text: 'Good morning' })
  })

  it('refuses wrong calls', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna'])
    const host = ['conference', 'host', '--conference', 'round']
    for (const wrong of [
      [],
      ['--listen', '7400'],
      ['--listen', '127.0.0.1:0', '--server', 'http://localhost'],
      ['--server', 'http://localhost'],
      ['--server', 'ftp://localhost'],
    ])
      expect(await cli([...host, ...wrong], { cwd: folder })).toMatchObject({ exitCode: 2 })
    expect(await cli(['conference', 'join', '--seat', 'Anna.seat'], { cwd: folder })).toMatchObject({
      exitCode: 2,
    })
    const nobody = await cli([...host.with(-1, 'Anna.seat'), '--listen', '127.0.0.1:0'], { cwd: folder })
    expect(nobody.stderr).toContain('(enrolment/damaged)')
  })
})

/** A real process, and what it prints. */
class Process {
  readonly child: ChildProcess
  output = ''

  constructor(cwd: string, ...args: readonly string[]) {
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
    this.child = spawn(process.execPath, [main, 'conference', ...args], { cwd, env: { INIT_CWD: cwd } })
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.output += text
    })
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  async until(text: string): Promise<void> {
    for (let i = 0; i < 2000 && !this.output.includes(text); i++)
      await new Promise(resolve => setTimeout(resolve, 10))
    expect(this.output).toContain(text)
  }

  kill(): Promise<unknown> {
    const ended = new Promise(resolve => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    return ended
  }
}

describe('a host that is killed', () => {
  it('goes on where it was: patients come back, and nothing is lost or comes twice', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna'])
    const host = new Process(folder, 'host', '--conference', 'round', '--listen', '127.0.0.1:0')
    await host.until('Listening at ')
    const address = /127\.0\.0\.1:\d+/.exec(host.output)?.[0] ?? ''
    const anna = new Process(folder, 'join', '--seat', 'Anna.seat', '--address', address)
    await host.until('Anna is in')
    host.type('Before')
    await anna.until('Doctor: Before')
    host.type('Into the kill')
    await host.until('said (2)')
    await host.kill()
    anna.type('To nobody yet')
    await anna.until('for the doctor, number 1')
    const next = new Process(folder, 'host', '--conference', 'round', '--listen', address)
    next.type('After')
    await anna.until('Doctor: After')
    await next.until('Anna: To nobody yet')
    await anna.until('The doctor has received number 1.')
    const heard = anna.output.split('\n').filter(line => line.startsWith('Doctor: '))
    expect(heard).toEqual(['Doctor: Before', 'Doctor: Into the kill', 'Doctor: After'])
  })
})
