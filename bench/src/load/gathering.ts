/** A scene with its doctor and its crowd, as long as it is needed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CorePolicy } from '@chartseal/elgamal-session'
import { Crowd, type CrowdOptions, wordsOf } from './crowd.js'
import type { CrowdStatus } from './crowd-program.js'
import type { Doctor } from './doctor.js'
import { Scene } from './scene.js'

export interface GatheringOptions
  extends Pick<CrowdOptions, 'patients' | 'members' | 'processes' | 'policy' | 'aheadMs'> {
  /** Of the server. */
  readonly flags?: readonly string[]
  /** Of the core; the package's own is the default. */
  readonly corePolicy?: Partial<CorePolicy>
}

/** Nothing is judged by it: it ends what hangs. */
export const patienceMs = 300_000
const lookEveryMs = 50

export class Gathering {
  readonly scene: Scene
  readonly doctor: Doctor
  readonly crowd: Crowd

  private constructor(scene: Scene, doctor: Doctor, crowd: Crowd) {
    this.scene = scene
    this.doctor = doctor
    this.crowd = crowd
  }

  /** Everybody is made, and nobody has come. */
  static async start({ flags = [], corePolicy = {}, ...of }: GatheringOptions): Promise<Gathering> {
    const scene = await Scene.start(flags)
    try {
      const doctor = await scene.doctor(of.patients, corePolicy)
      const crowd = await Crowd.start({ ...of, source: scene.assembly.source, path: scene.path })
      await crowd.server(scene.server.port)
      while (doctor.count('live') === 0) await sleep(lookEveryMs)
      return new Gathering(scene, doctor, crowd)
    } catch (error) {
      await scene.stopped()
      throw error
    }
  }

  /** Everybody comes at once; in milliseconds until all are in the group. */
  async joined(): Promise<number> {
    const start = performance.now()
    await this.crowd.order('join')
    await this.allHere()
    return performance.now() - start
  }

  /** So many at a time; in milliseconds until all are in the group. */
  async joinedInTurn(atOnce: number): Promise<number> {
    const { crowd, doctor } = this
    const start = performance.now()
    for (let first = 0; first < crowd.count; first += atOnce) {
      const end = Math.min(first + atOnce, crowd.count)
      await crowd.order('join', end - first, first)
      while (doctor.connected < end) await sleep(lookEveryMs)
    }
    await this.allHere()
    return performance.now() - start
  }

  /** The doctor says so many texts, and everybody has everything that was ever said, each once, in order. */
  async said(count: number, sizeBytes?: number): Promise<CrowdStatus> {
    for (let i = 0; i < count; i++) this.doctor.say(sizeBytes)
    return this.allHave()
  }

  /** @throws Error when somebody has lost something or got it twice, or does not have everything in five minutes */
  async allHave(): Promise<CrowdStatus> {
    const { crowd, doctor } = this
    const isWrong = ({ lost, doubled, unreadable }: CrowdStatus): boolean => lost + doubled + unreadable > 0
    const isOver = (one: CrowdStatus): boolean => one.whole === crowd.count || isWrong(one)
    const status = await crowd.until(isOver, patienceMs, doctor.last)
    if (isWrong(status)) throw new Error(`not each text once, in order: ${wordsOf(status)}`)
    return status
  }

  /** The server goes and comes again, and the doctor speaks meanwhile; in milliseconds until all are back. */
  async outage(end: () => Promise<unknown>): Promise<{ readonly backMs: number; readonly startMs: number }> {
    const live = this.doctor.count('live')
    const ended = end()
    this.doctor.say()
    await ended
    const start = performance.now()
    this.doctor.say()
    await this.scene.startAgain()
    const startMs = performance.now() - start
    while (this.doctor.count('live') === live) await sleep(lookEveryMs)
    await this.settled()
    return { backMs: performance.now() - start, startMs }
  }

  async end(): Promise<void> {
    await this.crowd.end()
    await this.doctor.close()
    await this.scene.stopped()
  }

  /** Everybody is here, and has everything. */
  async settled(): Promise<void> {
    await this.allHere()
    await this.allHave()
  }

  /** On both sides. */
  async allHere(): Promise<void> {
    const { count } = this.crowd
    await this.crowd.until(({ members }) => members === count && this.doctor.connected === count, patienceMs)
  }
}
