import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AutoLock, autoLock, counterIdleMs, idleMs, longestMs } from '../dist/device/auto-lock.js'
import { createApp } from '../dist/state/app.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, fakePlatform, passphrase } from './fake-platform.js'

/** Tabs of one machine, whose clocks a test sets. */
function machine() {
  const clocks = { wall: 1_000_000, steady: 0 }
  const tabs: { idle: AutoLock; look: () => void; locks: number; isLive: boolean }[] = []
  const open = () => {
    const tab = { look: () => undefined, locks: 0, isLive: false } as (typeof tabs)[number]
    tab.idle = autoLock({
      clock: { nowMs: () => clocks.wall },
      steadyMs: () => clocks.steady,
      every(_, work) {
        tab.look = work
        return () => undefined
      },
      lock: () => tab.locks++,
      isLive: () => tab.isLive,
      tell: what => {
        for (const other of tabs) if (other !== tab) other.idle.heard(what)
      },
    })
    tabs.push(tab)
    return tab
  }
  const pass = (ms: number): void => {
    clocks.wall += ms
    clocks.steady += ms
  }
  /** As a browser does, which looks from time to time. */
  const minutes = (count: number): void => {
    for (let i = 0; i < count; i++) {
      pass(60_000)
      for (const { look } of tabs) look()
    }
  }
  return { clocks, open, pass, minutes }
}

describe('a device that nobody touches', () => {
  it('locks after the whole time, and a touch that came too late does not save it', () => {
    const { open, pass } = machine()
    const tab = open()
    pass(idleMs - 1)
    tab.idle.touch()
    tab.look()
    expect(tab.locks).toBe(0)
    pass(idleMs)
    tab.idle.touch()
    expect(tab.locks).toBe(1)
  })

  it('locks after a sleep, during which one clock stands still', () => {
    const { open, clocks } = machine()
    const tab = open()
    clocks.wall += idleMs
    tab.look()
    expect(tab.locks).toBe(1)
  })

  it.each([-3_600_000, -60_000])(
    'locks when the clock is set back (%i ms), and by the other clock in time',
    by => {
      const { open, clocks } = machine()
      const tab = open()
      clocks.wall += by
      tab.look()
      expect(tab.locks).toBe(1)
    },
  )

  it('locks in time by the clock that nobody can set, and bears a small correction of the other', () => {
    const { open, clocks } = machine()
    const tab = open()
    clocks.wall -= 1_000
    tab.look()
    expect(tab.locks).toBe(0)
    clocks.steady += idleMs
    tab.look()
    expect(tab.locks).toBe(1)
  })

  it('stays open in all tabs while one is used', () => {
    const { open, pass } = machine()
    const [used, other] = [open(), open()]
    for (let minutes = 0; minutes < 60; minutes++) {
      pass(60_000)
      used.idle.touch()
      other.look()
      used.look()
    }
    expect([used.locks, other.locks]).toEqual([0, 0])
    pass(idleMs)
    other.look()
    expect([used.locks, other.locks]).toEqual([1, 1])
  })

  it('locks its other tabs only when these were not used, either', async () => {
    const heard: ((what: string) => void)[] = []
    const tabs = {
      tell: (what: string) => {
        for (const one of heard) one(what)
      },
      listen: (one: (what: string) => void) => heard.push(one),
    }
    const clinic = fakeClinic()
    const platform = fakePlatform(clinic, tabs)
    const first = createApp(platform)
    await first.start()
    await first.enrol({ name: 'Rosa', passphrase, invitation: clinic.invite('patient') })
    const second = createApp(platform)
    await second.start()
    await second.unlock(passphrase)
    for (const one of heard) one('idle')
    expect([first.status.value, second.status.value]).toEqual(['unlocked', 'unlocked'])
    platform.aheadMs = idleMs
    for (const look of [...platform.timers].slice(0, 1)) look()
    expect([first.status.value, second.status.value]).toEqual(['locked', 'locked'])
    expect(platform.timers.size).toBe(0)
  })

  it.each([
    ['pharmacist', counterIdleMs],
    ['doctor', idleMs],
  ] as const)('locks the device of a %s after %i ms', async (role, afterMs) => {
    const { app, platform } = await enrolled(fakeClinic(), role, 'Ada')
    const look = (): void => {
      for (const one of platform.timers) one()
    }
    platform.aheadMs = afterMs / 2
    look()
    expect(app.status.value).toBe('unlocked')
    platform.aheadMs = afterMs
    look()
    expect([app.status.value, app.hasIdled.value]).toEqual(['locked', true])
    await app.unlock(passphrase)
    expect(app.hasIdled.value).toBe(false)
    app.lock()
    expect([app.status.value, app.hasIdled.value]).toEqual(['locked', false])
  })

  it('stays open while a conference is live in it, for two hours after the last touch and no longer', () => {
    const { open, pass, minutes } = machine()
    const tab = open()
    tab.isLive = true
    minutes(30)
    tab.idle.touch()
    minutes(longestMs / 60_000 - 1)
    expect(tab.locks).toBe(0)
    pass(60_000)
    tab.idle.touch()
    expect(tab.locks).toBe(1)
  })

  it('bears a conference that is not live for a while, and locks in time after its end', () => {
    const { open, minutes } = machine()
    const tab = open()
    tab.isLive = true
    minutes(40)
    tab.isLive = false
    minutes(13)
    tab.isLive = true
    minutes(1)
    tab.isLive = false
    minutes(14)
    expect(tab.locks).toBe(0)
    minutes(1)
    expect(tab.locks).toBe(1)
  })

  it('locks after a sleep in which a conference was live when it began', () => {
    const { open, clocks, minutes } = machine()
    const tab = open()
    tab.isLive = true
    minutes(20)
    clocks.wall += idleMs
    tab.look()
    expect(tab.locks).toBe(1)
  })

  it('locks the tabs without the conference, and those alone', () => {
    const { open, minutes } = machine()
    const [listening, other] = [open(), open()]
    listening.isLive = true
    minutes(20)
    expect(listening.locks).toBe(0)
    expect(other.locks).toBeGreaterThan(0)
  })

  it('is not kept open by scrolling, which a thread does by itself', () => {
    const main = readFileSync(new URL('../dist/main.js', import.meta.url), 'utf8')
    expect(/const touches = \[(.*)\]/.exec(main)?.[1]?.match(/\w+/g)).toEqual([
      'keydown',
      'pointerdown',
      'wheel',
      'touchmove',
      'input',
    ])
  })
})
