import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { encodeBook } from '@chartseal/clinic/conference'
import { openJournalFile, readBookFile } from '@chartseal/clinic/fs/conference'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HostSession } from '../dist/commands/conference/host-session.js'
import { newOwnerKey } from '../dist/io/envelope/owner.js'
import { cli, emptyFolder, Sink, worldIo } from './cli.js'
import { FakeClinic } from './conference-clinic.js'
import { End, enrolled, hosted, joined, writeConference } from './conference-world.js'

const kept = (folder: string): readonly boolean[] =>
  ['round', 'round.journal'].map(file => existsSync(join(folder, file)))

/** A doctor's folder with a conference and a key for a clinic. */
function doctorFolder(): string {
  const folder = emptyFolder()
  writeConference(folder, ['Anna'])
  writeFileSync(join(folder, 'doctor.device'), newOwnerKey(systemRandom).text, { mode: 0o600 })
  return folder
}

const hostAt = (folder: string, url: string): End =>
  new End(folder, 'host', '--conference', 'round', '--server', url, '--device', 'doctor.device')

describe('the end of a conference at a clinic', () => {
  it('keeps the keys while the clinic cannot be told, and the same command tells it and destroys them', async () => {
    const folder = doctorFolder()
    const away = await FakeClinic.open()
    const { port, url } = away
    await away.close()
    const host = hostAt(folder, url)
    await host.until({ event: 'reconnecting' })
    host.interrupt()
    expect(await host.exitCode).toBe(1)
    await host.until({ event: 'end-untold' })
    expect(kept(folder)).toEqual([true, true])
    const clinic = await FakeClinic.open(port)
    const again = hostAt(folder, url)
    expect(await again.exitCode).toBe(0)
    expect(clinic.asked.filter(one => one.startsWith('DELETE'))).toHaveLength(1)
    expect(kept(folder)).toEqual([false, false])
  })

  it('is told where the clinic knows of none any more', async () => {
    const folder = doctorFolder()
    const clinic = await FakeClinic.open()
    clinic.refusals = { DELETE: 'relay/missing' }
    const host = hostAt(folder, clinic.url)
    await expect.poll(() => clinic.sockets.length).toBe(1)
    host.interrupt()
    expect(await host.exitCode).toBe(0)
    expect(kept(folder)).toEqual([false, false])
  })

  it('comes for the host when the clinic ends it, and its keys are destroyed', async () => {
    const folder = doctorFolder()
    const clinic = await FakeClinic.open()
    clinic.refusals = { DELETE: 'relay/ended' }
    const host = hostAt(folder, clinic.url)
    await expect.poll(() => clinic.sockets.length).toBe(1)
    clinic.sockets[0]?.close(1000)
    expect(await host.exitCode).toBe(0)
    await host.until({ event: 'over' })
    await host.until({ event: 'ended' })
    expect(kept(folder)).toEqual([false, false])
  })

  it('comes for a host that asks for a ticket behind it', async () => {
    const folder = doctorFolder()
    const clinic = await FakeClinic.open()
    clinic.refusals = { PUT: 'relay/ended', DELETE: 'relay/ended' }
    expect(await hostAt(folder, clinic.url).exitCode).toBe(0)
    expect(kept(folder)).toEqual([false, false])
  })

  it('leaves nothing unmentioned that was typed and never went out', async () => {
    const folder = doctorFolder()
    const clinic = await FakeClinic.open()
    const host = hostAt(folder, clinic.url)
    host.type('/emergency Lie down')
    host.type('Good morning')
    await expect.poll(() => clinic.sockets.length).toBe(1)
    host.interrupt()
    expect(await host.exitCode).toBe(0)
    await host.until({ event: 'unsaid', text: 'Lie down' })
    await host.until({ event: 'unsaid', text: 'Good morning' })
  })
})

