import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { followWorkers } from '../dist/browser/service-worker.js'
import { createAccessScreen } from '../dist/state/access.js'
import { createComposer } from '../dist/state/composer.js'
import { createKitScreen, createRestoreScreen } from '../dist/state/kit.js'
import { newestShown } from '../dist/state/newest.js'
import { PairingScreen } from '../dist/state/pairing.js'
import { createRecordsScreen } from '../dist/state/records.js'
import { createTask } from '../dist/state/task.js'
import { followEvents, silenceMs } from '../dist/state/wake-ups.js'
import { isFocusFree } from '../dist/views/screen-name.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { type Person, pairOf, sessionOf, threadOf, twoPeople, until } from './people.js'
import { contentOf, covered, shared } from './records-stage.js'

/** What somebody waits for until a test lets it go. */
function held() {
  let release = (): void => undefined
  const until = new Promise<void>(resolve => (release = resolve))
  return { until, release: () => release() }
}

const texts = async (person: Person): Promise<readonly string[]> =>
  (await threadOf(person)).map(({ text, fileName }) => text || fileName)

describe('what a person does while something else is under way', () => {
  it('is done in its order, whatever failed before it', async () => {
    const task = createTask({ wait: async () => undefined })
    const first = held()
    const order: number[] = []
    const running = [
      task.run(async () => {
        await first.until
        throw new Error('failed')
      }),
      task.queue(async () => order.push(1)),
      task.queue(async () => order.push(2)),
    ]
    expect(order).toEqual([])
    first.release()
    expect(await Promise.all(running)).toEqual([false, true, true])
    expect([order, task.error.value, task.isBusy.value]).toEqual([[1, 2], null, false])
  })

  it('sends a file that was chosen while a message is stored', async () => {
    const { doctor } = await covered()
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await writing.write('one')
    await Promise.all([writing.send(), writing.attach(new File(['two'], 'two.txt'))])
    expect(await texts(doctor)).toEqual(['one', 'two.txt'])
  })

  it('sends once what was sent twice in a row', async () => {
    const { doctor } = await covered()
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await writing.write('one')
    await Promise.all([writing.send(), writing.send()])
    expect(await texts(doctor)).toEqual(['one'])
  })

  it('asks about an entry while the list is still read', async () => {
    const { patient } = await covered()
    const session = sessionOf(patient)
    const list = held()
    const entries = async () => {
      await list.until
      return { entries: [], last: null, more: false }
    }
    const screen = createAccessScreen({ ...session, api: { ...session.api, entries } })
    const reading = screen.load()
    expect(screen.task.isBusy.value).toBe(true)
    expect(await screen.ask(pairOf(patient), 'About entry #1')).toBe(true)
    const open = createComposer(session, pairOf(patient))
    await open.load()
    expect(open.text.value).toBe('About entry #1')
    list.release()
    await reading
  })

  it('checks a sheet while the kits are still read, and takes both sheets at once', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const screen = createKitScreen(sessionOf(doctor), ['a', 'b', 'c'])
    await screen.make()
    const { book } = screen.save() && { book: screen.fresh.value?.book ?? new Uint8Array() }
    const sheets = screen.fresh.value?.sheets ?? []
    const reading = screen.checking.run(screen.load)
    await screen.check(sheets[0] ?? '')
    await reading
    expect([screen.checking.error.value, screen.isChecked.value]).toEqual([null, true])
    const restoring = createRestoreScreen(sessionOf(doctor))
    restoring.takeBook(book)
    await Promise.all(sheets.slice(0, 2).map(restoring.takeSheet))
    expect(restoring.isComplete.value).toBe(true)
  })

  it('finds the kit whose file was saved as the screen was left', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const screen = createKitScreen(sessionOf(doctor), ['a', 'b', 'c'])
    await screen.make()
    screen.save()
    screen.leave()
    const next = createKitScreen(sessionOf(doctor), ['', '', ''])
    await next.load()
    expect(next.unfinished.value?.holders).toEqual(['a', 'b', 'c'])
  })
})

