import { beforeAll, describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { errorText } from '../dist/text/error-text.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { maxFileBytes } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, type Person, pairOf, say, sessionOf, twoPeople } from './people.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

const full = new DOMException('no room', 'QuotaExceededError')

/** From now on each write fails; gives what ends that. */
function fillDisk({ platform }: Person): () => void {
  const { write } = platform.rows
  platform.rows.write = async () => {
    throw full
  }
  return () => {
    platform.rows.write = write
  }
}

async function writing() {
  const { doctor, patient } = await twoPeople(fakeClinic())
  await coverWithKit(doctor)
  return { doctor, patient, composer: createComposer(sessionOf(doctor), pairOf(doctor)) }
}

describe('writing on a full disk', () => {
  it('says that the text is not kept, and keeps and sends it when there is room again', async () => {
    const { doctor, patient, composer } = await writing()
    const makeRoom = fillDisk(doctor)
    await composer.write('BP 1')
    expect(composer.unkept.value).toBe(full)
    await composer.send()
    expect(composer.task.error.value).toBe(full)
    expect(composer.text.value).toBe('BP 1')
    makeRoom()
    await composer.write('BP 120/80')
    expect(composer.unkept.value).toBeNull()
    await composer.send()
    expect([composer.task.error.value, composer.text.value]).toEqual([null, ''])
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.last?.text).toBe('BP 120/80')
  })

  it('shows on the screen what failed, whatever a person tried', async () => {
    const { doctor, composer } = await writing()
    await say(composer, 'one')
    await sessionOf(doctor).openThread(pairOf(doctor))
    const [row] = sessionOf(doctor).thread.value?.messages ?? []
    if (row === undefined) throw new Error('the message is missing')
    const { range, get } = doctor.platform.rows
    doctor.platform.rows.range = doctor.platform.rows.get = async () => {
      throw full
    }
    const file = { name: 'a', type: '', size: 1, arrayBuffer: async () => new ArrayBuffer(1) }
    const tries = [
      () => composer.retry(row.key),
      () => composer.attach(file),
      () => composer.sendAgain(row),
      () => composer.block(true),
    ]
    for (const attempt of tries) {
      await attempt()
      expect(composer.task.error.value).toBe(full)
      composer.task.clear()
    }
    await composer.load()
    expect(composer.unkept.value).toBe(full)
    Object.assign(doctor.platform.rows, { range, get })
  })

  it('sends what is written at once behind another message, and loses neither', async () => {
    const { doctor, composer } = await writing()
    await composer.write('one')
    const first = composer.send()
    for (let left = 1_000; left > 0 && composer.text.value !== ''; left--)
      await new Promise(resolve => setTimeout(resolve, 0))
    await new Promise(resolve => queueMicrotask(() => resolve(null)))
    const { count } = doctor.platform.rows
    let go = (): void => undefined
    const held = new Promise<void>(resolve => {
      go = resolve
    })
    doctor.platform.rows.count = async prefix => held.then(() => count(prefix))
    await composer.write('two')
    const second = composer.send()
    go()
    await Promise.all([first, second])
    await sessionOf(doctor).openThread(pairOf(doctor))
    expect(sessionOf(doctor).thread.value?.messages.map(({ text }) => text)).toEqual(['one', 'two'])
  })

  it('reads nothing of a file that is too large', async () => {
    const { composer } = await writing()
    const arrayBuffer = async (): Promise<ArrayBuffer> => {
      throw new Error('it was read')
    }
    await composer.attach({ name: 'film', type: '', size: maxFileBytes + 1, arrayBuffer })
    expect(composer.task.error.value).toMatchObject({ code: 'console/message-too-large' })
  })

  it('says why a thread cannot be shown, and shows it at the next try', async () => {
    const { doctor, composer } = await writing()
    await say(composer, 'one')
    const session = sessionOf(doctor)
    const { keys } = doctor.platform.rows
    doctor.platform.rows.keys = async () => {
      throw full
    }
    await session.openThread(pairOf(doctor))
    expect([session.threadError.value, session.thread.value]).toEqual([full, null])
    doctor.platform.rows.keys = keys
    await session.openThread(pairOf(doctor))
    expect(session.threadError.value).toBeNull()
    expect(session.thread.value?.messages.map(({ text }) => text)).toEqual(['one'])
  })

  it('has words of its own in each language', () => {
    const texts = languages.map(language =>
      errorText(
        full,
        textsOf(language, () => 0),
      ),
    )
    expect(new Set(texts).size).toBe(languages.length)
    for (const text of texts) expect(text).not.toContain('QuotaExceededError')
  })
})
