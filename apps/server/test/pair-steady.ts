/** Whether a server that goes on needs more and more: medians of the first and the last third of what was looked at. */
import { usageOf } from './pair-world.js'

const mebibyte = 1_048_576
/** What a minute or half an hour may leave behind. */
const mostRssBytes = 96 * mebibyte
/** A machine that is shared may stand still; a loop that is held up more and more is held up by more than that. */
const mostLagMs = 50

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

export class Steadiness {
  readonly #pid: number
  readonly #metricsPort: number
  readonly #rss: number[] = []
  readonly #lagMs: number[] = []
  readonly #writers = new Set<number>()

  constructor({ pid, metricsPort }: { readonly pid: number; readonly metricsPort: number }) {
    this.#pid = pid
    this.#metricsPort = metricsPort
  }

  async look(): Promise<void> {
    this.#rss.push(usageOf(this.#pid).rssBytes)
    const answer = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)
    const text = await answer.text()
    const [, lag] = /^nodejs_eventloop_lag_p50_seconds (\S+)$/m.exec(text) ?? []
    const [, writer] = /^chartseal_log_writer (\d+)$/m.exec(text) ?? []
    this.#lagMs.push(Number(lag) * 1_000)
    this.#writers.add(Number(writer))
  }

  /** In words, and what is wrong with it. */
  verdict(): { readonly line: string; readonly findings: readonly string[] } {
    const [rss, lag] = [growthOf(this.#rss), growthOf(this.#lagMs)]
    const line =
      `${this.#rss.length} looks: memory ${mib(rss.first)}, then ${mib(rss.last)}; ` +
      `event loop late by ${lag.first.toFixed(1)} ms, then ${lag.last.toFixed(1)} ms (medians of the first and the last third)`
    const isFlat = rss.last - rss.first <= mostRssBytes && lag.last - lag.first <= mostLagMs
    const findings = isFlat ? [] : [`it needs more and more: ${line}`]
    // It says who writes, and that did not change.
    const [writer = 0] = this.#writers
    if (this.#writers.size !== 1 || !(writer > 0)) findings.push(`writers: ${[...this.#writers]}`)
    return { line, findings }
  }
}

function growthOf(values: readonly number[]): { readonly first: number; readonly last: number } {
  const third = Math.max(1, Math.floor(values.length / 3))
  return { first: medianOf(values.slice(0, third)), last: medianOf(values.slice(-third)) }
}

const mib = (bytes: number): string => `${(bytes / mebibyte).toFixed(0)} MiB`
