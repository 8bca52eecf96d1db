/** Bars beside the figures that they are of: a table with pictures in it, which reads without them, too. */
import { digits } from '@chartseal/bench/report'
import { escapeHtml, wide } from './html.js'

export interface Measured {
  readonly node: string
  readonly median: number
  readonly min: number
  readonly max: number
  /** By the clock, where `median` is CPU time. */
  readonly wall: number
}

export interface Bar {
  readonly name: string
  /** Whether it is what this project does, and not what it is compared with. */
  readonly isOurs: boolean
  readonly measured: readonly Measured[]
}

const width = 100

const place = (value: number, most: number): string => ((value / most) * width).toFixed(2)

/** @param most the value of a whole bar */
function barSvg({ median, min, max }: Omit<Measured, 'node' | 'wall'>, most: number): string {
  const whisker = `<path class="whisker" d="M${place(min, most)} 5H${place(max, most)}M${place(min, most)} 3v4M${place(max, most)} 3v4"/>`
  return `<svg class="bar" viewBox="0 0 ${width} 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${place(median, most)}" height="10"/>${whisker}</svg>`
}

/** A value, and a bar beside or below it. */
export const withBar = (value: string, bar: string): string =>
  `<div class="measured"><span>${value}</span>${bar}</div>`

function rowsOf({ name, isOurs, measured }: Bar, most: number): string {
  const rows = measured.map(({ node, wall, ...spread }, at) => {
    const head = at === 0 ? `<th scope="rowgroup" rowspan="${measured.length}">${escapeHtml(name)}</th>` : ''
    const range = `${digits(spread.min)} to ${digits(spread.max)}`
    return `<tr>${head}<td>${node}</td><td>${withBar(digits(spread.median), barSvg(spread, most))}</td><td class="to-right">${range}</td><td class="to-right">${digits(wall)}</td></tr>`
  })
  return `<tbody${isOurs ? ' class="ours"' : ''}>${rows.join('')}</tbody>`
}

/** All bars of one table have one scale, from zero to the greatest of all. */
export function plot(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.flatMap(bar => bar.measured.map(({ max }) => max)))
  const head = `<thead><tr><th scope="col">what</th><th scope="col">Node</th><th scope="col">${escapeHtml(unit)}, CPU time</th><th scope="col">least to most</th><th scope="col">by the clock</th></tr></thead>`
  return wide(title, `<table class="plot">${head}${bars.map(bar => rowsOf(bar, most)).join('')}</table>`)
}

const roof = 4

/** How far a figure is from what it must be: on the right of the line is better. */
export function towards(measured: number, must: number, bound: 'at least' | 'below'): string {
  const ratio = bound === 'at least' ? measured / must : must / Math.max(measured, Number.EPSILON)
  const length = place(Math.min(ratio, roof), roof)
  const line = `<path class="must" d="M${place(1, roof)} 0v10"/>`
  const kind = ratio >= 1 ? 'holds' : 'misses'
  return `<svg class="bar ${kind}" viewBox="0 0 ${width} 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${length}" height="10"/>${line}</svg>`
}