describe('a conference that is made for a clinic', () => {
  it('is begun there before anybody is invited, and not made where it cannot be', async () => {
    const folder = doctorFolder()
    const clinic = await FakeClinic.open()
    const make = (out: string, ...more: readonly string[]) =>
      cli(['conference', 'create', '--unsealed', '--out', out, '--server', clinic.url, ...more], {
        cwd: folder,
      })
    expect(await make('first', '--device', 'doctor.device')).toMatchObject({ exitCode: 0 })
    const { id } = await readBookFile(join(folder, 'first'))
    expect(clinic.asked).toEqual(['GET /v1/clinic', `PUT /v1/conferences/${encodeBase64Url(id)}`])
    clinic.refusals = { PUT: 'relay/owner' }
    const refused = await make('second', '--device', 'doctor.device')
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('relay/owner')])
    expect(existsSync(join(folder, 'second'))).toBe(false)
    expect(await make('third')).toMatchObject({ exitCode: 2 })
  })
})

describe('what is typed behind the end', () => {
  it('is told as not said', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna'])
    const { host } = await hosted(folder)
    host.type('Good morning\n/quit\nOne word more')
    expect(await host.exitCode).toBe(0)
    await host.until({ event: 'said' })
    await host.until({ event: 'error', code: 'driver/over' })
    await host.until({ event: 'unsaid', text: 'One word more' })
    expect(host.events.filter(({ event }) => event === 'unsaid')).toHaveLength(1)
  })
})

describe('a seat whose time is up', () => {
  it('is given up and destroyed when nobody answers', async () => {
    const folder = emptyFolder()
    const book = writeConference(folder, [])
    enrolled({ ...book, untilMs: systemClock.nowMs() + 300 }, 'Anna', folder)
    const { host, address } = await hosted(folder)
    host.type('/pause')
    await host.exitCode
    const anna = joined(folder, 'Anna', address)
    expect(await anna.exitCode).toBe(0)
    await anna.until({ event: 'expired' })
    for (const file of ['Anna.seat', 'Anna.seat.record']) expect(existsSync(join(folder, file))).toBe(false)
  })
})

describe('a host', () => {
  it('takes up who was enrolled between its reading of the file and its start', async () => {
    const folder = emptyFolder()
    const path = join(folder, 'round')
    writeConference(folder, ['Anna'])
    const book = await readBookFile(path)
    writeFileSync(path, encodeBook(enrolled(await readBookFile(path), 'Cleo', folder)))
    const journal = await openJournalFile(path)
    onTestFinished(() => journal.close())
    const stdout = new Sink()
    const transport = { connect: () => new Promise<never>(() => undefined) }
    const told = { text: '', answer: {} }
    const way = { transport, told, tellEnd: async () => undefined, close: async () => undefined }
    const stdin = new PassThrough()
    const io = { ...worldIo({ cwd: folder, clock: systemClock }, stdout, new Sink()), stdin }
    const session = new HostSession({ io, json: true, path, book, seal: null, journal, way })
    const over = session.run()
    await expect
      .poll(
        () => {
          stdin.write('/who\n')
          return stdout.text
        },
        { interval: 100 },
      )
      .toContain('Cleo')
    stdin.write('/pause\n')
    await over
  })

  it('goes on when its file cannot be read for a while, and takes up what it missed', async () => {
    const folder = emptyFolder()
    const path = join(folder, 'round')
    const book = writeConference(folder, ['Anna'])
    const { host, address } = await hosted(folder)
    // As with a disk that fails: it opens, and cannot be read.
    rmSync(path)
    mkdirSync(path)
    await host.until({ event: 'error', code: 'files/failed' })
    const anna = joined(folder, 'Anna', address)
    await anna.until({ event: 'joined' })
    rmdirSync(path)
    writeFileSync(path, encodeBook(enrolled(book, 'Cleo', folder)))
    await joined(folder, 'Cleo', address).until({ event: 'joined' })
    expect(host.events.filter(({ code }) => code === 'files/failed')).toHaveLength(1)
  })

  it('goes on when its terminal is gone, as patients do', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna', 'Cleo'])
    const { host, address } = await hosted(folder)
    const anna = joined(folder, 'Anna', address)
    await anna.until({ event: 'joined' })
    for (const one of [host, anna]) {
      one.breakInput()
      await one.until({ event: 'input-lost', reason: 'read EIO' })
    }
    await joined(folder, 'Cleo', address).until({ event: 'joined' })
    anna.interrupt()
    await host.until({ event: 'left', patient: 'Anna' })
    expect(await anna.exitCode).toBe(0)
    host.interrupt()
    expect(await host.exitCode).toBe(0)
  })
})
