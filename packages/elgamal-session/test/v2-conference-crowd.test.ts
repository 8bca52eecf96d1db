/** Everybody comes in one moment, to a core that is slow: in simulated time, so that no machine is too slow for these. */
import { describe, expect, it } from 'vitest'
import { BackOff } from '../dist/patient/back-off.js'
import { defaultPatientPolicy } from '../dist/patient/types.js'
import { Crowd } from './crowd.js'
import { quickRandom } from './support.js'

describe('a crowd', () => {
  it.each([
    { relays: 1, patients: 300, handshakesPerSecond: 20 },
    { relays: 3, patients: 300, handshakesPerSecond: 20 },
    { relays: 2, patients: 400, handshakesPerSecond: 200 },
    { relays: 2, patients: 100, handshakesPerSecond: 5 },
  ])('gets in as fast as the core can, each by one handshake: %o', async options => {
    const { patients, handshakesPerSecond } = options
    const crowd = new Crowd(options)
    crowd.comeAll()
    const seconds = await crowd.until(() => crowd.members === patients, 300)
    expect(crowd.hellos).toBe(patients)
    expect(seconds).toBeLessThan((1.25 * patients) / handshakesPerSecond + 10)
    expect(crowd.mostAtCore).toBeLessThanOrEqual(256)
  })

  it('does not keep the doctor from saying that they are there', async () => {
    const crowd = new Crowd({ relays: 1, patients: 180, handshakesPerSecond: 5 })
    crowd.comeAll()
    await crowd.until(() => crowd.members > 160, 300)
    const heads = crowd.headsMs
    expect(heads.length).toBeGreaterThan(1)
    for (const [i, ms] of heads.slice(1).entries()) expect(ms - (heads[i] ?? 0)).toBeLessThan(31_000)
  })

  it('asked for cookies and for work still gets in, each by one handshake', async () => {
    const policy = { cookieAt: 20, puzzleAt: 60, puzzleBits: 2 }
    const crowd = new Crowd({ relays: 2, patients: 200, handshakesPerSecond: 20, policy })
    crowd.comeAll()
    await crowd.until(() => crowd.members === 200, 300)
    expect(crowd.hellos).toBe(200)
  })
})

describe('a patient for whom there is no room yet', () => {
  const backOff = () => new BackOff(defaultPatientPolicy, quickRandom(2))

  it('comes at the time that they were told, however often, and no later than half a second behind it', () => {
    const one = backOff()
    for (let i = 0; i < 50; i++) {
      const afterMs = one.forRoomMs(20_000)
      expect(afterMs >= 20_000 && afterMs <= 20_500).toBe(true)
    }
    expect(one.forRoomMs(3_600_000)).toBeLessThanOrEqual(60_500)
  })

  it('waits longer each time where they are told none', () => {
    const one = backOff()
    const waits = Array.from({ length: 40 }, () => one.forRoomMs(0))
    expect(Math.max(...waits)).toBeGreaterThan(15_000)
  })
})
