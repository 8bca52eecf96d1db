import { describe, expect, it } from 'vitest'
import { deviceIdentity } from '../dist/api/identity.js'
import { createApp } from '../dist/state/app.js'
import { memoryLocks } from '../dist/store/locks.js'
import { memoryRows } from '../dist/store/rows.js'
import { addPasskey, changePassphrase, waysOf } from '../dist/vault/vault.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, fakePlatform, passphrase } from './fake-platform.js'
import { sessionOf } from './people.js'

/** A channel that tells each tab but the one that speaks; each tab has a platform of its own over one storage. */
async function twoTabs() {
  const clinic = fakeClinic()
  const heard: ((what: string) => void)[] = []
  const shared = fakePlatform(clinic)
  const open = async () => {
    let mine: (what: string) => void = () => undefined
    const tabs = {
      tell(what: string) {
        for (const one of heard) if (one !== mine) one(what)
      },
      listen(one: (what: string) => void) {
        mine = one
        heard.push(one)
      },
    }
    const app = createApp({ ...shared, tabs })
    await app.start()
    return app
  }
  const [first, second] = [await open(), await open()]
  return { clinic, shared, first, second }
}

describe('two tabs at one vault', () => {
  it('lose no way of each other: a passkey that one adds stays when the other changes the passphrase', async () => {
    const { app } = await enrolled(fakeClinic(), 'patient', 'Rosa')
    await Promise.all([
      addPasskey(app.vault, passphrase, 'Rosa'),
      changePassphrase(app.vault, passphrase, 'nine grey boats'),
    ])
    expect((await waysOf(app.vault)).map(({ kind }) => kind)).toEqual(['passphrase', 'passkey'])
    app.lock()
    await app.unlockWithPasskey()
    app.lock()
    await app.unlock('nine grey boats')
    expect(app.status.value).toBe('unlocked')
  })

  it('have one identity, whoever makes it first', async () => {
    const [rows, locks] = [memoryRows(), memoryLocks()]
    const [one, other] = await Promise.all([deviceIdentity(rows, locks), deviceIdentity(rows, locks)])
    expect(one.kid).toBe(other.kid)
  })

  it('enrol one device with one vault when both begin at once', async () => {
    const { clinic, shared, first, second } = await twoTabs()
    const enrolling = { name: 'Rosa', passphrase, invitation: clinic.invite('patient') }
    await Promise.all([first.enrol(enrolling), second.enrol(enrolling)])
    expect(sessionOf({ app: first }).device.kid).toBe(sessionOf({ app: second }).device.kid)
    const again = createApp(shared)
    await again.start()
    await again.unlock(passphrase)
    expect(again.status.value).toBe('unlocked')
  })

  it('end the device together: the other one locks first, and nothing is written behind it', async () => {
    const { clinic, shared, first, second } = await twoTabs()
    await first.enrol({ name: 'Rosa', passphrase, invitation: clinic.invite('patient') })
    await second.start()
    await second.unlock(passphrase)
    const session = sessionOf({ app: second })
    let isOver = false
    const { write } = shared.rows
    shared.rows.write = async changes => {
      if (changes.some(([key, value]) => key === 'device' && value === null)) isOver = session.signal.aborted
      await write(changes)
    }
    await first.endDevice()
    expect(isOver).toBe(true)
    await expect(session.unlocked.rows.write([['draft/x', new Uint8Array(1)]])).rejects.toMatchObject({
      code: 'console/locked',
    })
    await second.start()
    expect([first.status.value, second.status.value]).toEqual(['none', 'none'])
    expect([...shared.map.keys()]).toEqual([])
    await expect(second.unlock(passphrase)).rejects.toMatchObject({ code: 'console/damaged-row' })
  })
})
