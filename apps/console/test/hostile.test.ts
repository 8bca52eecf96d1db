import { ChartsealError } from '@chartseal/core/errors'
import { beforeAll, describe, expect, it } from 'vitest'
import { invitationIn } from '../dist/device/invitation.js'
import { keyHealth } from '../dist/device/key-health.js'
import { consoleError } from '../dist/errors.js'
import { createComposer } from '../dist/state/composer.js'
import { createRestoreScreen } from '../dist/state/kit.js'
import { PairingScreen } from '../dist/state/pairing.js'
import { formatRoute, parseRoute } from '../dist/state/route.js'
import { errorText } from '../dist/text/error-text.js'
import { chooseLanguage, languages, loadWords, textsOf } from '../dist/text/texts.js'
import { maxFileBytes } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, fakePlatform, passphrase } from './fake-platform.js'
import { coverWithKit, pair, pairOf, say, sessionOf, twoPeople, until } from './people.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

describe('what goes wrong', () => {
  it('refuses an invitation that is none, used, or of somebody else', async () => {
    const clinic = fakeClinic()
    const { app } = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    expect(app.device.value?.role).toBe('doctor')
    const { createApp } = await import('../dist/state/app.js')
    const other = createApp(fakePlatform(clinic))
    await other.start()
    const enrolling = { name: 'Mallory', passphrase, invitation: 'https://clinic.example' }
    await expect(other.enrol(enrolling)).rejects.toMatchObject({ code: 'console/no-invitation' })
    const used = { ...enrolling, invitation: 'A'.repeat(43) }
    await expect(other.enrol(used)).rejects.toMatchObject({
      code: 'console/refused',
      context: { code: 'invitation/unknown' },
    })
    expect(invitationIn(`http://localhost/#invite=${'a'.repeat(43)}`)).toBe('a'.repeat(43))
    expect(invitationIn(`${'a'.repeat(44)}`)).toBeNull()
  })

  it('ends a pairing when a person says that the digits differ, on both sides', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    const patient = await enrolled(clinic, 'patient', 'Rosa')
    const [shown, read] = [new PairingScreen(sessionOf(doctor)), new PairingScreen(sessionOf(patient))]
    void shown.show()
    const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
    void read.take(code)
    await until(() => shown.stage.value.kind === 'comparing' && read.stage.value.kind === 'comparing')
    await shown.differ()
    expect(shown.error.value).toMatchObject({ code: 'pairing/digits-differ' })
    await read.differ()
    expect(sessionOf(doctor).pairs.value.filter(one => one.isPaired)).toEqual([])
    await shown.leave()
    await read.leave()
    await pair(doctor, patient)
  })

  it('says nothing of anybody to the clinic while pairing', async () => {
    const clinic = fakeClinic()
    await twoPeople(clinic)
    const all = Buffer.concat(clinic.seen)
    for (const name of ['Rosa Weiss', 'Dr. Okafor', passphrase]) {
      expect(all.includes(name)).toBe(false)
      expect(all.includes(Buffer.from(name).toString('base64').slice(0, -4))).toBe(false)
    }
  })

  it.each([
    ['nothing of the kind', 'pasted/not-found'],
    ['chartseal-pair:AAAA', 'pasted/mistyped'],
  ])('refuses to read “%s” as a code', async (text, code) => {
    const { app } = await enrolled(fakeClinic(), 'patient', 'Rosa')
    const screen = new PairingScreen(sessionOf({ app }))
    await screen.take(text)
    expect(screen.error.value).toMatchObject({ code })
  })

  it('refuses a code whose end was not copied', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    const patient = await enrolled(clinic, 'patient', 'Rosa')
    const [shown, read] = [new PairingScreen(sessionOf(doctor)), new PairingScreen(sessionOf(patient))]
    void shown.show()
    const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
    await read.take(code.replace(/chartseal-slot:\S+/, ''))
    expect(read.error.value).toMatchObject({ code: 'console/no-slot' })
    await shown.leave()
  })

  it('sends what was written to the patient of the thread in which it was written', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    const other = await enrolled(clinic, 'patient', 'Ulrich')
    await pair(doctor, other)
    await coverWithKit(doctor)
    const session = sessionOf(doctor)
    const rosa = session.pairs.value.find(({ peerName }) => peerName === 'Rosa Weiss')
    const ulrich = session.pairs.value.find(({ peerName }) => peerName === 'Ulrich')
    const writing = createComposer(session, rosa?.id ?? '')
    await writing.write('for Rosa alone')
    const sending = writing.send()
    await session.openThread(ulrich?.id ?? '')
    await sending
    await session.sync()
    await sessionOf(patient).sync()
    await sessionOf(other).sync()
    expect(sessionOf(patient).pairs.value[0]?.last?.text).toBe('for Rosa alone')
    expect(sessionOf(other).pairs.value[0]?.last).toBeNull()
    // Carried into the other mailbox, it opens nowhere.
    const boxes = [...clinic.boxes.values()]
    const carried = boxes.flat().find(({ bytes }) => bytes.length > 100)
    const box = clinic.boxes.get(sessionOf(other).device.mailbox)
    if (carried !== undefined) box?.push({ ...carried, id: 'B'.repeat(22), position: 9, acknowledged: false })
    await sessionOf(other).sync()
    expect(sessionOf(other).pairs.value[0]?.last).toBeNull()
    expect(sessionOf(other).strays.value).toBe(1)
  })

  it('keeps a message that no key opens yet, and shows it when the keys are there', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await say(writing, 'too early')
    await sessionOf(doctor).sync()
    const [[key, row] = ['', '']] = [...patient.platform.map].filter(([name]) => name.startsWith('pair/'))
    patient.platform.map.delete(key)
    await sessionOf(patient).sync()
    expect(sessionOf(patient).strays.value).toBe(1)
    patient.platform.map.set(key, row)
    patient.app.lock()
    await patient.app.unlock(passphrase)
    await until(() => sessionOf(patient).pairs.value[0]?.last?.text === 'too early')
    await sessionOf(patient).sync()
    expect(sessionOf(patient).strays.value).toBe(0)
  })

  it('shows a message that was changed on the way as one that cannot be opened', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await say(writing, 'BP 120/80')
    await sessionOf(doctor).sync()
    const kept = clinic.boxes.get(sessionOf(patient).device.mailbox)?.[0]
    if (kept !== undefined) kept.bytes[60] = (kept.bytes[60] ?? 0) ^ 1
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.last).toMatchObject({ state: 'unopenable', why: 'open/failed' })
  })

  it('stops at a clinic whose log has another key than at the first contact', async () => {
    const { platform } = await enrolled(fakeClinic(), 'patient', 'Rosa')
    const { createApp } = await import('../dist/state/app.js')
    const app = createApp({ ...platform, fetch: fakeClinic().fetch })
    await app.start()
    await app.unlock(passphrase)
    await sessionOf({ app }).sync()
    expect(sessionOf({ app }).problem.value).toMatchObject({ code: 'console/other-log' })
  })

  it('takes the clock of the clinic once it was told that its own is wrong', async () => {
    const clinic = fakeClinic()
    const { app, platform } = await enrolled(clinic, 'patient', 'Rosa')
    platform.aheadMs = -300_000
    await sessionOf({ app }).sync()
    expect(sessionOf({ app }).problem.value).toBeNull()
    expect(sessionOf({ app }).isOnline.value).toBe(true)
  })

  it('brings a kit back on a new device, whose messages arrive, and refuses sheets of another kit', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const { createKitScreen } = await import('../dist/state/kit.js')
    const made = createKitScreen(sessionOf(patient), ['a', 'b', 'c'])
    await made.make()
    const kit = made.fresh.value
    const strange = await coverWithKit(patient)
    const again = await enrolled(clinic, 'patient', 'Rosa Weiss')
    const restore = createRestoreScreen(sessionOf(again))
    restore.takeBook(kit?.book ?? new Uint8Array())
    await restore.takeSheet(strange[0] ?? '')
    expect(restore.task.error.value).toMatchObject({ code: 'console/other-kit' })
    await restore.takeSheet('chartshare1nothing')
    expect(restore.task.error.value).toMatchObject({ code: 'shamir/invalid-share' })
    await restore.takeSheet(kit?.sheets[0] ?? '')
    expect(restore.isComplete.value).toBe(false)
    await restore.takeSheet(kit?.sheets[2] ?? '')
    await restore.restore()
    expect(restore.restored.value).toBe(1)
    restore.takeBook(kit?.book ?? new Uint8Array())
    await restore.takeSheet(kit?.sheets[0]?.toUpperCase() ?? '')
    await restore.takeSheet(kit?.sheets[2]?.replaceAll(/(.{4})/g, '$1 ') ?? '')
    await restore.restore()
    expect([restore.restored.value, sessionOf(again).pairs.value.length]).toEqual([0, 1])
    await sessionOf(again).sync()
    await sessionOf(doctor).sync()
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await say(writing, 'to the new phone')
    await sessionOf(doctor).sync()
    await sessionOf(again).sync()
    expect(sessionOf(again).pairs.value[0]?.last?.text).toBe('to the new phone')
    const { checkSheet } = await import('../dist/kit/kit.js')
    await expect(checkSheet(sessionOf(doctor).unlocked, strange[0] ?? '')).rejects.toMatchObject({
      code: 'console/other-kit',
    })
  })

  it('counts no sheet of a kit whose file was not saved', async () => {
    const { patient } = await twoPeople(fakeClinic())
    const { createKitScreen } = await import('../dist/state/kit.js')
    const screen = createKitScreen(sessionOf(patient), ['a', 'b', 'c'])
    expect(() => screen.save()).toThrow(RangeError)
    await screen.make()
    await screen.check(screen.fresh.value?.sheets[0] ?? '')
    expect(screen.isChecked.value).toBe(false)
    expect(sessionOf(patient).pairs.value[0]?.isCovered).toBe(false)
    screen.save()
    await screen.check(screen.fresh.value?.sheets[0] ?? '')
    expect(sessionOf(patient).pairs.value[0]?.isCovered).toBe(true)
  })

  it('carries a file, and refuses one that a mailbox would not take', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    const fileOf = (bytes: Uint8Array<ArrayBuffer>): File =>
      new File([bytes], 'scan.png', { type: 'image/png' })
    await writing.attach(fileOf(new Uint8Array(maxFileBytes + 1)))
    expect(writing.task.error.value).toMatchObject({ code: 'console/message-too-large' })
    await writing.attach(fileOf(new Uint8Array(maxFileBytes).fill(1)))
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    const sent = [...clinic.boxes.values()].flat().at(0)
    expect(sent?.bytes.length).toBeLessThanOrEqual(1_048_576)
    expect(sessionOf(patient).pairs.value[0]?.last).toMatchObject({
      fileName: 'scan.png',
      sizeBytes: maxFileBytes,
    })
  })

  it('ends a device: nothing is left of it here but the language', async () => {
    const { app, platform } = await enrolled(fakeClinic(), 'patient', 'Rosa')
    await app.setLanguage('es')
    await app.endDevice()
    expect(app.status.value).toBe('none')
    expect([...platform.map.keys()]).toEqual(['language'])
    await expect(app.endDevice()).rejects.toMatchObject({ code: 'console/locked' })
  })
})

