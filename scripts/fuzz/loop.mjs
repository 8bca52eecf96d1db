/** Tries changed inputs on one target, and keeps those that were answered in a new way. */
import { judge } from './judge.mjs'
import { maxKilobytes } from './memory.mjs'
import { changed } from './mutate.mjs'
import { Dice } from './random.mjs'

const maxCorpus = 400
/** CPU time for one input, in ms: above it, measured three times, it is a fault. */
const slowMs = 500
const usedMs = since => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

const nameHash = name =>
  [...name].reduce((hash, one) => Math.imul(hash ^ one.charCodeAt(0), 16_777_619), 2_166_136_261)

/** The accepted seeds of a target, and what is wrong with its others. */
export async function seedsOf(target) {
  const verdicts = []
  for (const seed of target.seeds()) verdicts.push({ seed, verdict: await judge(target, seed) })
  const faults = verdicts
    .filter(({ verdict }) => verdict.fault !== undefined)
    .map(({ seed, verdict }) => ({ target: target.name, what: verdict.fault, input: seed }))
  const good = verdicts.filter(({ verdict }) => verdict.accepted).map(({ seed }) => seed)
  if (good.length === 0 && !target.refusesAll) {
    const [first] = verdicts
    const why = first === undefined ? 'it has none' : (first.verdict.refused ?? first.verdict.fault)
    faults.push({ target: target.name, what: `accepts none of its seeds: ${why}`, input: first?.seed ?? '' })
  }
  return { good, other: verdicts.filter(({ verdict }) => verdict.refused).map(({ seed }) => seed), faults }
}

async function isSlow(target, input) {
  for (let times = 0; times < 2; times++) {
    const since = process.cpuUsage()
    await judge(target, input)
    if (usedMs(since) <= slowMs) return false
  }
  return true
}

/** What a target was seen to do. `tell` is given each input before it is tried, `novel` finds those that ran new code. */
export class Trial {
  accepted = 0
  tried = 0
  faults = []
  #seen = new Map()
  #dice
  #tell
  #memory

  constructor(target, { seed, tell, memory }) {
    this.target = target
    this.corpus = []
    this.#dice = new Dice((seed ^ nameHash(target.name)) >>> 0)
    this.#tell = tell
    this.#memory = memory
    memory.forget()
  }

  async begin() {
    const { good, other, faults } = await seedsOf(this.target)
    this.corpus = [...good, ...other].slice(0, maxCorpus)
    this.faults.push(...faults)
    return this.corpus.length > 0
  }

  next() {
    return changed(this.#dice, this.corpus)
  }

  /** Tries one input. @returns whether it was answered in a new way */
  async try(input) {
    this.#tell(input)
    this.tried++
    const startMs = performance.now()
    const answer = judge(this.target, input)
    const verdict = typeof answer.then === 'function' ? await answer : answer
    if (performance.now() - startMs > slowMs && (await isSlow(this.target, input)))
      this.#found(`takes more than ${slowMs} ms of CPU for ${input.length}`, input)
    if (verdict.accepted) this.accepted++
    const large = await this.#memory.see(input, one => judge(this.target, one))
    if (large !== null) this.#found(`takes more than ${maxKilobytes / 1024} MiB of memory`, large)
    if (verdict.fault !== undefined) this.#found(verdict.fault, input)
    return this.#isNew(verdict.fault ?? verdict.refused ?? 'accepted')
  }

  keep(input) {
    if (this.corpus.length < maxCorpus) this.corpus.push(input)
    else this.corpus[this.#dice.below(maxCorpus)] = input
  }

  async run(count) {
    for (let left = count; left > 0; left--) {
      const input = this.next()
      if (await this.try(input)) this.keep(input)
    }
  }

  #isNew(answer) {
    const times = this.#seen.get(answer) ?? 0
    this.#seen.set(answer, times + 1)
    return times < (answer === 'accepted' ? 20 : 2)
  }

  /** One of a kind is enough, and the shortest shows most. */
  #found(what, input) {
    const same = this.faults.find(one => one.what === what)
    if (same === undefined) this.faults.push({ target: this.target.name, what, input })
    else if (input.length < same.input.length) same.input = input
  }
}
