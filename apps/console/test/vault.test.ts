import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { addPasskey, changePassphrase, removePasskey } from '../dist/vault/vault.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, fakePlatform, passphrase } from './fake-platform.js'
import { pair, pairOf, sessionOf } from './people.js'

const again = async (platform: Parameters<typeof createApp>[0]) => {
  const app = createApp(platform)
  await app.start()
  return app
}

describe('the ways into a device', () => {
  it('opens with the passphrase after a restart, with the pairs that were there, and not with another one', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    await pair(doctor, await enrolled(clinic, 'patient', 'Rosa Weiss'))
    const app = await again(doctor.platform)
    expect(app.status.value).toBe('locked')
    await expect(app.unlock('another passphrase')).rejects.toMatchObject({ code: 'console/wrong-passphrase' })
    await expect(app.unlock('')).rejects.toMatchObject({ code: 'console/wrong-passphrase' })
    expect(app.status.value).toBe('locked')
    await app.unlock(passphrase)
    expect(sessionOf({ app }).pairs.value[0]?.peerName).toBe('Rosa Weiss')
  })

  it('opens with a passkey, and with the passphrase when the passkey is another one or lost', async () => {
    const { platform, app } = await enrolled(fakeClinic(), 'patient', 'Rosa Weiss')
    await expect(addPasskey(app.vault, 'another passphrase', 'Rosa')).rejects.toMatchObject({
      code: 'console/wrong-passphrase',
    })
    await addPasskey(app.vault, passphrase, 'Rosa')
    const next = await again(platform)
    expect(next.hasPasskey.value).toBe(true)
    await next.unlockWithPasskey()
    expect(next.status.value).toBe('unlocked')
    next.lock()
    platform.authenticator.secret = new Uint8Array(32).fill(7)
    await expect(next.unlockWithPasskey()).rejects.toMatchObject({ code: 'console/wrong-passkey' })
    await next.unlock(passphrase)
    expect(next.status.value).toBe('unlocked')
    await removePasskey(next.vault)
    next.lock()
    await expect(next.unlockWithPasskey()).rejects.toMatchObject({ code: 'console/no-passkey' })
  })

  it('changes the passphrase: the old one opens nothing any more, and the passkey stays', async () => {
    const { platform, app } = await enrolled(fakeClinic(), 'patient', 'Rosa Weiss')
    await addPasskey(app.vault, passphrase, 'Rosa')
    await expect(changePassphrase(app.vault, passphrase, 'short')).rejects.toMatchObject({
      code: 'console/short-passphrase',
    })
    await expect(changePassphrase(app.vault, 'wrong one here', 'nine grey boats')).rejects.toMatchObject({
      code: 'console/wrong-passphrase',
    })
    await changePassphrase(app.vault, passphrase, 'nine grey boats')
    const next = await again(platform)
    await expect(next.unlock(passphrase)).rejects.toMatchObject({ code: 'console/wrong-passphrase' })
    await next.unlock('nine grey boats')
    next.lock()
    await next.unlockWithPasskey()
    expect(next.status.value).toBe('unlocked')
  })

  it('goes on where a first start was interrupted: same keys, same passphrase', async () => {
    const clinic = fakeClinic()
    const platform = fakePlatform(clinic)
    const app = await again(platform)
    const invitation = clinic.invite('patient')
    clinic.network = 'answers-lost'
    await expect(app.enrol({ name: 'Rosa', passphrase, invitation })).rejects.toMatchObject({
      code: 'console/offline',
    })
    clinic.network = 'up'
    const next = await again(platform)
    expect(next.status.value).toBe('none')
    await expect(next.enrol({ name: 'Rosa', passphrase: 'another one', invitation })).rejects.toMatchObject({
      code: 'console/wrong-passphrase',
    })
    await next.enrol({ name: 'Rosa', passphrase, invitation })
    expect(next.status.value).toBe('unlocked')
  })

  it('locks all tabs together, and nothing is left to read with', async () => {
    const clinic = fakeClinic()
    const heard: ((what: string) => void)[] = []
    const tabs = {
      tell(what: string) {
        for (const one of heard) one(what)
      },
      listen: (one: (what: string) => void) => heard.push(one),
    }
    const platform = fakePlatform(clinic, tabs)
    const first = await again(platform)
    await first.enrol({ name: 'Rosa', passphrase, invitation: clinic.invite('patient') })
    const second = await again(platform)
    await second.unlock(passphrase)
    first.lock()
    expect([first.status.value, second.status.value]).toEqual(['locked', 'locked'])
    expect(second.session.value).toBeNull()
  })

  it('keeps nothing readable at rest: no name of the other side, no text, no extractable key', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    await pair(doctor, await enrolled(clinic, 'patient', 'Rosa Weiss'))
    const { keepDraft } = await import('../dist/thread/send.js')
    await keepDraft(sessionOf(doctor).unlocked, pairOf(doctor), 'BP 120/80')
    for (const value of doctor.platform.map.values()) {
      if (typeof value === 'object' && 'privateKey' in value) expect(value.privateKey.extractable).toBe(false)
      else expect(Buffer.from(value).toString('latin1')).not.toMatch(/Rosa|120\/80/)
    }
  })

  it('refuses a row that was changed, or stands in the place of another', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    await pair(doctor, await enrolled(clinic, 'patient', 'Rosa'))
    await pair(doctor, await enrolled(clinic, 'patient', 'Ulrich'))
    const rows = [...doctor.platform.map].filter(([key]) => key.startsWith('pair/'))
    const [[first, bytes] = ['', ''], [second] = ['']] = rows
    doctor.platform.map.set(second, bytes)
    await sessionOf(doctor).refresh()
    expect(sessionOf(doctor).pairs.value).toHaveLength(1)
    expect(sessionOf(doctor).damaged.value).toBe(1)
    doctor.platform.map.set('ways', '{}')
    doctor.platform.map.delete(first)
    await expect(doctor.app.unlock(passphrase)).rejects.toMatchObject({ code: 'console/damaged-row' })
  })
})