describe('readings at the same time', () => {
  it('show what was read last, whichever ends first', async () => {
    const show = newestShown()
    const seen: number[] = []
    const [slow, quick] = [held(), held()]
    const readings = [slow, quick].map((one, i) =>
      show(
        () => one.until.then(() => i),
        found => seen.push(found),
      ),
    )
    quick.release()
    await readings[1]
    slow.release()
    await Promise.all(readings)
    expect(seen).toEqual([1])
  })

  it('of pairs and of records show nothing older than what is shown', async () => {
    const { doctor } = await covered()
    const session = sessionOf(doctor)
    const records = createRecordsScreen(session)
    const { rows } = doctor.platform
    const { range } = rows
    const slow = held()
    rows.range = async (...args) => {
      const found = await range(...args)
      if (['pair/', 'own-record/'].includes(args[0])) await slow.until
      return found
    }
    const old = [session.refresh(), records.load()]
    await new Promise(resolve => setTimeout(resolve, 5))
    rows.range = range
    await shared(doctor, contentOf(10))
    await createComposer(session, pairOf(doctor)).block(true)
    await records.load()
    slow.release()
    await Promise.all(old)
    expect([records.own.value?.length, session.pairs.value[0]?.blockedMs !== 0]).toEqual([1, true])
  })
})

describe('a lock in the middle', () => {
  it('ends without an error what goes on by itself', async () => {
    const { doctor } = await covered()
    const session = sessionOf(doctor)
    const { rows } = doctor.platform
    const { count, range } = rows
    rows.count = async prefix => {
      if (prefix === 'due-') doctor.app.lock()
      return count(prefix)
    }
    await session.settle()
    expect([session.signal.aborted, session.problem.value]).toEqual([true, null])
    rows.count = count
    await doctor.app.unlock('seven quiet herons crossed')
    const screen = new PairingScreen(sessionOf(doctor))
    rows.range = async (...args) => {
      doctor.app.lock()
      return range(...args)
    }
    await screen.leave()
    expect(doctor.app.session.value).toBeNull()
  })
})

describe('a clinic that was away for a moment', () => {
  it('says first who it is, and a new log is noticed at once', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const session = sessionOf(person)
    await session.sync()
    const stopping = new AbortController()
    const rests: number[] = []
    const wait = (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise(resolve => {
        signal.addEventListener('abort', () => resolve())
        if (ms === silenceMs) return
        if (rests.push(ms) > 1) stopping.abort()
        resolve()
      })
    const events = async (): Promise<void> => clinic.beginNewLog('localhost:8471/log2')
    await followEvents({ ...session, signal: stopping.signal, wait, api: { ...session.api, events } })
    expect(session.problem.value).toMatchObject({ code: 'console/other-log' })
  })
})

describe('a session that looks again and again', () => {
  it('leaves nothing on its signal for each time that it has waited', async () => {
    const clinic = fakeClinic()
    const { app, platform } = await enrolled(clinic, 'patient', 'Rosa')
    const session = sessionOf({ app })
    const before = getEventListeners(session.signal, 'abort').length
    platform.waits = 'briefly'
    clinic.network = 'down'
    const rests: number[] = []
    const wait: typeof platform.wait = (ms, signal) => {
      rests.push(ms)
      return platform.wait(ms, signal)
    }
    const following = followEvents({ ...session, wait })
    await until(() => rests.length > 12)
    expect(getEventListeners(session.signal, 'abort').length - before).toBeLessThan(4)
    app.lock()
    await following
  })
})

describe('another version of the page', () => {
  it('is seen when it is installed, be it that it was found before the page followed', async () => {
    const worker = Object.assign(new EventTarget(), { state: 'installing' })
    const registration = Object.assign(new EventTarget(), { installing: worker, waiting: null })
    const seen: unknown[] = []
    await followWorkers(registration as never, async found => void seen.push(found))
    worker.state = 'installed'
    worker.dispatchEvent(new Event('statechange'))
    expect(seen).toEqual([null, worker])
  })
})

describe('the focus', () => {
  it('is given to a screen that comes late only while nobody has moved it', () => {
    const [body, pressed, elsewhere] = [{}, {}, {}] as unknown as HTMLElement[]
    const free = (activeElement: Element | null) =>
      isFocusFree({ activeElement, body: body as HTMLElement }, pressed as Element)
    expect([null, body, pressed, elsewhere].map(one => free(one as Element))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})
