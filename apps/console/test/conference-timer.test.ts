import { describe, expect, it } from 'vitest'
import { BeatTimer } from '../dist/state/conference/timer.js'
import { threePeople } from './conference-stage.js'
import { sessionOf } from './people.js'

describe('what runs at its time', () => {
  it('runs once, with the beat when the timer of the page is late, and not when it was stopped', async () => {
    const { doctor } = await threePeople()
    const { unlocked } = sessionOf(doctor)
    const beats: (() => void)[] = []
    const timer = new BeatTimer({
      unlocked,
      wait: (_, signal) => new Promise(resolve => signal.addEventListener('abort', () => resolve())),
      beat(work) {
        beats.push(work)
        return () => void beats.splice(0)
      },
    })
    const ran: string[] = []
    timer.after(1_000, () => ran.push('first'))
    const stop = timer.after(1_000, () => ran.push('stopped'))
    stop()
    for (const beat of beats) beat()
    expect(ran).toEqual([])
    doctor.platform.aheadMs = 1_000
    for (const beat of [...beats, ...beats]) beat()
    expect(ran).toEqual(['first'])
    timer.after(0, () => ran.push('late'))
    const [beat] = beats
    timer.stop()
    beat?.()
    await new Promise(resolve => setTimeout(resolve, 0))
    expect(ran).toEqual(['first'])
  })
})
