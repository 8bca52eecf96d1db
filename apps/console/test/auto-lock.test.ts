import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AutoLock, autoLock, idleMs } from '../dist/device/auto-lock.js'
import { createApp } from '../dist/state/app.js'
import { fakeClinic } from './fake-clinic.js'
import { fakePlatform, passphrase } from './fake-platform.js'

/** Tabs of one machine, whose clocks a test sets. */
function machine() {
  const clocks = { wall: 1_000_000, steady: 0 }
  const tabs: { idle: AutoLock; look: () => void; locks: number }[] = []
  const open = () => {
    const tab = { look: () => undefined, locks: 0 } as (typeof tabs)[number]
    tab.idle = autoLock({
      clock: { nowMs: () => clocks.wall },
      steadyMs: () => clocks.steady,
      every(_, work) {
        tab.look = work
        return () => undefined
      },
      lock: () => tab.locks++,
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
  return { clocks, open, pass }
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
