/** Which code of ours has run so far: block coverage of V8, asked through the inspector of this thread. */
import { Session } from 'node:inspector/promises'

const isOurs = url => /\/(packages|apps)\/[^/]+\/dist\//.test(url)

export class Coverage {
  #session = new Session()
  #seen = new Set()

  /** Before the code is loaded: what was compiled earlier is counted by whole functions. */
  async begin() {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Blocks that ran since the last time, and never before. */
  async fresh() {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const found = []
    for (const { url, scriptId, functions } of result) {
      if (!isOurs(url)) continue
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${scriptId}:${startOffset}:${endOffset}`
          if (count > 0 && !this.#seen.has(block)) found.push(block)
        }
    }
    return found
  }

  remember(blocks) {
    for (const block of blocks) this.#seen.add(block)
  }

  get size() {
    return this.#seen.size
  }
}