describe('small parts', () => {
  it('gives one next step for each thing that is not well, the most pressing first', () => {
    const facts = {
      pairs: 1,
      writes: true,
      uncovered: 1,
      hasPasskey: false,
      canHavePasskey: false,
      isPersistent: true,
      isInstalled: true,
      strays: 2,
    }
    expect(keyHealth(facts).map(({ item, state, step }) => [item, state, step])).toEqual([
      ['kit', 'must', 'make-kit'],
      ['ways', 'could', null],
      ['strays', 'could', 'restore'],
      ['paired', 'good', null],
      ['storage', 'good', null],
      ['installed', 'good', null],
    ])
  })

  it('tells a device without any kit from one whose kit is older than a pair', () => {
    const facts = { writes: true, pairs: 3, hasPasskey: true, canHavePasskey: true, isPersistent: true }
    const first = (uncovered: number) =>
      keyHealth({ ...facts, uncovered, isInstalled: true, strays: 0 }).find(({ step }) => step === 'make-kit')
    expect([first(3)?.item, first(1)?.item, first(0)]).toEqual(['kit', 'new-pairs', undefined])
  })

  it('reads each address that it writes, and opens the first screen for any other', () => {
    const route = { screen: 'thread', pairId: 'abc' } as const
    expect(parseRoute(formatRoute(route))).toEqual(route)
    expect(parseRoute('#/nowhere/x').screen).toBe('home')
  })

  it.each(languages)('has words for every error of the page in %s', language => {
    const texts = textsOf(language, () => 0, { timeZone: 'UTC' })
    for (const code of consoleError.codes) {
      const text = errorText(
        new ChartsealError(code, '', { code: 'a/code', least: 10, limitBytes: 1_000 }),
        texts,
      )
      expect(text).not.toMatch(/[{}]|undefined/)
      expect(text.length).toBeGreaterThan(10)
    }
    expect(errorText(new TypeError('x'), texts)).toContain('TypeError')
    expect(texts.n('patients.unread', 1)).not.toBe(texts.n('patients.unread', 2))
    expect(texts.size(1_500)).toMatch(/1[.,]5 kB/)
  })

  it('names the day of what is read later, also on the day itself', () => {
    const nowMs = Date.UTC(2026, 10, 29, 10)
    for (const language of languages) {
      const texts = textsOf(language, () => nowMs, { timeZone: 'UTC' })
      expect(texts.when(nowMs)).not.toContain('2026')
      expect(texts.date(nowMs)).toContain('2026')
    }
  })

  it('speaks the language that was chosen, else one that is wished for, else English', () => {
    expect(chooseLanguage('es', ['en'])).toBe('es')
    expect(chooseLanguage(null, ['fr', 'es-MX', 'en'])).toBe('es')
    expect(chooseLanguage(null, ['fr'])).toBe('en')
  })
})
