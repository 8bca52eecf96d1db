/** How a story is told: in lines for people, as one object for machines. */

import type { Answer } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import type { Io, Painter } from './io.js'
import type { Kept } from './shelf.js'
import type { Event, Narrator, StepResult } from './story.js'

export const silentNarrator: Narrator = { stepStarts: () => undefined, happened: () => undefined }

export function textNarrator(io: Io, paint: Painter): Narrator {
  const line = (text: string): void => {
    io.stdout.write(`${text}\n`)
  }
  return {
    stepStarts: (number, title) => line(`\n${paint.title(`${number}. ${title}`)}`),
    happened: event => line(describe(event, paint)),
  }
}

/** Tells what failed, each under the title of its step. */
export function quietNarrator(io: Io, paint: Painter): Narrator {
  const all = textNarrator(io, paint)
  let untold: (() => void) | null = null
  return {
    stepStarts: (number, title) => {
      untold = () => all.stepStarts(number, title)
    },
    happened: event => {
      if (event.kind === 'note' || event.held) return
      untold?.()
      untold = null
      all.happened(event)
    },
  }
}

function describe(event: Event, paint: Painter): string {
  const text = visible(event.text)
  if (event.kind === 'note') return `   ${text}`
  if (event.kind === 'check') {
    return event.held
      ? `   ${paint.good('checked')}  ${text}`
      : `   ${paint.bad('FAILED')}   ${text}${event.problem === null ? '' : `: ${event.problem}`}`
  }
  return event.held
    ? `   ${paint.good('refused')}  ${text} ${paint.faint(`(${event.answer})`)}`
    : `   ${paint.bad('FAILED')}   ${text}: ${event.answer}`
}

export interface Score {
  /** Checks that held. */
  readonly held: number
  /** Attacks that were refused as they should be. */
  readonly refused: number
  /** Every other check and attack. */
  readonly failed: number
}

export function scoreOf(steps: readonly StepResult[]): Score {
  const events = steps.flatMap(step => step.events)
  const good = events.filter(event => event.kind !== 'note' && event.held)
  return {
    held: good.filter(event => event.kind === 'check').length,
    refused: good.filter(event => event.kind === 'attack').length,
    failed: events.filter(event => event.kind !== 'note' && !event.held).length,
  }
}

/** The table at the end. */
export function summaryText(steps: readonly StepResult[], paint: Painter): string {
  const titles = steps.map(({ title }, i) => `${i + 1}. ${title}`)
  const width = Math.max(...titles.map(title => title.length))
  const row = (title: string, score: Score, elapsedMs: number): string => {
    const cells = [
      title.padEnd(width),
      String(score.held).padStart(9),
      String(score.refused).padStart(9),
      String(score.failed).padStart(8),
      `${(elapsedMs / 1000).toFixed(1)} s`.padStart(9),
    ]
    return score.failed > 0 ? paint.bad(cells.join('')) : cells.join('')
  }
  const head = `${'Step'.padEnd(width)}${'checked'.padStart(9)}${'refused'.padStart(9)}${'failed'.padStart(8)}${'time'.padStart(9)}`
  const all = scoreOf(steps)
  const elapsedMs = steps.reduce((sum, step) => sum + step.elapsedMs, 0)
  return [
    '',
    paint.title(head),
    ...steps.map((step, i) => row(titles[i] ?? '', scoreOf([step]), step.elapsedMs)),
    row('All', all, elapsedMs),
    '',
    verdict(all, paint),
    '',
  ].join('\n')
}

function verdict({ held, refused, failed }: Score, paint: Painter): string {
  return failed === 0
    ? paint.good(`All ${held} checks held, and all ${refused} attacks were refused by name.`)
    : paint.bad(`${failed} of ${held + refused + failed} checks and attacks FAILED.`)
}

export function summaryAnswer(steps: readonly StepResult[], kept: readonly Kept[] = []): Answer {
  const { held, refused, failed } = scoreOf(steps)
  return {
    ok: failed === 0,
    held,
    refused,
    failed,
    kept: kept.map(({ name, about }) => ({ name, about })),
    steps: steps.map(({ title, events, elapsedMs }) => ({
      title,
      elapsed_ms: elapsedMs,
      events: events.map(event => ({ ...event })),
    })),
  }
}
